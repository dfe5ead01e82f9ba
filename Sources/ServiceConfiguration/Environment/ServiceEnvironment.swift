/// What the service takes from environment variables. An empty variable counts as one that is not set.
package struct ServiceEnvironment: Hashable, Sendable {
    /// `NAMESPACE`, else the service account's: where the service lives.
    package let namespace: String?
    /// `CONTROLLER_KEY`: the secret the token signing key derives from.
    package let controllerKey: SecretText?
    /// `ROUTER_KEY`: the secret shared by controller and routers.
    package let routerKey: SecretText?
    /// `KEYS_SECRET`: the Secret that the controller takes the keys from, and makes when it is missing, when a variable
    /// does not give them.
    package let keysSecret: String?
    /// `TLS_SECRET`: the Secret of a certificate that the controller makes for itself and the routers when it is missing.
    package let tlsSecret: String?
    /// `POD_NAME`: what this replica is called.
    package let podName: String?
    /// `POD_IP`: where the other replicas reach this one.
    package let podIP: String?
    /// `GRPC_ENDPOINT`: the controller's public endpoint.
    package let grpcEndpoint: HostPort
    /// Whether `GRPC_ENDPOINT` is set.
    package let hasGRPCEndpoint: Bool
    /// `GRPC_ROUTER_ENDPOINT`: the router's public endpoint.
    package let routerEndpoint: HostPort
    /// `CONTROLLER_ENDPOINTS`: where a router reaches the controllers to report to; empty means that it does not.
    package let controllerEndpoints: [HostPort]
    /// `ROUTER_NAME`: what a router is called.
    package let routerName: String?
    /// `ROUTER_LABELS`: what a router says of itself, to be compared with exporters' labels.
    package let routerLabels: [String: String]
    /// `LOGIN_ENDPOINT`: the login service's public address, as given.
    package let loginEndpoint: String?
    /// `LOGIN_SERVICE_PORT`: where the login service listens.
    package let loginPort: Int
    /// `CA_BUNDLE_PEM`: certificates that `jmp login` is to trust.
    package let caBundle: String?
    /// `EXTERNAL_CERT_PEM` and `EXTERNAL_KEY_PEM`; nil means a self-signed certificate.
    package let certificate: CertificatePaths?

    /// Files of a certificate chain and its key, in PEM.
    package struct CertificatePaths: Hashable, Sendable {
        /// The chain, the leaf first.
        package let certificate: String
        /// The leaf's private key.
        package let key: String
    }

    /// The parts of the program, which need different variables.
    package enum Role: Hashable, Sendable {
        /// All in one: needs none, secrets are kept in the data folder.
        case standalone
        /// The controller in a cluster: needs the namespace and both keys.
        case controller
        /// A router: needs `ROUTER_KEY`.
        case router
    }
}
