import Resources

/// What a lab consists of, and what is said of an object that moved.
enum MovedKinds {
    /// In the order of creation: an owner comes before what it owns, an exporter before the leases that hold it.
    static let order: [ResourceType] = [.clients, .exporters, .exporterAccessPolicies, .secrets, .leases]

    /// The uid and the namespace under which an object's first token was made. They replace the parts of the subjects of
    /// tokens, so that these stay good (spec/resources.md, Client).
    static let uidAnnotation = "jumpstarter.dev/migrated-uid"
    static let namespaceAnnotation = "jumpstarter.dev/migrated-namespace"

    static func type(apiVersion: String, kind: String) -> ResourceType? {
        order.first { $0.apiVersion == apiVersion && $0.kind == kind }
    }
}

/// An object by kind and name, within the one namespace that moves.
struct MovedName: Hashable, CustomStringConvertible {
    var type: ResourceType
    var name: String

    init(_ type: ResourceType, _ name: String) {
        self.type = type
        self.name = name
    }

    init(_ object: UnstructuredObject) { self.init(object.type, object.metadata.name) }

    /// The owner that a reference names; nil when it is of a kind that does not move.
    init?(_ owner: OwnerReference) {
        guard let type = MovedKinds.type(apiVersion: owner.apiVersion, kind: owner.kind) else { return nil }
        self.init(type, owner.name)
    }

    /// `exporters.jumpstarter.dev "dut"`.
    var description: String { "\(type.qualifiedPlural) \"\(name)\"" }
}

extension UnstructuredObject {
    /// This object without what its server gave it; uid and namespace stay as annotations, the first ones for ever.
    ///
    /// An empty annotation counts as none, as it does where subjects are made.
    func readyToMove() -> UnstructuredObject {
        var object = self
        if type.hasStatusSubresource, let uid = metadata.uid, !uid.isEmpty {
            object.keep(uid, as: MovedKinds.uidAnnotation)
            object.keep(metadata.namespace ?? "", as: MovedKinds.namespaceAnnotation)
        }
        object.metadata.uid = nil
        object.metadata.resourceVersion = nil
        object.metadata.generation = nil
        object.metadata.creationTimestamp = nil
        object.metadata.deletionTimestamp = nil
        return object
    }

    private mutating func keep(_ value: String, as annotation: String) {
        if (metadata.annotations[annotation] ?? "").isEmpty { metadata.annotations[annotation] = value }
    }

    /// The status as a tree; nil when there is none or it says nothing.
    var filledStatus: JSONValue? {
        guard let status = content["status"], status.objectValue?.isEmpty == false else { return nil }
        return status
    }

    /// Whether this is the same object as the other, from before the move or after it.
    func isSameLineage(as other: UnstructuredObject) -> Bool {
        guard let uid = metadata.annotations[MovedKinds.uidAnnotation], !uid.isEmpty else { return false }
        return type == other.type && uid == other.metadata.annotations[MovedKinds.uidAnnotation]
    }

    /// The name in `status.FIELD.name`; nil when it is absent or empty.
    func statusReference(_ field: String) -> String? {
        guard let name = content["status"]?[field]?["name"]?.stringValue, !name.isEmpty else { return nil }
        return name
    }

    /// The Secret that holds the credential of this client or exporter.
    var credentialName: String? { statusReference("credential") }

    /// The lease that holds this exporter.
    var leaseName: String? { type == .exporters ? statusReference("leaseRef") : nil }

    /// True for a lease that has ended.
    var isEndedLease: Bool { type == .leases && content["status"]?["ended"]?.boolValue == true }

    /// The exporter that this lease holds: one that has ended holds none.
    var heldExporterName: String? { type == .leases && !isEndedLease ? statusReference("exporterRef") : nil }

    /// Says by which lease this exporter is held; nil for none.
    mutating func setLease(_ name: String?) {
        guard var status = content["status"] else {
            if let name { content["status"] = ["leaseRef": ["name": .string(name)]] }
            return
        }
        status["leaseRef"] = name.map { ["name": .string($0)] }
        content["status"] = status
    }
}
