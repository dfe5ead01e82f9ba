import Hummingbird
import NIOCore

/// What Hummingbird gives us beside a request: the connection, whose end also ends a watch.
struct APIRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Ends when the connection has closed.
    var connectionEnd: AsyncStream<Never> {
        AsyncStream { continuation in
            channel.closeFuture.whenComplete { _ in continuation.finish() }
        }
    }
}

/// Closes a connection as soon as its client sends no more.
///
/// TLS has no half-open connections that an HTTP client would use; without this, a client that just goes away would be
/// noticed only when something is next written to its watch.
final class InputEndHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
