import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Transport

/// An HTTPS server that answers by a script: the nth request gets the nth answer, the last one again and again.
final class ScriptedServer: Sendable {
    struct Received: Sendable {
        var method: String
        var uri: String
        var headers: [String: String]
        var body: String
    }

    /// What happens on a request.
    enum Answer: Sendable {
        case reply(Int, String, headers: [(String, String)] = [])
        /// The head and these pieces, each in a write of its own; then the end, the connection's end, or nothing.
        case stream([String], then: Ending)
        /// The connection is closed without an answer.
        case drop
        /// No answer at all.
        case silence

        enum Ending: Sendable { case end, cut, silence }

        static func status(_ code: Int, _ reason: String, headers: [(String, String)] = []) -> Answer {
            .reply(
                code,
                """
                {"kind":"Status","apiVersion":"v1","status":"Failure","message":"scripted","reason":"\(reason)",\
                "code":\(code)}
                """,
                headers: headers
            )
        }
    }

    private struct State {
        var script: [Answer]
        var received: [Received] = []
        var waiters: [(Int, CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>
    private let choose: (@Sendable (Received, Int) -> Answer)?

    init(_ script: [Answer]) {
        state = Mutex(State(script: script))
        choose = nil
    }

    /// Answers by a function of the request and its number from 0.
    init(_ choose: @escaping @Sendable (Received, Int) -> Answer) {
        state = Mutex(State(script: []))
        self.choose = choose
    }

    var received: [Received] { state.withLock { $0.received } }

    /// Returns once that many requests have come.
    func waitForRequests(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.received.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    fileprivate func answer(to request: Received) -> Answer {
        let (answer, woken) = state.withLock { state -> (Answer, [CheckedContinuation<Void, Never>]) in
            let index = state.received.count
            state.received.append(request)
            let count = state.received.count
            let woken = state.waiters.filter { $0.0 <= count }.map(\.1)
            state.waiters.removeAll { $0.0 <= count }
            let scripted = state.script.isEmpty ? .silence : state.script[min(index, state.script.count - 1)]
            return (choose?(request, index) ?? scripted, woken)
        }
        woken.forEach { $0.resume() }
        return answer
    }

    /// Runs a test beside the server, and closes it and its connections.
    /// - Parameters:
    ///   - names: The names of its certificate, when they are not the usual ones.
    ///   - authority: The authority, PEM, whose certificates clients must show.
    func run(
        names: [ServerName] = [],
        requiringClientsOf authority: String? = nil,
        _ test: (_ port: Int) async throws -> Void
    ) async throws {
        let made = try TestCertificates.made.get()
        let identity = names.isEmpty ? made.identity : try made.authority.issue(server: names, now: Date())
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try identity.certificateSources(),
            privateKey: try identity.privateKeySource()
        )
        if let authority {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
            tls.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext(configuration: tls)
        let children = Mutex<[any Channel]>([])
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                children.withLock { $0.append(child) }
                return child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try child.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try child.pipeline.syncOperations.addHandler(ScriptedHandler(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let failure: (any Error)?
        do {
            try await test(channel.localAddress?.port ?? 0)
            failure = nil
        } catch {
            failure = error
        }
        try await channel.close()
        for child in children.withLock({ $0 }) { child.close(mode: .all, promise: nil) }
        if let failure { throw failure }
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ server: ScriptedServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let buffer): body += String(buffer: buffer)
        case .end:
            guard let head else { return }
            let headers = Dictionary(
                head.headers.map { ($0.name.lowercased(), $0.value) },
                uniquingKeysWith: { first, _ in first }
            )
            let request = ScriptedServer.Received(
                method: head.method.rawValue,
                uri: head.uri,
                headers: headers,
                body: body
            )
            perform(server.answer(to: request), context)
        }
    }

    private func perform(_ answer: ScriptedServer.Answer, _ context: ChannelHandlerContext) {
        switch answer {
        case .silence: break
        case .drop: context.close(promise: nil)
        case .reply(let code, let text, let headers):
            var fields = HTTPHeaders(headers)
            fields.add(name: "content-length", value: String(text.utf8.count))
            write(.head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: code), headers: fields)), context)
            write(.body(.byteBuffer(ByteBuffer(string: text))), context)
            write(.end(nil), context)
            context.flush()
        case .stream(let pieces, let ending):
            let fields = HTTPHeaders([("transfer-encoding", "chunked")])
            write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: fields)), context)
            context.flush()
            for piece in pieces {
                write(.body(.byteBuffer(ByteBuffer(string: piece))), context)
                context.flush()
            }
            switch ending {
            case .end:
                write(.end(nil), context)
                context.flush()
            case .cut: context.close(promise: nil)
            case .silence: break
            }
        }
    }

    private func write(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(part), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
