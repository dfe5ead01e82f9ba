import Foundation
import ObjectStore
import Resources

/// Where the next page of a list begins and which state it shows. Opaque to callers: base64url of JSON.
struct ContinueToken: Codable, Sendable, Hashable {
    /// The resource version of the list's first page.
    var version: Int64
    /// The last key of the page before.
    var namespace: String
    var name: String

    private enum CodingKeys: String, CodingKey {
        case version = "rv"
        case namespace = "ns"
        case name
    }

    init(version: Int64, after key: ObjectKey) {
        self.version = version
        self.namespace = key.namespace
        self.name = key.name
    }

    /// - Throws: `StoreError.badRequest` for a text that this store did not make.
    init(parsing text: String) throws(StoreError) {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: base64),
            let token = try? JSONDecoder().decode(ContinueToken.self, from: data)
        else {
            throw StoreError(.badRequest, "continue key is not valid: it is not one that this store gave out")
        }
        self = token
    }

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

    func text() throws -> String {
        try JSONEncoder().encode(self).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
