import Resources

extension Manifests {
    /// The Services: one for the controllers, and a headless one by which routers find each of them; one for each router,
    /// and the headless one that a StatefulSet must have.
    var services: [JSONValue] {
        [controllerService, replicasService, headlessService] + (0..<options.routers.count).map(routerService)
    }

    private var serviceType: String {
        switch options.exposure.type {
        case .nodePort: "NodePort"
        case .loadBalancer: "LoadBalancer"
        case .clusterIP, .ingress, .gateway: "ClusterIP"
        }
    }

    private func service(_ name: String, _ component: String, _ spec: [String: JSONValue]) -> JSONValue {
        let facesOutwards = options.exposure.type == .nodePort || options.exposure.type == .loadBalancer
        let annotations = facesOutwards ? options.exposure.annotations : [:]
        var spec = spec
        spec["type"] = .string(serviceType)
        return [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(name, component, annotations: annotations),
            "spec": .object(spec),
        ]
    }

    private static func port(_ name: String, _ number: Int64, to target: String, node: Int? = nil) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "port": .integer(number), "targetPort": .string(target), "protocol": "TCP",
        ]
        if let node { members["nodePort"] = .integer(Int64(node)) }
        return .object(members)
    }

    private var controllerService: JSONValue {
        let isNodePort = options.exposure.type == .nodePort
        let spec: [String: JSONValue] = [
            "selector": Self.selector("controller"),
            "ports": [
                Self.port("grpc", 8082, to: "grpc", node: isNodePort ? options.exposure.nodePort.controller : nil),
                Self.port("login", 8086, to: "login"), Self.port("dashboard", 8084, to: "dashboard"),
            ],
        ]
        return service(Self.controllerName, "controller", spec)
    }

    /// The name that stands for every ready controller.
    static let replicasName = "jumpstarter-controller-replicas"

    private var replicasService: JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(Self.replicasName, "controller"),
            "spec": [
                "clusterIP": "None", "selector": Self.selector("controller"),
                "ports": [Self.port("grpc", 8082, to: "grpc")],
            ],
        ]
    }

    private var headlessService: JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata(Self.routerName, "router"),
            "spec": [
                "clusterIP": "None", "selector": Self.selector("router"),
                "ports": [Self.port("grpc", 8083, to: "grpc")],
            ],
        ]
    }

    private func routerService(_ n: Int) -> JSONValue {
        var selector = Self.selector("router").objectValue ?? [:]
        selector["statefulset.kubernetes.io/pod-name"] = .string("\(Self.routerName)-\(n)")
        let node = options.exposure.type == .nodePort ? options.exposure.nodePort.firstRouter + n : nil
        return service(
            "\(Self.routerName)-\(n)",
            "router",
            ["selector": .object(selector), "ports": [Self.port("grpc", 8083, to: "grpc", node: node)]]
        )
    }

    /// What leads from outside to the Services: Ingresses or routes, one for each host.
    var exposure: [JSONValue] {
        var targets = [(name: Self.controllerName, component: "controller", endpoint: controllerEndpoint, port: 8082)]
        for n in 0..<options.routers.count {
            targets.append(("\(Self.routerName)-\(n)", "router", routerEndpoint(n), 8083))
        }
        switch options.exposure.type {
        case .clusterIP, .nodePort, .loadBalancer: return []
        case .ingress: return targets.map { ingress($0.name, $0.component, Self.host($0.endpoint)) }
        case .gateway: return targets.map { route($0.name, $0.component, Self.host($0.endpoint), Int64($0.port)) }
        }
    }

    private func ingress(_ name: String, _ component: String, _ host: String) -> JSONValue {
        let passThrough = [
            "nginx.ingress.kubernetes.io/ssl-passthrough": "true",
            "nginx.ingress.kubernetes.io/backend-protocol": "GRPCS",
        ]
        let annotations = passThrough.merging(options.exposure.annotations) { _, chosen in chosen }
        let backend: JSONValue = ["service": ["name": .string(name), "port": ["name": "grpc"]]]
        return [
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": metadata(name, component, annotations: annotations),
            "spec": [
                "ingressClassName": .string(options.exposure.ingress.className),
                "tls": [["hosts": [.string(host)]]],
                "rules": [
                    [
                        "host": .string(host),
                        "http": ["paths": [["path": "/", "pathType": "Prefix", "backend": backend]]],
                    ]
                ],
            ],
        ]
    }

    private func route(_ name: String, _ component: String, _ host: String, _ port: Int64) -> JSONValue {
        let gateway = options.exposure.gateway
        var parent: [String: JSONValue] = ["name": .string(gateway.name)]
        if !gateway.namespace.isEmpty { parent["namespace"] = .string(gateway.namespace) }
        if !gateway.sectionName.isEmpty { parent["sectionName"] = .string(gateway.sectionName) }
        // TLSRoute is served as v1alpha2 by every version of the experimental channel.
        let version = gateway.route == .tls ? "v1alpha2" : "v1"
        return [
            "apiVersion": .string("gateway.networking.k8s.io/\(version)"), "kind": .string(gateway.route.rawValue),
            "metadata": metadata(name, component, annotations: options.exposure.annotations),
            "spec": [
                "parentRefs": [.object(parent)], "hostnames": [.string(host)],
                "rules": [["backendRefs": [["name": .string(name), "port": .integer(port)]]]],
            ],
        ]
    }

    /// Lets in what the components serve, and a router out to name servers and controllers only.
    var networkPolicies: [JSONValue] {
        func policy(_ component: String, _ spec: [String: JSONValue]) -> JSONValue {
            var spec = spec
            spec["podSelector"] = ["matchLabels": Self.selector(component)]
            return [
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": metadata("jumpstarter-\(component)", component), "spec": .object(spec),
            ]
        }
        func ports(_ names: String...) -> JSONValue {
            .array(names.map { ["port": .string($0), "protocol": "TCP"] })
        }
        return [
            policy(
                "controller",
                [
                    "policyTypes": ["Ingress"],
                    "ingress": [
                        ["ports": ports("grpc", "login", "dashboard", "metrics", "health")],
                        [
                            "from": [["podSelector": ["matchLabels": Self.selector("controller")]]],
                            "ports": ports("internal"),
                        ],
                    ],
                ]
            ),
            policy(
                "router",
                [
                    "policyTypes": ["Ingress", "Egress"], "ingress": [["ports": ports("grpc", "metrics")]],
                    "egress": [
                        ["ports": [["port": 53, "protocol": "UDP"], ["port": 53, "protocol": "TCP"]]],
                        [
                            "to": [["podSelector": ["matchLabels": Self.selector("controller")]]],
                            "ports": ports("grpc"),
                        ],
                    ],
                ]
            ),
        ]
    }

    /// A Service without an address, which only tells where controllers and routers serve their metrics, and the
    /// ServiceMonitor that finds it by a component of its own: the controllers' public Service would match `controller`.
    var monitoring: [JSONValue] {
        let name = "jumpstarter-metrics"
        return [
            [
                "apiVersion": "v1", "kind": "Service", "metadata": metadata(name, "metrics"),
                "spec": [
                    "clusterIP": "None", "selector": ["app.kubernetes.io/name": "jumpstarter"],
                    "ports": [Self.port("metrics", 8080, to: "metrics")],
                ],
            ],
            [
                "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
                "metadata": metadata(Self.controllerName, "metrics", labels: options.serviceMonitor.labels),
                "spec": [
                    "selector": ["matchLabels": Self.selector("metrics")],
                    "endpoints": [["port": "metrics", "path": "/metrics"]],
                ],
            ],
        ]
    }

    /// The objects of cert-manager, if it is to make the certificates.
    var certificates: [JSONValue] {
        guard options.certificates.source == .certManager else { return [] }
        let given = options.certificates.issuer
        let isOurs = given.name.isEmpty
        let issuer: JSONValue = [
            "name": .string(isOurs ? "jumpstarter-ca" : given.name), "kind": .string(given.kind.rawValue),
        ]
        let routers = (0..<options.routers.count).flatMap { n in
            [Self.host(routerEndpoint(n)), "\(Self.routerName)-\(n).\(namespace).svc"]
        }
        let controller = [Self.host(controllerEndpoint), "\(Self.controllerName).\(namespace).svc"]
        let leaves = [
            certificate("controller", hosts: controller, issuer: issuer),
            certificate("router", hosts: routers, issuer: issuer),
        ]
        return (isOurs ? authority : []) + leaves
    }

    private var authority: [JSONValue] {
        func issuer(_ name: String, _ spec: JSONValue) -> JSONValue {
            [
                "apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": metadata(name, "controller"),
                "spec": spec,
            ]
        }
        let root: JSONValue = [
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
            "metadata": metadata("jumpstarter-ca", "controller"),
            "spec": [
                "isCA": true, "commonName": "jumpstarter", "secretName": "jumpstarter-ca", "duration": "87600h",
                "privateKey": ["algorithm": "ECDSA", "size": 256],
                "issuerRef": ["name": "jumpstarter-self-signed", "kind": "Issuer"],
            ],
        ]
        return [
            issuer("jumpstarter-self-signed", ["selfSigned": [:]]), root,
            issuer("jumpstarter-ca", ["ca": ["secretName": "jumpstarter-ca"]]),
        ]
    }

    private func certificate(_ component: String, hosts: [String], issuer: JSONValue) -> JSONValue {
        var names: [String] = []
        for host in hosts where !names.contains(host) { names.append(host) }
        return [
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
            "metadata": metadata("jumpstarter-\(component)-tls", component),
            "spec": [
                "secretName": .string("jumpstarter-\(component)-tls"), "dnsNames": names.asJSON,
                "privateKey": ["algorithm": "ECDSA", "size": 256], "issuerRef": issuer,
            ],
        ]
    }
}
