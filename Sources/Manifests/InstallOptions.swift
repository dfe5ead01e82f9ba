/// What may be chosen about an installation. The keys are those of the Helm chart's `values.yaml`, so one file of
/// values serves both ways.
package struct InstallOptions: Sendable, Hashable, Codable {
    package var image = Image()
    /// The controller's public `host:port`; empty means the name of its Service in the cluster.
    package var endpoint = ""
    /// The public URL of the login service; empty means none is announced.
    package var loginEndpoint = ""
    package var controller = Controller()
    package var routers = Routers()
    package var exposure = Exposure()
    package var certificates = Certificates()
    package var keys = Keys()
    /// The configuration document, YAML (docs/configuration.md); empty means the defaults.
    package var config = ""
    package var networkPolicy = Switch()
    package var serviceMonitor = ServiceMonitor()
    package var crds = Definitions()

    package init() {}

    package struct Image: Sendable, Hashable, Codable {
        package var repository = "jumpstarter-service"
        package var tag = "0.1.0"
        package var pullPolicy = PullPolicy.ifNotPresent
        /// Names of Secrets in the namespace.
        package var pullSecrets: [String] = []
    }

    package enum PullPolicy: String, Sendable, Hashable, Codable, CaseIterable {
        case always = "Always"
        case ifNotPresent = "IfNotPresent"
        case never = "Never"
    }

    package struct Controller: Sendable, Hashable, Codable {
        package var replicas = 2
        package var resources = Resources(cpu: "100m", memory: "128Mi", memoryLimit: "512Mi")
    }

    package struct Routers: Sendable, Hashable, Codable {
        package var count = 1
        /// The public `host:port` of each router, `{n}` standing for its number from 0; empty means the name of its
        /// Service in the cluster.
        package var endpoint = ""
        /// Seconds that running tunnels may go on when a router is stopped.
        package var drainSeconds = 300
        package var resources = Resources(cpu: "200m", memory: "128Mi", memoryLimit: "1Gi")
    }

    /// Quantities of Kubernetes.
    package struct Resources: Sendable, Hashable, Codable {
        package var cpu: String
        package var memory: String
        package var memoryLimit: String
    }

    package struct Exposure: Sendable, Hashable, Codable {
        package var type = Kind.clusterIP
        /// Annotations of the Services, Ingresses or routes that face outwards.
        package var annotations: [String: String] = [:]
        package var nodePort = NodePort()
        package var ingress = Ingress()
        package var gateway = Gateway()

        package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            case clusterIP, nodePort, loadBalancer, ingress, gateway
        }

        package struct NodePort: Sendable, Hashable, Codable {
            package var controller = 30082
            /// The port of router 0; the others follow.
            package var firstRouter = 30083
        }

        package struct Ingress: Sendable, Hashable, Codable {
            package var className = "nginx"
        }

        package struct Gateway: Sendable, Hashable, Codable {
            package var name = ""
            /// Empty means the namespace of the installation.
            package var namespace = ""
            /// The listener; empty means any that fits.
            package var sectionName = ""
            package var route = Route.tls

            package enum Route: String, Sendable, Hashable, Codable, CaseIterable {
                /// The Gateway hands TLS through.
                case tls = "TLSRoute"
                /// The Gateway ends TLS, and begins it anew towards the service.
                case grpc = "GRPCRoute"
            }
        }
    }

    package struct Certificates: Sendable, Hashable, Codable {
        package var source = Source.selfMade
        /// With `secret`: a TLS Secret whose certificate is good for the controller's and every router's host.
        package var secretName = ""
        /// With `certManager`: an issuer that is there already; an empty name makes a certificate authority.
        package var issuer = Issuer()
        /// The certificate authority that `jmp admin` writes into configurations, PEM.
        package var ca = ""

        package enum Source: String, Sendable, Hashable, Codable, CaseIterable { case selfMade, certManager, secret }

        package struct Issuer: Sendable, Hashable, Codable {
            package var name = ""
            package var kind = Kind.issuer

            package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
                case issuer = "Issuer"
                case clusterIssuer = "ClusterIssuer"
            }
        }
    }

    package struct Keys: Sendable, Hashable, Codable {
        package var source = Source.controller
        /// The Secret with CONTROLLER_KEY and ROUTER_KEY.
        package var secretName = "jumpstarter-keys"

        package enum Source: String, Sendable, Hashable, Codable, CaseIterable {
            /// The controller makes the Secret when it is missing; the routers' pods wait for it.
            case controller
            /// The Secret is among what is printed.
            case generated
            /// The Secret is there already.
            case secret
        }
    }

    package struct Switch: Sendable, Hashable, Codable {
        package var enabled = false
    }

    /// A ServiceMonitor of the Prometheus operator, and the headless Service that it looks at.
    package struct ServiceMonitor: Sendable, Hashable, Codable {
        package var enabled = false
        /// Labels of the ServiceMonitor, by which a Prometheus chooses what it reads.
        package var labels: [String: String] = [:]
    }

    package struct Definitions: Sendable, Hashable, Codable {
        package var install = true
    }
}
