import Resources

extension Manifests {
    private static let restricted: JSONValue = [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
    ]

    private static func value(_ name: String, _ value: String) -> JSONValue {
        ["name": .string(name), "value": .string(value)]
    }

    private static func field(_ name: String, _ path: String) -> JSONValue {
        ["name": .string(name), "valueFrom": ["fieldRef": ["fieldPath": .string(path)]]]
    }

    private static func secret(_ name: String, _ secret: String, key: String, optional: Bool) -> JSONValue {
        var reference: [String: JSONValue] = ["name": .string(secret), "key": .string(key)]
        if optional { reference["optional"] = true }
        return ["name": .string(name), "valueFrom": ["secretKeyRef": .object(reference)]]
    }

    private static func port(_ name: String, _ number: Int64) -> JSONValue {
        ["name": .string(name), "containerPort": .integer(number)]
    }

    private static func probe(_ check: JSONValue, seconds: Int64, failures: Int64) -> JSONValue {
        var members = check.objectValue ?? [:]
        members["periodSeconds"] = .integer(seconds)
        members["failureThreshold"] = .integer(failures)
        return .object(members)
    }

    private static func resources(_ resources: InstallOptions.Resources) -> JSONValue {
        [
            "requests": ["cpu": .string(resources.cpu), "memory": .string(resources.memory)],
            "limits": ["memory": .string(resources.memoryLimit)],
        ]
    }

    /// The Secret in which the controller keeps the certificate that it makes.
    private static let selfMadeSecret = "jumpstarter-tls"

    /// The name of the Secret with the certificate of a component; nil for a controller that makes it.
    private func certificateSecret(_ component: String) -> String? {
        switch options.certificates.source {
        case .selfMade: component == "router" ? Self.selfMadeSecret : nil
        case .certManager: "jumpstarter-\(component)-tls"
        case .secret: options.certificates.secretName
        }
    }

    private func certificateEnvironment(_ component: String) -> [JSONValue] {
        guard certificateSecret(component) != nil else { return [] }
        return [
            Self.value("EXTERNAL_CERT_PEM", "/etc/jumpstarter/tls/tls.crt"),
            Self.value("EXTERNAL_KEY_PEM", "/etc/jumpstarter/tls/tls.key"),
        ]
    }

    private var controllerEnvironment: [JSONValue] {
        let madeByController = options.keys.source == .controller
        var all = [
            Self.field("NAMESPACE", "metadata.namespace"), Self.field("POD_NAME", "metadata.name"),
            Self.field("POD_IP", "status.podIP"), Self.value("GRPC_ENDPOINT", controllerEndpoint),
            Self.value("GRPC_ROUTER_ENDPOINT", routerEndpoint(0)), Self.value("LOGIN_ENDPOINT", options.loginEndpoint),
            Self.value("LOGIN_SERVICE_PORT", "8086"), Self.value("KEYS_SECRET", options.keys.secretName),
        ]
        if options.certificates.source == .selfMade { all.append(Self.value("TLS_SECRET", Self.selfMadeSecret)) }
        for key in ["CONTROLLER_KEY", "ROUTER_KEY"] {
            all.append(Self.secret(key, options.keys.secretName, key: key, optional: madeByController))
        }
        return all + authorityEnvironment("controller") + certificateEnvironment("controller")
    }

    /// The authority behind the certificates, as far as it is known.
    private func authorityEnvironment(_ component: String) -> [JSONValue] {
        if !options.certificates.ca.isEmpty {
            let reference: JSONValue = ["name": "jumpstarter-service-ca-cert", "key": "ca.crt"]
            return [["name": "CA_BUNDLE_PEM", "valueFrom": ["configMapKeyRef": reference]]]
        }
        guard let secret = certificateSecret(component) else { return [] }
        return [Self.secret("CA_BUNDLE_PEM", secret, key: "ca.crt", optional: true)]
    }

    private var routerEnvironment: [JSONValue] {
        let pattern = options.routers.endpoint
        let numbered =
            pattern.isEmpty
            ? "\(Self.routerName)-$(ROUTER_NUMBER).\(namespace).svc:8083"
            : pattern.replacing("{n}", with: "$(ROUTER_NUMBER)")
        return [
            Self.field("ROUTER_NUMBER", "metadata.labels['apps.kubernetes.io/pod-index']"),
            // As the ConfigMap calls it.
            Self.value("ROUTER_NAME", "router-$(ROUTER_NUMBER)"),
            Self.value("GRPC_ROUTER_ENDPOINT", numbered),
            Self.value("CONTROLLER_ENDPOINTS", "\(Self.replicasName).\(namespace).svc:8082"),
            // The name that the controllers' certificate has.
            Self.value("GRPC_ENDPOINT", controllerEndpoint),
            Self.secret("ROUTER_KEY", options.keys.secretName, key: "ROUTER_KEY", optional: false),
        ] + authorityEnvironment("router") + certificateEnvironment("router")
    }

    var controllerDeployment: JSONValue {
        let ready = Self.probe(["httpGet": ["path": "/readyz", "port": "health"]], seconds: 5, failures: 3)
        let alive = Self.probe(["httpGet": ["path": "/healthz", "port": "health"]], seconds: 10, failures: 6)
        let container: [String: JSONValue] = [
            "name": "controller",
            "args": [
                "controller", "--leader-elect", "--metrics-bind-address=:8080", "--health-probe-bind-address=:8081",
            ],
            "env": .array(controllerEnvironment), "resources": Self.resources(options.controller.resources),
            "ports": [
                Self.port("grpc", 8082), Self.port("login", 8086), Self.port("dashboard", 8084),
                Self.port("internal", 8087), Self.port("metrics", 8080), Self.port("health", 8081),
            ],
            "readinessProbe": ready, "livenessProbe": alive,
        ]
        return [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(Self.controllerName, "controller"),
            "spec": [
                "replicas": .integer(Int64(options.controller.replicas)),
                "selector": ["matchLabels": Self.selector("controller")],
                "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 0, "maxSurge": 1]],
                "template": pod("controller", container, grace: 60),
            ],
        ]
    }

    var routerStatefulSet: JSONValue {
        let tcp: JSONValue = ["tcpSocket": ["port": "grpc"]]
        let drain = options.routers.drainSeconds
        let container: [String: JSONValue] = [
            "name": "router", "args": ["router", "--drain-timeout=\(drain)", "--metrics-bind-address=:8080"].asJSON,
            "env": .array(routerEnvironment), "resources": Self.resources(options.routers.resources),
            "ports": [Self.port("grpc", 8083), Self.port("metrics", 8080)],
            "readinessProbe": Self.probe(tcp, seconds: 5, failures: 3),
            "livenessProbe": Self.probe(tcp, seconds: 10, failures: 6),
        ]
        return [
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata(Self.routerName, "router"),
            "spec": [
                "replicas": .integer(Int64(options.routers.count)), "serviceName": .string(Self.routerName),
                "podManagementPolicy": "Parallel", "selector": ["matchLabels": Self.selector("router")],
                "template": pod("router", container, grace: drain + 30),
            ],
        ]
    }

    /// The template of a component's pods, under the restricted Pod Security Standard.
    private func pod(_ component: String, _ container: [String: JSONValue], grace: Int) -> JSONValue {
        var container = container
        container["image"] = .string("\(options.image.repository):\(options.image.tag)")
        container["imagePullPolicy"] = .string(options.image.pullPolicy.rawValue)
        container["securityContext"] = Self.restricted
        container["lifecycle"] = ["preStop": ["exec": ["command": ["sleep", "5"]]]]
        // Each program gets one writable folder: its temporary files.
        var mounts: [JSONValue] = [["name": "tmp", "mountPath": "/tmp"]]
        var volumes: [JSONValue] = [["name": "tmp", "emptyDir": ["sizeLimit": "64Mi"]]]
        if let secret = certificateSecret(component) {
            mounts.append(["name": "tls", "mountPath": "/etc/jumpstarter/tls", "readOnly": true])
            volumes.append(["name": "tls", "secret": ["secretName": .string(secret)]])
        }
        container["volumeMounts"] = .array(mounts)
        let spread: JSONValue = [
            "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": ["matchLabels": Self.selector(component)],
        ]
        var spec: [String: JSONValue] = [
            "serviceAccountName": .string("jumpstarter-\(component)"),
            "automountServiceAccountToken": .bool(component == "controller"), "enableServiceLinks": false,
            "terminationGracePeriodSeconds": .integer(Int64(grace)),
            "securityContext": [
                "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
                "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "topologySpreadConstraints": [spread], "volumes": .array(volumes), "containers": [.object(container)],
        ]
        if !options.image.pullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(options.image.pullSecrets.map { ["name": .string($0)] })
        }
        return ["metadata": ["labels": Self.selector(component)], "spec": .object(spec)]
    }

    var disruptionBudgets: [JSONValue] {
        ["controller", "router"].map { component in
            [
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": metadata("jumpstarter-\(component)", component),
                "spec": ["maxUnavailable": 1, "selector": ["matchLabels": Self.selector(component)]],
            ]
        }
    }
}

extension [String] {
    var asJSON: JSONValue { .array(map(JSONValue.string)) }
}
