import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import ObjectStore
import Resources

/// A request of the API, without the server's address.
struct APICall: Sendable {
    var method: HTTPMethod
    /// Path and query.
    var target: String
    var contentType = "application/json"
    var body: Data?
    var repetition: RetryPolicy.Repetition = .harmless
    /// What the request is about, for errors.
    var type: ResourceType?
    var name: String?
}

/// A successful answer.
struct APIAnswer: Sendable {
    var body: Data
    /// True when an earlier attempt may have been carried out too: then a conflict may be with ourselves.
    var isRepeated: Bool
}

/// A failure, and whether an earlier attempt may have been carried out.
struct APIFailure: Error {
    var error: StoreError
    var isRepeated: Bool
}

/// Sends requests: credential, rate limit, time-out, retries, and answers as errors.
///
/// Bounds: `maximumBodySize` for an answer, 64 KiB for one that tells an error.
final class RequestSender: Sendable {
    private static let maximumErrorSize = 64 * 1024

    let configuration: KubernetesStoreConfiguration
    /// The address, for messages.
    let server: String
    private let client: HTTPClient
    private let target: HTTPClientFactory.Target
    private let tls: TLSConfiguration
    private let credentials: CredentialProvider
    private let limiter: RateLimiter
    private let logger: Logger

    init(
        _ connection: KubernetesConnection,
        _ environment: KubernetesEnvironment,
        _ configuration: KubernetesStoreConfiguration,
        _ logger: Logger
    ) throws(KubernetesConnectionError) {
        (client, target, tls) = try HTTPClientFactory.make(connection, configuration)
        server = connection.server
        credentials = CredentialProvider(connection.credential, environment: environment)
        limiter = RateLimiter(
            rate: configuration.requestsPerSecond,
            burst: configuration.burst,
            clock: configuration.clock
        )
        self.configuration = configuration
        self.logger = logger
    }

    func shutdown() async throws { try await client.shutdown() }

    /// Sends a request and reads its answer.
    /// - Throws: `APIFailure`, or `CancellationError`.
    func send(_ call: APICall) async throws -> APIAnswer {
        let (body, isRepeated) = try await retrying(call) { [self] in
            try await collect(open(call).body, call)
        }
        return APIAnswer(body: body, isRepeated: isRepeated)
    }

    /// Sends a request and answers the body, which goes on, once a successful answer has begun.
    /// - Throws: `APIFailure`, or `CancellationError`.
    func stream(_ call: APICall) async throws -> HTTPClientResponse.Body {
        try await retrying(call) { [self] in try await open(call).body }.value
    }

    private func retrying<Value: Sendable>(
        _ call: APICall,
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, isRepeated: Bool) {
        let stopwatch = Stopwatch(configuration.clock)
        var attempt = 1
        var mayBeDone = false
        while true {
            do {
                try await limiter.wait()
                return (try await withDeadline(configuration.requestTimeout, configuration.clock, operation), mayBeDone)
            } catch {
                let failed = try failure(from: error, call)
                guard
                    let delay = configuration.retries.delay(
                        after: failed.kind,
                        attempt: attempt,
                        elapsed: stopwatch.elapsed(),
                        repetition: call.repetition,
                        fraction: configuration.randomFraction()
                    )
                else { throw APIFailure(error: failed.error, isRepeated: mayBeDone) }
                if case .uncertain = failed.kind { mayBeDone = true }
                logger.debug(
                    "a request failed and is repeated",
                    metadata: [
                        "method": "\(call.method)", "target": "\(call.target)", "error": "\(failed.error)",
                        "attempt": "\(attempt)",
                    ]
                )
                attempt += 1
                try await configuration.clock.sleep(for: delay)
            }
        }
    }

    /// Sends a request and answers once the head of a successful answer is there; retries a refused credential once.
    /// - Throws: `AttemptFailure` for another answer; errors of the connection as they are.
    private func open(_ call: APICall) async throws -> HTTPClientResponse {
        var credential = try await freshCredential()
        var isSecond = false
        while true {
            let response = try await client.execute(try request(call, credential), deadline: .distantFuture)
            if (200..<300).contains(response.status.code) { return response }
            if response.status == .unauthorized, !isSecond, await credentials.refused(credential) {
                isSecond = true
                for try await _ in response.body {}
                credential = try await freshCredential()
                continue
            }
            throw try await refusal(response, call)
        }
    }

    private func freshCredential() async throws -> RequestCredential {
        do {
            return try await credentials.credential()
        } catch let error as KubernetesConnectionError {
            throw AttemptFailure(
                kind: .final,
                error: StoreError(.unavailable, "\(server) cannot be asked: \(error.message)")
            )
        }
    }

    private func request(_ call: APICall, _ credential: RequestCredential) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: target.base + call.target)
        request.method = call.method
        request.headers = HTTPHeaders([
            ("host", target.host), ("accept", "application/json"), ("user-agent", configuration.userAgent),
        ])
        if let authorization = credential.authorization {
            request.headers.add(name: "authorization", value: authorization)
        }
        if let certificate = credential.clientCertificate {
            var tls = tls
            do {
                try HTTPClientFactory.add(certificate, to: &tls)
            } catch {
                throw AttemptFailure(kind: .final, error: StoreError(.unavailable, error.message))
            }
            request.tlsConfiguration = tls
        }
        if let body = call.body {
            request.headers.add(name: "content-type", value: call.contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    private func refusal(_ response: HTTPClientResponse, _ call: APICall) async throws -> AttemptFailure {
        var body = Data()
        for try await chunk in response.body where body.count < Self.maximumErrorSize {
            body.append(contentsOf: chunk.readableBytesView)
        }
        let code = Int(response.status.code)
        let retryAfter = response.headers.first(name: "retry-after").flatMap(Int.init).map { max(0, $0) }
        let error = StatusReader.error(
            code: code,
            body: body,
            retryAfter: retryAfter,
            type: call.type,
            name: call.name,
            server: server
        )
        let kind: RetryPolicy.Failure =
            switch code {
            case 429: .rejectedUnprocessed(retryAfter: error.retryAfterSeconds.map { .seconds($0) })
            case 503 where retryAfter != nil: .rejectedUnprocessed(retryAfter: retryAfter.map { .seconds($0) })
            case 500, 502, 503, 504: .uncertain
            default: .final
            }
        return AttemptFailure(kind: kind, error: error)
    }

    private func collect(_ body: HTTPClientResponse.Body, _ call: APICall) async throws -> Data {
        let limit = configuration.maximumBodySize
        var data = Data()
        for try await chunk in body {
            if data.count + chunk.readableBytes > limit {
                throw AttemptFailure(
                    kind: .final,
                    error: StoreError(.internalError, "\(server) answered more than \(limit) bytes", type: call.type)
                )
            }
            data.append(contentsOf: chunk.readableBytesView)
        }
        return data
    }

    /// An error of an attempt in the terms of the contract.
    /// - Throws: `CancellationError` when we were cancelled ourselves.
    func failure(from error: any Error, _ call: APICall) throws -> AttemptFailure {
        if let failure = error as? AttemptFailure { return failure }
        try Task.checkCancellation()
        let (kind, why) = ConnectionFailure.explain(error, timeout: configuration.requestTimeout)
        return AttemptFailure(
            kind: kind,
            error: StoreError(.unavailable, "\(server) \(why)", type: call.type, name: call.name)
        )
    }
}

/// How one attempt failed.
struct AttemptFailure: Error {
    var kind: RetryPolicy.Failure
    var error: StoreError
}
