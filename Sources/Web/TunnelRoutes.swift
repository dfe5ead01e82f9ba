import Hummingbird
import NIOCore

/// `/tunnels`, which names clients and leases: for loopback addresses only.
package enum TunnelRoutes {
    /// - Parameter listing: The answer, as JSON.
    package static func add(to router: HTTPRoutes, listing: @escaping @Sendable () throws -> String) {
        router.get("tunnels") { _, context -> Response in
            guard context.remoteAddress?.isLoopback == true else {
                return Response(
                    status: .forbidden,
                    headers: [.contentType: "text/plain; charset=utf-8"],
                    body: .init(
                        byteBuffer: ByteBuffer(
                            string: "/tunnels is for this machine only: it names clients and leases\n"
                        )
                    )
                )
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: try listing()))
            )
        }
    }
}

extension SocketAddress {
    fileprivate var isLoopback: Bool {
        guard let address = ipAddress else { return false }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
