/// The form in which a client wants the answer: the first clause of `Accept` that can be served.
///
/// `Accept` lists clauses such as `application/json;as=Table;v=v1;g=meta.k8s.io`; a clause for protobuf is passed over,
/// since every client that asks for it offers JSON too.
package struct AcceptedFormat: Sendable, Hashable {
    package enum View: Sendable, Hashable {
        case object
        case table
        case metadata
        /// `apidiscovery.k8s.io` in that version.
        case aggregatedDiscovery(version: String)
    }

    package enum Encoding: Sendable, Hashable {
        case json
        case yaml
    }

    package var view: View
    package var encoding: Encoding

    package static let json = AcceptedFormat(view: .object, encoding: .json)

    package init(view: View, encoding: Encoding) {
        self.view = view
        self.encoding = encoding
    }

    /// - Throws: `APIStatus` 406 when no clause can be served.
    package init(accept: String) throws(APIStatus) {
        let clauses = accept.split(separator: ",").map { Self.clause(String($0)) }
        if clauses.isEmpty {
            self = .json
            return
        }
        guard let format = clauses.lazy.compactMap(Self.format).first else { throw .notAcceptable }
        self = format
    }

    private typealias Clause = (type: String, parameters: [String: String])

    private static func clause(_ text: String) -> Clause {
        let parts = text.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parameters[String(pair[0])] = String(pair[1]) }
        }
        return (parts.first?.lowercased() ?? "", parameters)
    }

    private static func format(_ clause: Clause) -> AcceptedFormat? {
        guard let encoding = encoding(clause.type), let view = view(clause.parameters) else { return nil }
        return AcceptedFormat(view: view, encoding: encoding)
    }

    private static func encoding(_ type: String) -> Encoding? {
        switch type {
        case MediaType.json, "application/*", "*/*", "text/plain": .json
        case MediaType.yaml: .yaml
        default: nil
        }
    }

    private static func view(_ parameters: [String: String]) -> View? {
        let group = parameters["g"] ?? ""
        let version = parameters["v"] ?? ""
        switch parameters["as"] {
        case nil: return .object
        case "Table" where group == "meta.k8s.io" && version == "v1": return .table
        case "PartialObjectMetadata" where group == "meta.k8s.io" && version == "v1": return .metadata
        case "PartialObjectMetadataList" where group == "meta.k8s.io" && version == "v1": return .metadata
        case "APIGroupDiscoveryList" where group == "apidiscovery.k8s.io" && (version == "v2" || version == "v2beta1"):
            return .aggregatedDiscovery(version: version)
        default: return nil
        }
    }
}
