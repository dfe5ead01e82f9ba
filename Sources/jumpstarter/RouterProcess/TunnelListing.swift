import Foundation
import Router

/// What `/tunnels` answers: a router at one moment. Names and numbers only; no token or secret is in it.
struct TunnelListing: Codable, Sendable {
    var isDraining: Bool
    /// Streams that wait for their partner.
    var waiting: Int
    /// Streams that the router takes on.
    var capacity: Int
    var tunnels: [TunnelSnapshot]

    init(of server: RouterServer) {
        let load = server.load
        isDraining = load.isDraining
        waiting = load.waitingStreams
        capacity = server.capacity
        tunnels = server.tunnels.sorted { $0.age > $1.age }
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
