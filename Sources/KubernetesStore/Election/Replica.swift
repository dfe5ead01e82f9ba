import ObjectStore
import Resources

/// One replica of the controller, as the others find it.
package struct Replica: Sendable, Hashable {
    package var id: String
    /// `HOST:PORT` at which the others reach it.
    package var endpoint: String
    /// The certificate that it shows there, PEM.
    package var certificatePEM: String

    package init(id: String, endpoint: String, certificatePEM: String) {
        self.id = id
        self.endpoint = endpoint
        self.certificatePEM = certificatePEM
    }

    static let namePrefix = "jumpstarter-controller-"
    static let componentLabel = "jumpstarter.dev/component"
    static let component = "controller-replica"
    static let endpointAnnotation = "jumpstarter.dev/internal-endpoint"
    static let certificateAnnotation = "jumpstarter.dev/internal-certificate"

    static let selector = LabelSelector(matchLabels: [componentLabel: component])

    var objectName: String { Self.namePrefix + id }

    /// Nil for a lease that is no replica's.
    init?(_ object: UnstructuredObject) {
        guard object.metadata.name.hasPrefix(Self.namePrefix),
            let endpoint = object.metadata.annotations[Self.endpointAnnotation],
            let certificate = object.metadata.annotations[Self.certificateAnnotation]
        else { return nil }
        self.init(
            id: String(object.metadata.name.dropFirst(Self.namePrefix.count)),
            endpoint: endpoint,
            certificatePEM: certificate
        )
    }

    func metadata(namespace: String) -> ObjectMeta {
        ObjectMeta(
            name: objectName,
            namespace: namespace,
            labels: [Self.componentLabel: Self.component],
            annotations: [Self.endpointAnnotation: endpoint, Self.certificateAnnotation: certificatePEM]
        )
    }
}
