import Crypto
import Foundation
import NIOCore
import TestSupport

@testable import Router

/// What goes through a tunnel in a test: gRPC messages of random sizes with random pauses, both ways at once.
struct Traffic: Sendable {
    /// About how many bytes each side sends.
    var bytes: Int
    var seed: UInt64
    /// Every how many messages there is a pause; a few thousand turns of other tasks, and no time.
    var pauseEvery = 5

    /// What one side has sent: how much, and its digest.
    struct Sent: Sendable, Equatable {
        var bytes = 0
        var messages = 0
        var digest: [UInt8] = []
    }

    /// `JUMPSTARTER_CHAOS_SEED`, or another seed each time.
    static let seed =
        ProcessInfo.processInfo.environment["JUMPSTARTER_CHAOS_SEED"].flatMap { UInt64($0) }
        ?? .random(in: 0..<1_000_000)

    /// Lets both sides send and receive, until both have finished.
    ///
    /// - Returns: the problem, if what one received is not what the other sent, or an end is not OK.
    func run(_ first: TestCall, _ second: TestCall) async throws -> String? {
        // Proof: each call is sent to by one child task only, and received from by this one; the child tasks are done
        // before the function returns.
        nonisolated(unsafe) let (one, other) = (first, second)
        async let sentByFirst = send(to: one, seed: seed)
        async let sentBySecond = send(to: other, seed: seed &+ 1)
        let (atSecond, endOfSecond) = try await second.receiveRest()
        let (atFirst, endOfFirst) = try await first.receiveRest()
        let (first, second) = try await (sentByFirst, sentBySecond)
        if endOfFirst.code != "0" || endOfSecond.code != "0" { return "ended with \(endOfFirst) and \(endOfSecond)" }
        if Self.digest(atSecond) != first.digest { return "\(atSecond.readableBytes) bytes arrived of \(first.bytes)" }
        if Self.digest(atFirst) != second.digest { return "\(atFirst.readableBytes) bytes arrived of \(second.bytes)" }
        return nil
    }

    /// Sends messages, then finishes.
    func send(to call: TestCall, seed: UInt64) async throws -> Sent {
        var noise = SeededGenerator(seed: seed)
        var hash = SHA256()
        var sent = Sent()
        while sent.bytes < bytes {
            let message = Self.message(&noise)
            // Cut anywhere, as HTTP/2 may.
            var rest = message
            while rest.readableBytes > 0 {
                let piece = rest.readSlice(length: .random(in: 1...rest.readableBytes, using: &noise)) ?? rest
                try await call.send(piece)
            }
            hash.update(data: Data(message.readableBytesView))
            sent.bytes += message.readableBytes
            sent.messages += 1
            if Int.random(in: 0..<pauseEvery, using: &noise) == 0 {
                for _ in 0..<Int.random(in: 0..<2_000, using: &noise) { await Task.yield() }
            }
        }
        try await call.finish()
        sent.digest = Array(hash.finalize())
        return sent
    }

    /// Small ones are as frequent as large ones: the size is a random power of two, and a random part of that.
    private static func message(_ noise: inout SeededGenerator) -> ByteBuffer {
        let size = Int.random(in: 0...(1 << Int.random(in: 0...18, using: &noise)), using: &noise)
        var message = ByteBuffer()
        message.writeInteger(UInt8(0))
        message.writeInteger(UInt32(size))
        message.writeImmutableBuffer(noise.bytes(size))
        return message
    }

    static func digest(_ bytes: ByteBuffer) -> [UInt8] {
        Array(SHA256.hash(data: Data(bytes.readableBytesView)))
    }
}
