import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Between Hummingbird's requests and ours: bounds the body and the time, and writes watches as they go on.
struct APIResponder: HTTPResponder {
    typealias Context = APIRequestContext

    let handler: APIHandler
    let limits: KubernetesAPIServer.Configuration

    func respond(to request: Request, context: APIRequestContext) async throws -> Response {
        guard let ours = APIRequest(request) else {
            return plain(APIHandler.response(to: .badRequest("the path or query of the request is malformed")))
        }
        if let refusal = handler.refusal(of: ours) { return plain(refusal) }
        let answer = await answer(to: ours, request)
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(answer.code)",
            ]
        )
        let query = request.uri.query.map { "?\($0)" } ?? ""
        limits.audit(
            APIAuditRecord(
                method: request.method.rawValue,
                target: request.uri.path + query,
                status: answer.code,
                userAgent: request.headers[.userAgent] ?? ""
            )
        )
        guard case .watch(let session) = answer.body else { return plain(answer) }
        return stream(session, answer, context)
    }

    private func answer(to request: APIRequest, _ source: Request) async -> APIResponse {
        let body = source.body
        let result = await withTimeout(limits.requestTimeout) { () -> APIResponse in
            var complete = request
            do {
                complete.body = Data(try await body.collect(upTo: limits.maximumBodySize).readableBytesView)
            } catch is NIOTooManyBytesError {
                return APIHandler.response(to: .tooLarge(maximum: limits.maximumBodySize))
            } catch {
                return APIHandler.response(to: .badRequest("the body of the request could not be read: \(error)"))
            }
            return await handler.respond(to: complete)
        }
        return result ?? APIHandler.response(to: .timeout(seconds: limits.requestTimeout.components.seconds))
    }

    private func withTimeout(
        _ limit: Duration,
        _ operation: @escaping @Sendable () async -> APIResponse
    ) async -> APIResponse? {
        await withTaskGroup(of: APIResponse?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                // Cancelled as soon as the answer is there; then nobody looks at this one.
                try? await limits.clock.sleep(for: limit)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
    }

    private func plain(_ answer: APIResponse) -> Response {
        Response(
            status: .init(code: answer.code),
            headers: headers(of: answer),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.data ?? Data()))
        )
    }

    private func headers(of answer: APIResponse) -> HTTPFields {
        var fields: HTTPFields = [.contentType: answer.contentType, .cacheControl: "no-cache, private"]
        for (name, value) in answer.headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        return fields
    }

    /// A watch ends when its client leaves, its time is up, or the server shuts down.
    private func stream(_ session: WatchSession, _ answer: APIResponse, _ context: APIRequestContext) -> Response {
        let clock = limits.clock
        let connectionEnd = context.connectionEnd
        let body = ResponseBody { writer in
            let output = WatchOutput(writer)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await session.run { try await output.write($0) } }
                group.addTask { for await _ in connectionEnd {} }
                group.addTask { try await clock.sleep(for: session.timeout) }
                group.addTask { try await gracefulShutdown() }
                try await group.next()
                group.cancelAll()
            }
            try await writer.finish(nil)
        }
        return Response(status: .init(code: answer.code), headers: headers(of: answer), body: body)
    }
}

/// The way to the client for the one task that writes a watch.
///
/// Proof: a writer of Hummingbird may not be used by two tasks at once. It is not: it is handed to one
/// child task before that begins, and the parent, which awaits the whole group, touches it only after.
private final class WatchOutput: @unchecked Sendable {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func write(_ data: Data) async throws { try await writer.write(ByteBuffer(bytes: data)) }
}

extension APIRequest {
    /// Ours from Hummingbird's, still without the body; nil when an escape in path or query is malformed.
    fileprivate init?(_ request: Request) {
        self.init(
            Method(rawValue: request.method.rawValue) ?? .other,
            target: request.uri.path + (request.uri.query.map { "?\($0)" } ?? ""),
            accept: request.headers[values: .accept].joined(separator: ","),
            contentType: request.headers[.contentType] ?? "",
            authorization: request.headers[.authorization]
        )
    }
}
