import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Observability
import Router
import ServiceLifecycle

/// The plain HTTP server of a router, on swift-nio alone, since a router runs without a web framework:
///
/// | path | answer | for whom |
/// |---|---|---|
/// | `/metrics` | Prometheus | everybody who reaches the port |
/// | `/healthz`, `/readyz` | `ok`; `/readyz` is 503 while the router drains | everybody |
/// | `/tunnels` | JSON with the names of leases, clients and exporters | loopback addresses only |
struct RouterPages: Service {
    /// How long a connection may be silent, and so how long a request may take.
    private static let idleLimit = TimeAmount.seconds(30)
    /// Connections that are served at once; more are closed.
    private static let connectionLimit = 64

    let host: String
    let port: Int
    let registry: PrometheusRegistry
    let server: RouterServer
    let logger: Logger
    let onBound: @Sendable (Int) async -> Void

    func run() async throws {
        let listener = try await bind()
        try await serve(listener)
    }

    /// Listens; what fails does so here.
    func bind() async throws -> any Channel {
        let answerer = PageAnswerer(registry: registry, server: server)
        let count = ConnectionCount(limit: Self.connectionLimit)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                guard count.enter() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in count.leave() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: Self.idleLimit))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(PageHandler(answerer: answerer))
                }
            }
            .bind(host: host, port: port).get()
        let port = channel.localAddress?.port ?? port
        logger.info("metrics listens", metadata: ["port": "\(port)"])
        await onBound(port)
        return channel
    }

    func serve(_ listener: any Channel) async throws {
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await listener.closeFuture.get()
            } onCancel: {
                listener.close(promise: nil)
            }
        } onGracefulShutdown: {
            listener.close(promise: nil)
        }
    }
}

/// What each path answers.
struct PageAnswerer: Sendable {
    struct Page {
        var status = HTTPResponseStatus.ok
        var type = "text/plain; charset=utf-8"
        var body: String
    }

    let registry: PrometheusRegistry
    let server: RouterServer

    func page(_ head: HTTPRequestHead, from peer: SocketAddress?) -> Page {
        guard head.method == .GET || head.method == .HEAD else { return Page(status: .methodNotAllowed, body: "") }
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/metrics":
            let format = ExpositionFormat.negotiate(accept: head.headers["accept"].joined(separator: ", "))
            return Page(type: format.contentType, body: registry.render(format))
        case "/healthz": return Page(body: "ok\n")
        case "/readyz":
            return server.load.isDraining
                ? Page(status: .serviceUnavailable, body: "draining\n") : Page(body: "ok\n")
        case "/tunnels": return tunnels(for: peer)
        default: return Page(status: .notFound, body: "not found\n")
        }
    }

    private func tunnels(for peer: SocketAddress?) -> Page {
        guard peer?.isLoopback == true else {
            return Page(status: .forbidden, body: "/tunnels is for this machine only: it names clients and leases\n")
        }
        do {
            return Page(type: "application/json", body: try TunnelListing(of: server).json)
        } catch {
            return Page(status: .internalServerError, body: "\(error)\n")
        }
    }
}

extension SocketAddress {
    fileprivate var isLoopback: Bool {
        guard let address = ipAddress else { return false }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}

/// One connection: a request, its answer, and on.
private final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answerer: PageAnswerer
    private var head: HTTPRequestHead?

    init(answerer: PageAnswerer) { self.answerer = answerer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        // Bodies mean nothing here, and are dropped as they come.
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let page = answerer.page(request, from: context.remoteAddress)
        let body = context.channel.allocator.buffer(string: page.body)
        var head = HTTPResponseHead(version: request.version, status: page.status)
        head.headers.add(name: "content-type", value: page.type)
        head.headers.add(name: "content-length", value: String(body.readableBytes))
        if !request.isKeepAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        let sent = context.eventLoop.makePromise(of: Void.self)
        if !request.isKeepAlive {
            let channel = context.channel
            sent.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }
}
