import GRPCCore
import Testing

/// Expects a call to be refused with a code and a message that has all of the words.
func expectRefusal<Result>(
    _ code: RPCError.Code,
    _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ call: () async throws -> Result
) async {
    do {
        _ = try await call()
        Issue.record("expected \(code), but the call succeeded", sourceLocation: sourceLocation)
    } catch let error as RPCError {
        #expect(error.code == code, "\(error.message)", sourceLocation: sourceLocation)
        for word in words {
            #expect(error.message.contains(word), "\(error.message)", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("expected a gRPC status, got \(error)", sourceLocation: sourceLocation)
    }
}
