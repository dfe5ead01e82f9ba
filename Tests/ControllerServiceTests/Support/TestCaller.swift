import GRPCCore
import Resources

/// Who a test calls as: the token and the metadata that name the object.
struct TestCaller: Sendable {
    var token: String?
    var kind: String
    var namespace: String
    var name: String

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    var metadata: Metadata {
        var metadata: Metadata = [:]
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        metadata.addString(namespace, forKey: "jumpstarter-namespace")
        metadata.addString(kind, forKey: "jumpstarter-kind")
        metadata.addString(name, forKey: "jumpstarter-name")
        return metadata
    }

    /// The metadata without the values of one key.
    func metadata(without key: String) -> Metadata {
        var metadata = metadata
        metadata.removeAllValues(forKey: key)
        return metadata
    }

    /// The metadata with one more value of a key.
    func metadata(adding value: String, for key: String) -> Metadata {
        var metadata = metadata
        metadata.addString(value, forKey: key)
        return metadata
    }

    /// The name of the object's resource, as ClientService writes it.
    var resourceName: String { "namespaces/\(namespace)/\(kind.lowercased())s/\(name)" }
}
