package import Resources

/// Everything that an installation in one namespace of a Kubernetes cluster consists of, as objects and as YAML for
/// `kubectl apply -f -`.
package struct Manifests: Sendable {
    package var options: InstallOptions
    package var namespace: String
    /// Whether the Namespace itself is among the objects.
    package var includesNamespace: Bool
    /// The values of CONTROLLER_KEY and ROUTER_KEY, needed with `keys.source: generated`.
    package var generatedKeys: GeneratedKeys?

    package struct GeneratedKeys: Sendable, Hashable {
        package var controller: String
        package var router: String

        package init(controller: String, router: String) {
            self.controller = controller
            self.router = router
        }
    }

    /// - Throws: `InstallOptions.Problem`, the first of those that the options have.
    package init(
        _ options: InstallOptions = InstallOptions(),
        namespace: String = "jumpstarter",
        includesNamespace: Bool = true,
        generatedKeys: GeneratedKeys? = nil
    ) throws(InstallOptions.Problem) {
        if let problem = options.problems.first { throw problem }
        let letters = namespace.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
        }
        if !letters || !(1...63).contains(namespace.utf8.count) || namespace.hasPrefix("-") || namespace.hasSuffix("-")
        {
            throw InstallOptions.Problem(option: "namespace", reason: "\"\(namespace)\" cannot be a namespace's name")
        }
        if options.keys.source == .generated, generatedKeys == nil {
            throw InstallOptions.Problem(option: "keys.source", reason: "with generated, keys must be given")
        }
        self.options = options
        self.namespace = namespace
        self.includesNamespace = includesNamespace
        self.generatedKeys = generatedKeys
    }

    /// The objects in the order in which they should be applied.
    package var objects: [JSONValue] {
        var all: [JSONValue] = includesNamespace ? [namespaceObject] : []
        if options.crds.install { all += Self.definitions }
        all += access + configuration + certificates
        all += [controllerDeployment, routerStatefulSet] + disruptionBudgets
        all += services + exposure
        if options.networkPolicy.enabled { all += networkPolicies }
        if options.serviceMonitor.enabled { all += monitoring }
        return all
    }

    /// The objects as one YAML text of several documents.
    package var yaml: String { ManifestYAML.print(objects) }
}

extension Manifests {
    static let controllerName = "jumpstarter-controller"
    static let routerName = "jumpstarter-router"

    static func selector(_ component: String) -> JSONValue {
        ["app.kubernetes.io/name": "jumpstarter", "app.kubernetes.io/component": .string(component)]
    }

    /// The metadata of an object of ours.
    func metadata(
        _ name: String,
        _ component: String,
        annotations: [String: String] = [:],
        labels more: [String: String] = [:]
    ) -> JSONValue {
        var labels = more.mapValues(JSONValue.string)
        labels.merge(Self.selector(component).objectValue ?? [:]) { _, ours in ours }
        labels["app.kubernetes.io/part-of"] = "jumpstarter"
        var members: [String: JSONValue] = [
            "name": .string(name), "namespace": .string(namespace), "labels": .object(labels),
        ]
        if !annotations.isEmpty { members["annotations"] = .object(annotations.mapValues(JSONValue.string)) }
        return .object(members)
    }

    private var namespaceObject: JSONValue {
        ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]]
    }

    var access: [JSONValue] {
        let name = Self.controllerName
        let accounts = [(name, "controller", true), (Self.routerName, "router", false)].map {
            (name, component, usesAPI) -> JSONValue in
            [
                "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(name, component),
                "automountServiceAccountToken": .bool(usesAPI),
            ]
        }
        let role: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata(name, "controller"),
            "rules": .array(ControllerAccess.all.map(\.rule)),
        ]
        let subject: JSONValue = ["kind": "ServiceAccount", "name": .string(name), "namespace": .string(namespace)]
        let binding: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": metadata(name, "controller"),
            "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)],
            "subjects": [subject],
        ]
        return accounts + [role, binding]
    }

    var configuration: [JSONValue] {
        let routers = (0..<options.routers.count).map { n in
            "router-\(n):\n  endpoint: \"\(routerEndpoint(n))\"\n"
        }
        var all: [JSONValue] = [
            [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(Self.controllerName, "controller"),
                "data": ["config": .string(options.config), "router": .string(routers.joined())],
            ]
        ]
        if !options.certificates.ca.isEmpty {
            all.append([
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": metadata("jumpstarter-service-ca-cert", "controller"),
                "data": ["ca.crt": .string(options.certificates.ca)],
            ])
        }
        if options.keys.source == .generated, let keys = generatedKeys {
            all.append([
                "apiVersion": "v1", "kind": "Secret", "metadata": metadata(options.keys.secretName, "controller"),
                "type": "Opaque",
                "stringData": ["CONTROLLER_KEY": .string(keys.controller), "ROUTER_KEY": .string(keys.router)],
            ])
        }
        return all
    }
}

extension Manifests {
    var controllerEndpoint: String {
        options.endpoint.isEmpty ? "\(Self.controllerName).\(namespace).svc:8082" : options.endpoint
    }

    /// The public endpoint of one router.
    func routerEndpoint(_ n: Int) -> String {
        if options.routers.endpoint.isEmpty { return "\(Self.routerName)-\(n).\(namespace).svc:8083" }
        let endpoint = options.routers.endpoint.replacing("{n}", with: "\(n)")
        guard options.exposure.type == .nodePort, let host = Endpoint(endpoint)?.host else { return endpoint }
        return "\(host):\(options.exposure.nodePort.firstRouter + n)"
    }

    static func host(_ endpoint: String) -> String { Endpoint(endpoint)?.host ?? endpoint }
}
