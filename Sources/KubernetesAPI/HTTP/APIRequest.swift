package import Foundation

/// One HTTP request as the API reads it, free of the HTTP server's types.
package struct APIRequest: Sendable {
    package var method: Method
    /// The path, percent-decoded, cut at the slashes; without empty parts.
    package var path: [String]
    package var query: QueryParameters
    package var accept: String
    package var contentType: String
    package var authorization: String?
    package var body: Data

    package enum Method: String, Sendable, Hashable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case other = "OTHER"
    }

    package init(
        _ method: Method,
        path: [String],
        query: QueryParameters = QueryParameters(),
        accept: String = "",
        contentType: String = "",
        authorization: String? = nil,
        body: Data = Data()
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.accept = accept
        self.contentType = contentType
        self.authorization = authorization
        self.body = body
    }
}

extension APIRequest {
    /// A request for a path with a query, `/api/v1/secrets?limit=5`.
    /// Returns nil when an escape in it is malformed.
    package init?(
        _ method: Method,
        target: String,
        accept: String = "",
        contentType: String = "",
        authorization: String? = nil,
        body: Data = Data()
    ) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let segments = parts[0].split(separator: "/").map { String($0).removingPercentEncoding }
        guard let query = QueryParameters(parsing: parts.count > 1 ? String(parts[1]) : "") else { return nil }
        var path: [String] = []
        for segment in segments {
            guard let segment else { return nil }
            path.append(segment)
        }
        self.init(
            method,
            path: path,
            query: query,
            accept: accept,
            contentType: contentType,
            authorization: authorization,
            body: body
        )
    }
}
