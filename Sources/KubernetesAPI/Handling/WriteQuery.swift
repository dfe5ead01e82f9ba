/// The query parameters of requests that write.
struct WriteQuery {
    var fieldValidation: FieldValidation
    /// True: check everything, store nothing.
    var isDryRun: Bool

    /// - Throws: `APIStatus` 400 for values that Kubernetes does not know.
    init(_ query: QueryParameters) throws(APIStatus) {
        fieldValidation = try FieldValidation(query)
        isDryRun = try Self.isDryRun(query.all("dryRun"))
    }

    /// - Throws: `APIStatus` 400 for a stage other than `All`.
    static func isDryRun(_ stages: [String]) throws(APIStatus) -> Bool {
        let stages = stages.filter { !$0.isEmpty }
        if let other = stages.first(where: { $0 != "All" }) {
            throw .badRequest("dryRun=\"\(other)\" is not supported; expected All")
        }
        return !stages.isEmpty
    }
}
