import Authentication
import ControllerService
import GRPCCore
import ObjectStore
import Reconciling
import Resources
import Testing

@Suite("Errors as gRPC statuses")
struct RPCErrorMappingTests {
    private struct Surprise: Error, CustomStringConvertible { let description = "the roof fell in" }

    private static let claimed = ClaimedObject(kind: .client, namespace: "lab", name: "alice")

    static let table: [(any Error & Sendable, RPCError.Code, String)] = [
        (RPCError(code: .dataLoss, message: "as it is"), .dataLoss, "as it is"),
        (RPCError(code: .unknown, message: "bare"), .internalError, "bare"),
        (ServiceError(.resourceExhausted, "full"), .resourceExhausted, "full"),
        (ServiceError.invalidArgument("a.b", "is bad"), .invalidArgument, "a.b: is bad"),
        (AuthenticationError.missingAuthorization, .unauthenticated, "Bearer TOKEN"),
        (AuthenticationError.issuerUnavailable(issuer: "i", reason: "r"), .unavailable, "try again"),
        (RequestMetadataError.missing(key: "jumpstarter-kind"), .invalidArgument, "jumpstarter-kind"),
        (RequestIdentityError.authentication(.badSignature), .unauthenticated, "signature"),
        (RequestIdentityError.metadata(.repeated(key: "jumpstarter-name", count: 2)), .invalidArgument, "2 times"),
        (AuthorizationError.notPermitted(claimed, userName: "u"), .permissionDenied, "alice"),
        (AuthorizationError.namespaceMismatch(requested: "a", own: "b"), .permissionDenied, "namespace mismatch"),
        (LabError.notFound("m"), .notFound, "m"),
        (LabError.alreadyExists("m"), .alreadyExists, "m"),
        (LabError.failedPrecondition("m"), .failedPrecondition, "m"),
        (LabError.permissionDenied("m"), .permissionDenied, "m"),
        (LabError.aborted("m"), .aborted, "m"),
        (LabError.unavailable("m"), .unavailable, "m"),
        (StoreError(.notFound, "m"), .notFound, "m"),
        (StoreError(.alreadyExists, "m"), .alreadyExists, "m"),
        (StoreError(.conflict, "m"), .aborted, "m"),
        (StoreError(.expired, "m"), .invalidArgument, "m"),
        (StoreError(.invalid, "m"), .invalidArgument, "m"),
        (StoreError(.badRequest, "m"), .invalidArgument, "m"),
        (StoreError(.forbidden, "m"), .internalError, "m"),
        (StoreError(.unauthorized, "m"), .internalError, "m"),
        (StoreError(.tooManyRequests, "m"), .resourceExhausted, "m"),
        (StoreError(.unavailable, "m"), .unavailable, "m"),
        (StoreError(.internalError, "m"), .internalError, "m"),
        (CancellationError(), .unavailable, "try again"),
        (Surprise(), .internalError, "the roof fell in"),
    ]

    @Test("every kind of error has its code and keeps its words", arguments: table.indices)
    func codes(index: Int) {
        let (error, code, words) = Self.table[index]
        let status = RPCError(mapping: error)
        #expect(status.code == code, "\(error)")
        #expect(status.message.contains(words), "\(status.message)")
        #expect(status.code != .unknown)
    }

    @Test("texts of callers that are not selectors or names are INVALID_ARGUMENT")
    func parsers() {
        for parse in [
            { _ = try LabelSelector(parsing: "a b c") },
            { _ = try ResourceName.parseParent("nothing") },
        ] as [() throws -> Void] {
            do {
                try parse()
                Issue.record("parsed")
            } catch {
                #expect(RPCError(mapping: error).code == .invalidArgument)
            }
        }
    }

    @Test("a long message is cut at a whole character, so that it fits into the trailers")
    func length() {
        let exact = String(repeating: "x", count: 2048)
        #expect(RPCError(mapping: LabError.notFound(exact)).message == exact)
        for filler in ["x", "ü", "€", "😀"] {
            let message = RPCError(mapping: LabError.notFound("a" + String(repeating: filler, count: 100_000))).message
            #expect(message.utf8.count <= 2100)
            #expect(message.hasPrefix("a" + filler))
            #expect(message.hasSuffix(filler + " ... (cut)"))
        }
    }
}
