import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// What an error of the connection means: whether the request can have reached the server, and words for it.
enum ConnectionFailure {
    static func explain(_ error: any Error, timeout: Duration) -> (kind: RetryPolicy.Failure, why: String) {
        switch error {
        case is DeadlineExceeded: (.uncertain, "did not answer within \(timeout)")
        // Codes that only the making of a connection gives.
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(error.errnoCode):
            (.notSent, "cannot be reached: \(error)")
        case let error as NIOConnectionError: (.notSent, "cannot be reached: \(reason(error))")
        case let error as HTTPClientError: explain(error)
        case NIOSSLError.handshakeFailed(let problem): (.notSent, "cannot be trusted or does not trust us: \(problem)")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            (.notSent, "has a certificate for another name: \(error)")
        case NIOSSLError.uncleanShutdown: (.uncertain, "closed the connection in the middle of an answer")
        default: (.uncertain, "broke the connection: \(error)")
        }
    }

    private static func explain(_ error: HTTPClientError) -> (kind: RetryPolicy.Failure, why: String) {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout,
            .socksHandshakeTimeout:
            (.notSent, "cannot be reached: \(error.shortDescription)")
        case .remoteConnectionClosed: (.uncertain, "closed the connection before its answer was complete")
        default: (.uncertain, "failed: \(error.shortDescription)")
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let error = error.connectionErrors.last { return "\(error.error)" }
        return error.dnsAError.map { "\($0)" } ?? "\(error)"
    }
}
