/// Why an authenticated caller may not act.
package enum AuthorizationError: Refusal, Equatable {
    /// The object does not exist or does not belong to the user. The two look the same, so that nobody can find out
    /// which objects exist.
    case notPermitted(ClaimedObject, userName: String)
    /// This call is for the other kind of object.
    case wrongKind(ClaimedObject, required: ObjectKind)
    /// The request is about another namespace than the caller's.
    case namespaceMismatch(requested: String, own: String)

    package var code: RefusalCode { .permissionDenied }

    package var description: String {
        switch self {
        case .notPermitted(let object, let userName):
            "permission denied: user \(Quoted.text(userName)) may not act as \(Self.naming(object)); "
                + "check that it exists and that the token is the latest one issued for it"
        case .wrongKind(let object, let required):
            "permission denied: this call is for kind \(required.rawValue), the caller is \(Self.naming(object))"
        case .namespaceMismatch(let requested, let own):
            "namespace mismatch: the request is about namespace \(Quoted.text(requested)), "
                + "the caller belongs to \(Quoted.text(own))"
        }
    }

    private static func naming(_ object: ClaimedObject) -> String {
        "kind \(object.kind.rawValue), namespace \(Quoted.text(object.namespace)), name \(Quoted.text(object.name))"
    }
}
