/// What is wrong with the metadata that names a caller's object.
package enum RequestMetadataError: Refusal, Equatable {
    /// The key is not there, or empty.
    case missing(key: String)
    /// The key is there more than once.
    case repeated(key: String, count: Int)
    /// The value breaks a rule.
    case invalid(key: String, value: String, accepted: String)
    /// The name is not the one that follows from the user name.
    case unexpectedName(found: String, expected: String)
    /// No object name follows from the user name.
    case noDerivedName(userName: String)

    package var code: RefusalCode { .invalidArgument }

    package var description: String {
        switch self {
        case .missing(let key):
            "metadata \(key) is missing"
        case .repeated(let key, let count):
            "metadata \(key) is given \(count) times: send it once"
        case .invalid(let key, let value, let accepted):
            "metadata \(key) is \(Quoted.text(value)); accepted: \(accepted)"
        case .unexpectedName(let found, let expected):
            "metadata \(MetadataKey.name) is \(Quoted.text(found)); expected \(Quoted.text(expected)) for this user"
        case .noDerivedName(let userName):
            "user name \(Quoted.text(userName)) has no letter or digit to make an object's name of"
        }
    }
}
