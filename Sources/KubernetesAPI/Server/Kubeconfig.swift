package import Foundation

/// The file by which `kubectl` and `jmp admin` find the server and prove who they are.
package struct Kubeconfig: Sendable, Hashable {
    /// `https://HOST:PORT`
    package var server: String
    /// The certificates to trust, PEM.
    package var certificateAuthorityPEM: String
    /// The administrator's bearer token.
    package var token: String
    /// The namespace for commands that name none.
    package var namespace: String

    package init(server: String, certificateAuthorityPEM: String, token: String, namespace: String) {
        self.server = server
        self.certificateAuthorityPEM = certificateAuthorityPEM
        self.token = token
        self.namespace = namespace
    }

    /// The file's text. Values are quoted as JSON strings, which YAML reads alike.
    package var yaml: String {
        """
        apiVersion: v1
        kind: Config
        current-context: jumpstarter
        clusters:
        - name: jumpstarter
          cluster:
            server: \(Self.quoted(server))
            certificate-authority-data: \(Data(certificateAuthorityPEM.utf8).base64EncodedString())
        users:
        - name: jumpstarter-admin
          user:
            token: \(Self.quoted(token))
        contexts:
        - name: jumpstarter
          context:
            cluster: jumpstarter
            user: jumpstarter-admin
            namespace: \(Self.quoted(namespace))

        """
    }

    /// Writes the file so that only its owner can read it, and nobody ever sees half of it.
    /// - Throws: `CocoaError` when the folder is not there or cannot be written.
    package func write(to file: URL) throws {
        let temporary = file.deletingLastPathComponent().appending(component: ".\(file.lastPathComponent).new")
        let manager = FileManager.default
        if manager.fileExists(atPath: temporary.path) { try manager.removeItem(at: temporary) }
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard manager.createFile(atPath: temporary.path, contents: Data(yaml.utf8), attributes: attributes) else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: temporary.path])
        }
        // rename(2) replaces what is there in one step, and keeps the mode of the new file.
        guard rename(temporary.path, file.path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file.path])
        }
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter(reservingCapacity: text.utf8.count + 2)
        writer.string(text)
        return String(decoding: writer.data, as: UTF8.self)
    }
}

extension Kubeconfig: CustomStringConvertible {
    /// Without the token, since descriptions end up in logs.
    package var description: String { "kubeconfig for \(server), namespace \(namespace)" }
}
