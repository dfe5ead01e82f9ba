import ObjectStore
import Resources

/// What a deletion asks for, in the query and in the body (`metav1.DeleteOptions`); the query wins.
struct DeleteQuery {
    var options = DeleteOptions()
    var isDryRun: Bool

    /// - Throws: `APIStatus` 400 for values that Kubernetes does not know.
    init(_ request: APIRequest) throws(APIStatus) {
        let body = request.body.isEmpty ? [:] : try request.object()
        let stages = body["dryRun"]?.arrayValue?.compactMap(\.stringValue) ?? []
        isDryRun = try WriteQuery.isDryRun(request.query.all("dryRun") + stages)
        options.uid = body["preconditions"]?["uid"]?.stringValue
        options.resourceVersion = body["preconditions"]?["resourceVersion"]?.stringValue
        let orphans = try request.query.flag("orphanDependents") ?? body["orphanDependents"]?.boolValue
        if orphans == true { options.propagation = .orphan }
        if let word = request.query["propagationPolicy"] ?? body["propagationPolicy"]?.stringValue {
            guard let policy = DeleteOptions.Propagation(rawValue: word) else {
                throw .badRequest(
                    "propagationPolicy=\"\(word)\" is not supported; expected Background, Foreground or Orphan"
                )
            }
            options.propagation = policy
        }
    }

    /// Whether the object is the one that the preconditions mean.
    /// - Throws: `APIStatus` 409.
    func check(_ object: UnstructuredObject) throws(APIStatus) {
        let pairs = [
            ("UID", options.uid, object.metadata.uid),
            ("ResourceVersion", options.resourceVersion, object.metadata.resourceVersion),
        ]
        for (name, wanted, present) in pairs {
            guard let wanted, wanted != present else { continue }
            let why = "Precondition failed: \(name) in precondition: \(wanted), in object meta: \(present ?? "")"
            throw APIStatus(.conflict(object.type, object.key, why))
        }
    }
}
