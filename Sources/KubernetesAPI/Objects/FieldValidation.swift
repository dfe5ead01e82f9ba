/// What to do with members of an object that its kind does not know (`fieldValidation`).
enum FieldValidation: String {
    /// Drop them without a word.
    case ignore = "Ignore"
    /// Drop them and send a warning; what Kubernetes does when the client does not say.
    case warn = "Warn"
    /// Refuse the request.
    case strict = "Strict"

    /// - Throws: `APIStatus` 400 for another word.
    init(_ query: QueryParameters) throws(APIStatus) {
        guard let word = query["fieldValidation"] else {
            self = .warn
            return
        }
        guard let value = FieldValidation(rawValue: word) else {
            throw .badRequest("fieldValidation=\"\(word)\" is not supported; expected Ignore, Warn or Strict")
        }
        self = value
    }
}
