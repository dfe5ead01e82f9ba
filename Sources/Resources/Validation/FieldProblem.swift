/// One thing that is wrong with an object, in the form of Kubernetes' `field.Error`.
package struct FieldProblem: Sendable, Hashable, CustomStringConvertible {
    /// Kubernetes' cause types (`metav1.CauseType`).
    package enum Kind: String, Sendable, Hashable {
        case required = "FieldValueRequired"
        case invalid = "FieldValueInvalid"
        case notSupported = "FieldValueNotSupported"
        case duplicate = "FieldValueDuplicate"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case typeInvalid = "FieldValueTypeInvalid"
    }

    package var kind: Kind
    /// The path of the field, such as `spec.selector.matchLabels[board]`.
    package var field: String
    /// What is wrong and what would be accepted.
    package var detail: String

    package init(_ kind: Kind, _ field: String, _ detail: String) {
        self.kind = kind
        self.field = field
        self.detail = detail
    }

    package var description: String { "\(field): \(detail)" }
}
