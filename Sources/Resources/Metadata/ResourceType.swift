/// One kind of object as the Kubernetes API knows it: group, version, names and what it supports.
package struct ResourceType: Sendable {
    /// The API group; empty for the core group.
    package var group: String
    package var version: String
    package var kind: String
    package var plural: String
    package var singular: String
    package var shortNames: [String]
    package var categories: [String]
    package var isNamespaced: Bool
    /// True when `status` is a subresource: the main resource then ignores it, and only it changes by `/status`.
    package var hasStatusSubresource: Bool

    /// `GROUP/VERSION`, or the version alone in the core group.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `PLURAL.GROUP`, as `kubectl` names a kind in messages.
    package var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

extension ResourceType: Hashable {
    package static func == (left: ResourceType, right: ResourceType) -> Bool {
        left.group == right.group && left.plural == right.plural
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(group)
        hasher.combine(plural)
    }
}

extension ResourceType {
    private static func jumpstarter(_ kind: String, plural: String, shortNames: [String] = []) -> ResourceType {
        ResourceType(
            group: "jumpstarter.dev",
            version: "v1alpha1",
            kind: kind,
            plural: plural,
            singular: kind.lowercased(),
            shortNames: shortNames,
            categories: ["jumpstarter"],
            isNamespaced: true,
            hasStatusSubresource: true
        )
    }

    private static func core(_ kind: String, plural: String, shortNames: [String], namespaced: Bool = true)
        -> ResourceType
    {
        ResourceType(
            group: "",
            version: "v1",
            kind: kind,
            plural: plural,
            singular: kind.lowercased(),
            shortNames: shortNames,
            categories: [],
            isNamespaced: namespaced,
            hasStatusSubresource: false
        )
    }

    package static let clients = jumpstarter("Client", plural: "clients")
    package static let exporters = jumpstarter("Exporter", plural: "exporters")
    package static let leases = jumpstarter("Lease", plural: "leases")
    package static let exporterAccessPolicies = jumpstarter(
        "ExporterAccessPolicy",
        plural: "exporteraccesspolicies",
        shortNames: ["eap"]
    )
    package static let secrets = core("Secret", plural: "secrets", shortNames: [])
    package static let configMaps = core("ConfigMap", plural: "configmaps", shortNames: ["cm"])
    package static let events = core("Event", plural: "events", shortNames: ["ev"])
    package static let namespaces = core("Namespace", plural: "namespaces", shortNames: ["ns"], namespaced: false)

    /// `leases.coordination.k8s.io`: who leads, and which replicas live. Not our own `leases`.
    package static let coordinationLeases = ResourceType(
        group: "coordination.k8s.io",
        version: "v1",
        kind: "Lease",
        plural: "leases",
        singular: "lease",
        shortNames: [],
        categories: [],
        isNamespaced: true,
        hasStatusSubresource: false
    )

    /// The four kinds that are ours.
    package static let jumpstarterTypes = [clients, exporters, leases, exporterAccessPolicies]
    /// The core kinds that the service needs beside its own.
    package static let coreTypes = [secrets, configMaps, events, namespaces]
    /// The kinds by which replicas find each other and choose a leader.
    package static let coordinationTypes = [coordinationLeases]
}
