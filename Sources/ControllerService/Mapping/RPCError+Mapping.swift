import Authentication
package import GRPCCore
import Leasing
import ObjectStore
import Reconciling
import Resources

extension RPCError {
    /// The longest message, in bytes. It travels in a header, percent-encoded to up to three times its length, and real
    /// clients take 8 KiB of headers; a caller's own megabyte must not come back to it.
    private static let longestMessage = 2048

    /// The one place where errors become gRPC statuses: a canonical code and a message for the person who reads it,
    /// never a bare UNKNOWN.
    package init(mapping error: any Error) {
        self.init(classifying: error)
        if code == .unknown { code = .internalError }
        guard message.utf8.count > Self.longestMessage else { return }
        // Repairing drops the rest of a character that the cut went through.
        let kept = String(decoding: message.utf8.prefix(Self.longestMessage), as: UTF8.self)
        message = kept.prefix { $0 != "\u{FFFD}" } + " ... (cut)"
    }

    private init(classifying error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case let error as ServiceError: self.init(code: error.code, message: error.message)
        case let error as any Refusal: self.init(code: error.code.rpcCode, message: error.description)
        case let error as LabError: self.init(error)
        case let error as StoreError: self.init(error)
        case let error as LabelSelector.ParseError: self.init(code: .invalidArgument, message: error.description)
        case let error as ResourceName.Problem: self.init(code: .invalidArgument, message: error.description)
        case is CancellationError:
            self.init(code: .unavailable, message: "the call was interrupted, the service may be stopping; try again")
        default:
            self.init(code: .internalError, message: "the service failed: \(error)", cause: error)
        }
    }

    private init(_ error: LabError) {
        switch error {
        case .notFound(let message): self.init(code: .notFound, message: message)
        case .alreadyExists(let message): self.init(code: .alreadyExists, message: message)
        case .failedPrecondition(let message): self.init(code: .failedPrecondition, message: message)
        case .permissionDenied(let message): self.init(code: .permissionDenied, message: message)
        case .aborted(let message): self.init(code: .aborted, message: message)
        case .unavailable(let message): self.init(code: .unavailable, message: message)
        }
    }

    private init(_ error: StoreError) {
        let code: Code =
            switch error.reason {
            case .notFound: .notFound
            case .alreadyExists: .alreadyExists
            case .conflict: .aborted
            case .expired, .invalid, .badRequest: .invalidArgument
            case .forbidden, .unauthorized: .internalError
            case .tooManyRequests: .resourceExhausted
            case .unavailable: .unavailable
            case .internalError: .internalError
            }
        self.init(code: code, message: error.message)
    }
}

extension RefusalCode {
    fileprivate var rpcCode: RPCError.Code {
        switch self {
        case .unauthenticated: .unauthenticated
        case .invalidArgument: .invalidArgument
        case .permissionDenied: .permissionDenied
        case .unavailable: .unavailable
        }
    }
}
