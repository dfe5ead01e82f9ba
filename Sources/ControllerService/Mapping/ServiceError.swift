package import GRPCCore

/// Why an RPC is refused, in the words that the caller reads.
///
/// The real client matches some of these words; spec/wire-protocol.md, "What the real client matches in errors".
package struct ServiceError: Error, Sendable, Hashable {
    package var code: RPCError.Code
    package var message: String

    package init(_ code: RPCError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// A field of the request that is not acceptable.
    package static func invalidArgument(_ field: String, _ problem: String) -> ServiceError {
        ServiceError(.invalidArgument, "\(field): \(problem)")
    }
}
