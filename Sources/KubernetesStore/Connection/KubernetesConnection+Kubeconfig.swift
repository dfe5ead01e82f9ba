import Foundation
import Yams

extension KubernetesConnection {
    /// The connection that kubeconfig files describe.
    ///
    /// Files: the path given, else the list in `KUBECONFIG` (separated by colons; files that are not there are passed
    /// over), else `~/.kube/config`. Of entries with the same name the first counts. Source: Kubernetes documentation,
    /// "Organizing Cluster Access Using kubeconfig Files".
    /// - Parameter context: The context to use; nil for the `current-context`.
    /// - Throws: `KubernetesConnectionError`.
    package static func kubeconfig(
        _ environment: KubernetesEnvironment,
        path: String? = nil,
        context: String? = nil
    ) throws(KubernetesConnectionError) -> KubernetesConnection {
        let files = try kubeconfigFiles(environment, path)
        guard let name = context ?? files.lazy.compactMap(\.currentContext).first else {
            throw KubernetesConnectionError(.missingEntry, "the kubeconfig has no current-context; name a context")
        }
        let chosen = try find(name, "context", in: files.flatMap(\.contexts))
        guard let clusterName = chosen.text("cluster") else {
            throw KubernetesConnectionError(.malformed, "the context \(name) of the kubeconfig names no cluster")
        }
        let cluster = try find(clusterName, "cluster", in: files.flatMap(\.clusters))
        var connection = try connection(of: cluster, environment)
        connection.namespace = chosen.text("namespace")
        if let userName = chosen.text("user") {
            let user = try find(userName, "user", in: files.flatMap(\.users))
            connection.credential = try credential(of: user, cluster: connection, environment)
            connection.clientCertificate = try clientCertificate(of: user, environment)
        }
        return connection
    }

    private static func kubeconfigFiles(
        _ environment: KubernetesEnvironment,
        _ path: String?
    ) throws(KubernetesConnectionError) -> [KubeconfigFile] {
        let list = environment.variables["KUBECONFIG"] ?? ""
        var paths = [path ?? "\(environment.homeDirectory)/.kube/config"]
        if path == nil, !list.isEmpty {
            paths = list.split(separator: ":").map(String.init).filter(environment.fileExists)
            if paths.isEmpty {
                throw KubernetesConnectionError(.notConfigured, "none of the files of KUBECONFIG=\(list) is there")
            }
        }
        var files: [KubeconfigFile] = []
        for path in paths {
            files.append(try KubeconfigFile(yaml: environment.read(path, for: "the kubeconfig"), path: path))
        }
        return files
    }

    private static func find(
        _ name: String,
        _ what: String,
        in entries: [KubeconfigFile.Entry]
    ) throws(KubernetesConnectionError) -> KubeconfigFile.Entry {
        if let entry = entries.first(where: { $0.name == name }) { return entry }
        let known = entries.map(\.name).joined(separator: ", ")
        throw KubernetesConnectionError(
            .missingEntry,
            "the kubeconfig has no \(what) \"\(name)\"; it has \(known.isEmpty ? "none" : known)"
        )
    }

    private static func connection(
        of cluster: KubeconfigFile.Entry,
        _ environment: KubernetesEnvironment
    ) throws(KubernetesConnectionError) -> KubernetesConnection {
        guard var server = cluster.text("server") else {
            throw KubernetesConnectionError(.malformed, "the cluster \(cluster.name) of the kubeconfig has no server")
        }
        while server.hasSuffix("/") { server.removeLast() }
        return KubernetesConnection(
            server: server,
            certificateAuthorityPEM: try data("certificate-authority", of: cluster, environment),
            skipsVerification: cluster.flag("insecure-skip-tls-verify"),
            tlsServerName: cluster.text("tls-server-name"),
            proxy: cluster.text("proxy-url")
        )
    }

    private static func credential(
        of user: KubeconfigFile.Entry,
        cluster: KubernetesConnection,
        _ environment: KubernetesEnvironment
    ) throws(KubernetesConnectionError) -> Credential {
        if user.body.mapping?["auth-provider"] != nil {
            throw KubernetesConnectionError(
                .unsupportedAuthentication,
                "the user \(user.name) of the kubeconfig uses auth-provider, which Kubernetes has removed; use exec, "
                    + "token, tokenFile or a client certificate"
            )
        }
        // The order of client-go: a token goes before everything, and its file before its text.
        if let path = user.path("tokenFile") {
            _ = try environment.read(path, for: "the tokenFile of the user \(user.name)")
            return .tokenFile(path)
        }
        if let token = user.text("token") { return .token(token) }
        if let username = user.text("username") {
            return .basic(username: username, password: user.text("password") ?? "")
        }
        if let exec = user.body.mapping?["exec"], exec.null == nil {
            return .command(try CredentialCommand(exec, user: user, cluster: cluster))
        }
        return .none
    }

    private static func clientCertificate(
        of user: KubeconfigFile.Entry,
        _ environment: KubernetesEnvironment
    ) throws(KubernetesConnectionError) -> ClientCertificate? {
        let certificate = try data("client-certificate", of: user, environment)
        let key = try data("client-key", of: user, environment)
        switch (certificate, key) {
        case (let certificate?, let key?): return ClientCertificate(certificatePEM: certificate, keyPEM: key)
        case (nil, nil): return nil
        default:
            throw KubernetesConnectionError(
                .badCertificate,
                "the user \(user.name) of the kubeconfig needs both client-certificate and client-key, or neither"
            )
        }
    }

    /// `KEY-data` in base64, which goes first, or the file that `KEY` names.
    private static func data(
        _ key: String,
        of entry: KubeconfigFile.Entry,
        _ environment: KubernetesEnvironment
    ) throws(KubernetesConnectionError) -> Data? {
        if let text = entry.text("\(key)-data") {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
                throw KubernetesConnectionError(
                    .malformed,
                    "\(key)-data of \(entry.name) in the kubeconfig is not base64"
                )
            }
            return data
        }
        guard let path = entry.path(key) else { return nil }
        return try environment.read(path, for: "the \(key) of \(entry.name)")
    }
}
