extension ServiceEnvironment {
    /// The file that names a pod's namespace.
    package static let serviceAccountNamespacePath = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

    /// Reads the variables.
    ///
    /// - Parameters:
    ///   - variables: the process's environment.
    ///   - role: which variables are required.
    ///   - serviceAccountNamespace: the content of the file at ``serviceAccountNamespacePath``, if there is one.
    /// - Throws: `ConfigurationError` that lists every variable that is missing or wrong.
    package init(
        variables: [String: String],
        role: Role,
        serviceAccountNamespace: String? = nil
    ) throws(ConfigurationError) {
        let reader = VariableReader(variables: variables)
        let accountNamespace = serviceAccountNamespace.flatMap(VariableReader.nonEmpty)
        namespace = reader.namespace(else: accountNamespace, required: role == .controller)
        keysSecret = reader.text("KEYS_SECRET")
        let hasSecret = role == .controller && keysSecret != nil
        controllerKey = reader.secret("CONTROLLER_KEY", required: role == .controller && !hasSecret)
        routerKey = reader.secret("ROUTER_KEY", required: role != .standalone && !hasSecret)
        tlsSecret = reader.text("TLS_SECRET")
        podName = reader.text("POD_NAME")
        podIP = reader.text("POD_IP")
        grpcEndpoint = reader.endpoint("GRPC_ENDPOINT", default: HostPort(host: "localhost", port: 8082))
        hasGRPCEndpoint = reader.text("GRPC_ENDPOINT") != nil
        controllerEndpoints = reader.endpoints("CONTROLLER_ENDPOINTS")
        routerName = reader.text("ROUTER_NAME")
        routerLabels = reader.labels("ROUTER_LABELS")
        routerEndpoint = reader.endpoint("GRPC_ROUTER_ENDPOINT", default: HostPort(host: "localhost", port: 8083))
        loginEndpoint = reader.text("LOGIN_ENDPOINT")
        loginPort = reader.port("LOGIN_SERVICE_PORT", default: 8086)
        caBundle = reader.pem("CA_BUNDLE_PEM")
        certificate = reader.certificatePaths()
        try reader.issues.result((), source: "environment")
    }
}
