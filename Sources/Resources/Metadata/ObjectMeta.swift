/// What every Kubernetes object carries about itself. Field names and meaning are `metav1.ObjectMeta`'s.
package struct ObjectMeta: Sendable, Hashable, Codable {
    /// The name, unique for its kind and namespace.
    package var name: String
    /// The namespace; nil for kinds that have none.
    package var namespace: String?
    /// The prefix from which the store makes a name when none is given.
    package var generateName: String?
    /// The identity of this very object: a later one of the same name has another.
    package var uid: String?
    /// The version of this object in the store, for compare-and-set and watches.
    package var resourceVersion: String?
    /// How often the specification changed; status updates leave it alone.
    package var generation: Int64?
    /// When the store accepted the object.
    package var creationTimestamp: Timestamp?
    /// When deletion was asked for, while finalizers still hold the object.
    package var deletionTimestamp: Timestamp?
    /// Labels, for selectors.
    package var labels: [String: String]
    /// Annotations, for tools.
    package var annotations: [String: String]
    /// The objects whose deletion deletes this one.
    package var ownerReferences: [OwnerReference]
    /// Who must agree before the object goes away.
    package var finalizers: [String]

    package init(
        name: String,
        namespace: String? = nil,
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        ownerReferences: [OwnerReference] = []
    ) {
        self.name = name
        self.namespace = namespace
        self.labels = labels
        self.annotations = annotations
        self.ownerReferences = ownerReferences
        self.finalizers = []
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, namespace, generateName, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp
        case labels, annotations, ownerReferences, finalizers
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? ""
        namespace = try container.decodeIfPresent(String.self, forKey: .namespace)
        generateName = try container.decodeIfPresent(String.self, forKey: .generateName)
        uid = try container.decodeIfPresent(String.self, forKey: .uid)
        resourceVersion = try container.decodeIfPresent(String.self, forKey: .resourceVersion)
        generation = try container.decodeIfPresent(Int64.self, forKey: .generation)
        creationTimestamp = try container.decodeIfPresent(Timestamp.self, forKey: .creationTimestamp)
        deletionTimestamp = try container.decodeIfPresent(Timestamp.self, forKey: .deletionTimestamp)
        labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations) ?? [:]
        ownerReferences = try container.decodeIfPresent([OwnerReference].self, forKey: .ownerReferences) ?? []
        finalizers = try container.decodeIfPresent([String].self, forKey: .finalizers) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !name.isEmpty { try container.encode(name, forKey: .name) }
        try container.encodeIfPresent(namespace, forKey: .namespace)
        try container.encodeIfPresent(generateName, forKey: .generateName)
        try container.encodeIfPresent(uid, forKey: .uid)
        try container.encodeIfPresent(resourceVersion, forKey: .resourceVersion)
        try container.encodeIfPresent(generation, forKey: .generation)
        try container.encodeIfPresent(creationTimestamp, forKey: .creationTimestamp)
        try container.encodeIfPresent(deletionTimestamp, forKey: .deletionTimestamp)
        if !labels.isEmpty { try container.encode(labels, forKey: .labels) }
        if !annotations.isEmpty { try container.encode(annotations, forKey: .annotations) }
        if !ownerReferences.isEmpty { try container.encode(ownerReferences, forKey: .ownerReferences) }
        if !finalizers.isEmpty { try container.encode(finalizers, forKey: .finalizers) }
    }
}

/// A reference from an object to one that owns it (`metav1.OwnerReference`).
package struct OwnerReference: Sendable, Hashable, Codable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String
    /// True for the one owner that manages the object.
    package var controller: Bool?
    /// True when a foreground deletion of the owner waits for this object.
    package var blockOwnerDeletion: Bool?

    package init(apiVersion: String, kind: String, name: String, uid: String, controller: Bool? = nil) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.controller = controller
    }
}

/// A reference to an object of the same namespace by name (`corev1.LocalObjectReference`).
package struct LocalObjectReference: Sendable, Hashable, Codable {
    package var name: String

    package init(name: String) { self.name = name }
}

/// Where an object lives: its namespace (empty for kinds that have none) and name.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var namespace: String
    package var name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}
