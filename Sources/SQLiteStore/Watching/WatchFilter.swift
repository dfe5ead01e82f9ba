import ObjectStore
import Resources

/// Which objects a watch is about.
struct WatchFilter: Sendable {
    var type: ResourceType
    /// nil for every namespace.
    var namespace: String?
    var labelSelector: LabelSelector
    var fieldSelector: FieldSelector

    func matches(_ object: UnstructuredObject) -> Bool {
        labelSelector.matches(object.metadata.labels) && fieldSelector.matches(object)
    }

    /// The changes that may matter: the selector matches the labels before or after.
    var condition: SQLCondition {
        var parts: [SQLCondition] = []
        if let namespace { parts.append(.equal("namespace", namespace)) }
        if let name = fieldSelector.exactName { parts.append(.equal("name", name)) }
        if !labelSelector.isEmpty {
            parts.append(
                .any([.labels(labelSelector, column: "labels"), .labels(labelSelector, column: "previous_labels")])
            )
        }
        return .all(parts)
    }
}
