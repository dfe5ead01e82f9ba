extension LabelSelector: CustomStringConvertible {
    /// The canonical string form, as `metav1.FormatLabelSelector` gives it: requirements sorted by key, values sorted,
    /// `a=b,c in (x,y),d notin (z),e,!f`; the empty string for the empty selector.
    ///
    /// The real client compares this string with what its user typed.
    package var description: String {
        let equalities = matchLabels.map { (key: $0.key, text: "\($0.key)=\($0.value)") }
        let expressions = matchExpressions.map { (key: $0.key, text: $0.description) }
        return (equalities + expressions)
            .sorted { ($0.key, $0.text) < ($1.key, $1.text) }
            .map(\.text)
            .joined(separator: ",")
    }
}

extension LabelSelector.Requirement: CustomStringConvertible {
    /// The canonical string of one requirement. `a!=b` comes back as `a notin (b)`, as Kubernetes prints it.
    package var description: String {
        let list = values.sorted().joined(separator: ",")
        return switch `operator` {
        case .in: "\(key) in (\(list))"
        case .notIn: "\(key) notin (\(list))"
        case .exists: key
        case .doesNotExist: "!\(key)"
        }
    }
}
