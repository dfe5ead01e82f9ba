import Resources

/// Questions about rights that clients POST: not stored, only answered.
enum ReviewKind: String, CaseIterable {
    case selfSubjectAccessReview = "SelfSubjectAccessReview"
    case selfSubjectRulesReview = "SelfSubjectRulesReview"
    case selfSubjectReview = "SelfSubjectReview"

    var group: String { self == .selfSubjectReview ? "authentication.k8s.io" : "authorization.k8s.io" }
    var version: String { "v1" }
    var plural: String { rawValue.lowercased() + "s" }

    static func find(group: String, version: String, plural: String) -> ReviewKind? {
        allCases.first { $0.group == group && $0.version == version && $0.plural == plural }
    }

    /// The answer: there is one administrator, who may do everything.
    func answer(to question: JSONValue) -> JSONValue {
        var members = question.objectValue ?? [:]
        members["apiVersion"] = .string("\(group)/\(version)")
        members["kind"] = .string(rawValue)
        members["status"] = status
        return .object(members)
    }

    private var status: JSONValue {
        switch self {
        case .selfSubjectAccessReview: return ["allowed": true, "reason": "the administrator may do everything"]
        case .selfSubjectRulesReview:
            let all: JSONValue = ["*"]
            return [
                "incomplete": false,
                "resourceRules": [["verbs": all, "apiGroups": all, "resources": all]],
                "nonResourceRules": [["verbs": all, "nonResourceURLs": all]],
            ]
        case .selfSubjectReview:
            return [
                "userInfo": ["username": "jumpstarter-admin", "groups": ["system:masters", "system:authenticated"]]
            ]
        }
    }
}
