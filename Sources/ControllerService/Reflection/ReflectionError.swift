/// Why a descriptor set cannot be served.
package enum ReflectionError: Error, Equatable, CustomStringConvertible {
    /// A service is to be listed that no file declares.
    case undescribedService(String)
    /// A file imports another that is not in the set.
    case missingImport(file: String, imported: String)

    package var description: String {
        switch self {
        case .undescribedService(let service):
            "the service '\(service)' is served but no proto file in the descriptor set declares it"
        case .missingImport(let file, let imported):
            "the descriptor set holds '\(file)' but not '\(imported)', which it imports"
        }
    }
}
