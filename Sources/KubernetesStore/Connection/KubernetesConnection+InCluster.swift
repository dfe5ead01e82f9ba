import Foundation

extension KubernetesConnection {
    /// Where Kubernetes puts a pod's token, CA and namespace. Source: Kubernetes documentation, "Accessing the Kubernetes
    /// API from a Pod".
    package static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The connection of the environment: a kubeconfig when one is named by path or `KUBECONFIG`, else the pod's service
    /// account, else `~/.kube/config`.
    /// - Throws: `KubernetesConnectionError`.
    package static func discover(
        _ environment: KubernetesEnvironment,
        kubeconfig path: String? = nil,
        context: String? = nil
    ) throws(KubernetesConnectionError) -> KubernetesConnection {
        let names = path ?? environment.variables["KUBECONFIG"] ?? ""
        let isPod = environment.variables["KUBERNETES_SERVICE_HOST"]?.isEmpty == false
        if names.isEmpty, isPod { return try inCluster(environment) }
        return try kubeconfig(environment, path: path, context: context)
    }

    /// The connection of a pod: its service account's token, re-read as it is rotated.
    /// - Throws: `KubernetesConnectionError` outside of a pod, or when the CA or the token is not mounted.
    package static func inCluster(
        _ environment: KubernetesEnvironment,
        folder: String = serviceAccountFolder
    ) throws(KubernetesConnectionError) -> KubernetesConnection {
        let variables = environment.variables
        guard let host = variables["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = variables["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else {
            throw KubernetesConnectionError(
                .notConfigured,
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be set; they are in every pod"
            )
        }
        let authority = try environment.read("\(folder)/ca.crt", for: "the CA of the service account")
        _ = try environment.read("\(folder)/token", for: "the token of the service account")
        let namespace =
            environment.fileExists("\(folder)/namespace")
            ? try environment.read("\(folder)/namespace", for: "the namespace of the service account") : Data()
        let name = String(decoding: namespace, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return KubernetesConnection(
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            certificateAuthorityPEM: authority,
            credential: .tokenFile("\(folder)/token"),
            namespace: name.isEmpty ? nil : name
        )
    }
}
