internal import NIOCore
internal import RouterCore

/// A running tunnel at one moment, for operators; travels as JSON.
package struct TunnelSnapshot: Sendable, Hashable, Codable {
    /// The stream id, the subject of both tokens.
    package var stream: String
    /// `NAMESPACE/NAME`; nil if the tokens do not say.
    package var lease: String?
    /// The client's name; nil if the tokens do not say.
    package var client: String?
    /// The exporter's name; nil if the tokens do not say.
    package var exporter: String?
    /// The client's address. If the tokens do not say who is who, the side that came first counts as the client.
    package var clientAddress: String
    /// The exporter's address.
    package var exporterAddress: String
    /// Seconds since the second side came.
    package var age: Double
    /// Payload bytes handed on to the client so far, gRPC's framing included.
    package var bytesToClient: UInt64
    /// Payload bytes handed on to the exporter so far.
    package var bytesToExporter: UInt64
    /// Messages received for the client so far.
    package var messagesToClient: UInt64
    /// Messages received for the exporter so far.
    package var messagesToExporter: UInt64
}

/// What has gone through a tunnel in one direction.
struct TunnelTraffic: Sendable, Hashable {
    var bytes: UInt64 = 0
    var messages: UInt64 = 0
}
