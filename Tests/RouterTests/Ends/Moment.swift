import NIOCore
import TestSupport
import Testing

@testable import Router

/// What goes on in a tunnel when one of its calls ends.
enum Moment: Sendable, CaseIterable, CustomTestStringConvertible {
    /// Nothing has been sent.
    case idle
    /// All messages are complete.
    case betweenMessages
    /// The last message is not.
    case midMessage
    /// The partner takes nothing, and the router and both windows are nearly full.
    case backlog

    /// Sizes of a router with which a sender comes to its end while its partner takes nothing.
    static func makeRoom(_ configuration: inout RouterConfiguration) {
        // Room for all of a backlog: beyond it nothing is certain, as the sender is credited by what the reader takes.
        configuration.windowSize = 2_097_152
        configuration.connectionWindowSize = 2_097_152
    }

    /// What has been sent just before: gRPC messages.
    var sent: ByteBuffer {
        var noise = SeededGenerator(seed: 7)
        var buffer = ByteBuffer()
        func message(_ length: Int, of announced: Int) {
            buffer.writeInteger(UInt8(0))
            buffer.writeInteger(UInt32(announced))
            var payload = noise.bytes(length)
            buffer.writeBuffer(&payload)
        }
        switch self {
        case .idle: break
        case .betweenMessages:
            for length in [0, 1, 64, 70_000] { message(length, of: length) }
        case .midMessage:
            message(300, of: 300)
            message(40_000, of: 70_000)
        case .backlog:
            // More than the partner's window and the router's queues, so that the sender is stopped; less than the window
            // that the router gives it.
            for _ in 0..<19 { message(100_000, of: 100_000) }
        }
        return buffer
    }

    var testDescription: String { "\(self)" }
}
