/// One aspect of an object's state with its reason (`metav1.Condition`).
package struct Condition: Sendable, Hashable, Codable {
    /// True, False or Unknown.
    package enum Status: String, Sendable, Hashable, Codable {
        case isTrue = "True"
        case isFalse = "False"
        case unknown = "Unknown"
    }

    package var type: String
    package var status: Status
    /// The generation of the object that this was decided on.
    package var observedGeneration: Int64?
    /// When `status` last changed; a new reason or message leaves it alone.
    package var lastTransitionTime: Timestamp
    /// A word in CamelCase, for programs.
    package var reason: String
    /// A sentence, for people.
    package var message: String

    package init(
        type: String,
        status: Status,
        observedGeneration: Int64? = nil,
        lastTransitionTime: Timestamp,
        reason: String,
        message: String
    ) {
        self.type = type
        self.status = status
        self.observedGeneration = observedGeneration
        self.lastTransitionTime = lastTransitionTime
        self.reason = reason
        self.message = message
    }
}

extension [Condition] {
    /// The condition of that type, if there is one.
    package subscript(type type: String) -> Condition? { first { $0.type == type } }

    /// True when the condition of that type is there and True.
    package func isTrue(_ type: String) -> Bool { self[type: type]?.status == .isTrue }

    /// Sets a condition as `meta.SetStatusCondition` does: the transition time moves only when the status changes.
    package mutating func set(_ condition: Condition) {
        guard let index = firstIndex(where: { $0.type == condition.type }) else {
            append(condition)
            return
        }
        var next = condition
        if self[index].status == condition.status { next.lastTransitionTime = self[index].lastTransitionTime }
        self[index] = next
    }
}
