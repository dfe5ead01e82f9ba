package import Hummingbird
package import NIOCore

/// What a route is told of its request.
package struct PageContext: RemoteAddressRequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Where the request came from.
    package let remoteAddress: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// The routes of a plain HTTP server.
package typealias HTTPRoutes = Router<PageContext>
