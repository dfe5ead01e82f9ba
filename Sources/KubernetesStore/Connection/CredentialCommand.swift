import Foundation
package import Resources
import Yams

/// A program that gives credentials: `exec` of a kubeconfig's user.
///
/// Source: Kubernetes documentation, "client-go credential plugins" (`client.authentication.k8s.io/v1`, `v1beta1`).
package struct CredentialCommand: Sendable, Hashable {
    package var apiVersion: String
    package var command: String
    package var arguments: [String]
    /// What is added to the environment.
    package var variables: [String: String]
    /// What to tell people when the program is not there.
    package var installHint: String?
    /// The cluster as the program wants to be told of it; nil when it does not want to.
    package var clusterInfo: JSONValue?

    /// One run of the program.
    package struct Invocation: Sendable {
        package var command: String
        package var arguments: [String]
        /// The whole environment.
        package var variables: [String: String]
    }

    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    init(
        _ node: Node,
        user: KubeconfigFile.Entry,
        cluster: KubernetesConnection
    ) throws(KubernetesConnectionError) {
        let entry = KubeconfigFile.Entry(name: user.name, body: node, folder: user.folder)
        guard let command = entry.text("command"), let apiVersion = entry.text("apiVersion") else {
            throw KubernetesConnectionError(.malformed, "exec of the user \(user.name) needs command and apiVersion")
        }
        guard Self.apiVersions.contains(apiVersion) else {
            throw KubernetesConnectionError(
                .unsupportedAuthentication,
                "exec of the user \(user.name) has the apiVersion \(apiVersion); "
                    + "supported are \(Self.apiVersions.joined(separator: " and "))"
            )
        }
        if entry.text("interactiveMode") == "Always" {
            throw KubernetesConnectionError(
                .unsupportedAuthentication,
                "exec of the user \(user.name) wants a terminal (interactiveMode Always), and a service has none"
            )
        }
        self.apiVersion = apiVersion
        // As client-go does: a relative path with a slash starts from the file's folder, a bare name from PATH.
        self.command = command.contains("/") ? entry.path("command") ?? command : command
        self.arguments = node.mapping?["args"]?.sequence?.compactMap { $0.scalar?.string } ?? []
        var variables: [String: String] = [:]
        for variable in node.mapping?["env"]?.sequence ?? [] {
            guard let name = variable.mapping?["name"]?.scalar?.string else { continue }
            variables[name] = variable.mapping?["value"]?.scalar?.string ?? ""
        }
        self.variables = variables
        self.installHint = entry.text("installHint")
        self.clusterInfo = entry.flag("provideClusterInfo") ? Self.info(of: cluster) : nil
    }

    private static func info(of cluster: KubernetesConnection) -> JSONValue {
        var info: JSONValue = ["server": .string(cluster.server)]
        info["certificate-authority-data"] = cluster.certificateAuthorityPEM.map { .string($0.base64EncodedString()) }
        info["tls-server-name"] = cluster.tlsServerName.map(JSONValue.string)
        info["proxy-url"] = cluster.proxy.map(JSONValue.string)
        if cluster.skipsVerification { info["insecure-skip-tls-verify"] = true }
        return info
    }

    /// What to run in an environment.
    func invocation(in environment: [String: String]) throws -> Invocation {
        var spec: JSONValue = ["interactive": false]
        spec["cluster"] = clusterInfo
        let info: JSONValue = ["apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": spec]
        var all = environment.merging(variables) { _, own in own }
        all["KUBERNETES_EXEC_INFO"] = String(decoding: try info.jsonData(), as: UTF8.self)
        return Invocation(command: command, arguments: arguments, variables: all)
    }
}

/// What a credential command answered: a token, a certificate, or both, until a time.
struct ExecCredential: Sendable {
    var token: String?
    var clientCertificate: KubernetesConnection.ClientCertificate?
    var expiration: Date?

    /// - Throws: `KubernetesConnectionError` saying what the answer lacks; the answer itself is never shown.
    init(parsing output: Data, of command: CredentialCommand) throws(KubernetesConnectionError) {
        guard let answer = try? JSONValue(json: output), answer["kind"]?.stringValue == "ExecCredential" else {
            throw Self.refusal(command, "did not answer an ExecCredential")
        }
        guard answer["apiVersion"]?.stringValue == command.apiVersion else {
            throw Self.refusal(command, "answered another apiVersion than \(command.apiVersion)")
        }
        let status = answer["status"]
        token = status?["token"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        if let certificate = status?["clientCertificateData"]?.stringValue,
            let key = status?["clientKeyData"]?.stringValue
        {
            clientCertificate = .init(certificatePEM: Data(certificate.utf8), keyPEM: Data(key.utf8))
        }
        if token == nil, clientCertificate == nil {
            throw Self.refusal(command, "answered neither a token nor a certificate with its key")
        }
        guard let text = status?["expirationTimestamp"]?.stringValue else { return }
        guard let time = Timestamp(rfc3339: text) else {
            throw Self.refusal(command, "answered an expirationTimestamp that is no time in RFC 3339")
        }
        expiration = time.date
    }

    private static func refusal(_ command: CredentialCommand, _ what: String) -> KubernetesConnectionError {
        KubernetesConnectionError(.credentialCommandFailed, "the credential command \(command.command) \(what)")
    }
}
