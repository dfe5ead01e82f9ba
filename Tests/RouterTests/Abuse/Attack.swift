import TestSupport
import Testing

@testable import Router
@testable import RouterCore

/// Something that a client must not do, and what the router makes of it.
struct Attack: Sendable, CustomTestStringConvertible {
    /// What it is known as.
    let name: String
    /// Why the router ends the connection.
    let fault: ConnectionFault
    /// The HTTP/2 error codes of its GOAWAY that are right.
    let codes: Set<UInt32>
    /// Limits that are reached sooner than the real ones.
    var configure: @Sendable (inout RouterConfiguration) -> Void = { _ in }
    let bytes: @Sendable (RawPeer, RouterFixture) throws -> [UInt8]

    var testDescription: String { name }

    private static let protocolError: UInt32 = 1
    private static let flowControl: UInt32 = 3
    private static let frameSize: UInt32 = 6
    private static let compression: UInt32 = 9
    private static let calm: UInt32 = 11

    static let all: [Attack] = floods + headers + windows + nonsense + slowness

    static func times(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
        Array(repeatElement(bytes, count: count).joined())
    }

    private static let floods: [Attack] = [
        Attack(name: "CVE-2019-9512, PING flood", fault: .pings, codes: [calm]) {
            $0.maximumPings = 500
        } bytes: { peer, router in
            try peer.call(stream: 1, token: router.token("pings"))
                + times(600, RawPeer.frame(type: 6, [UInt8](repeating: 7, count: 8)))
        },
        Attack(name: "CVE-2019-9512, before any call", fault: .pings, codes: [calm]) { _ in
        } bytes: { _, _ in
            times(101, RawPeer.frame(type: 6, [UInt8](repeating: 7, count: 8)))
        },
        Attack(name: "CVE-2019-9515, SETTINGS flood", fault: .controlFrames, codes: [calm]) {
            $0.maximumControlFrames = 100
        } bytes: { _, _ in
            times(200, RawPeer.frame(type: 4))
        },
        Attack(name: "CVE-2019-9513, PRIORITY loop", fault: .controlFrames, codes: [calm]) {
            $0.maximumControlFrames = 100
        } bytes: { _, _ in
            let first = RawPeer.frame(type: 2, stream: 1, [0, 0, 0, 3, 1])
            return times(200, first + RawPeer.frame(type: 2, stream: 3, [0, 0, 0, 1, 1]))
        },
        Attack(name: "CVE-2019-9514 and CVE-2023-44487, rapid reset", fault: .resets, codes: [calm]) {
            $0.maximumResets = 100
            $0.maximumRefusals = 1_000
            $0.maximumUnprovenRefusals = 1_000
        } bytes: { peer, _ in
            try (0..<200).flatMap { number in
                let stream = UInt32(number * 2 + 1)
                return try peer.call(stream: stream, token: nil) + RawPeer.frame(type: 3, stream: stream, [0, 0, 0, 8])
            }
        },
        Attack(name: "CVE-2025-8671, MadeYouReset", fault: .streamErrors, codes: [calm]) {
            $0.maximumWaitingStreams = 1_000
        } bytes: { peer, router in
            try (0..<250).flatMap { number in
                let stream = UInt32(number * 2 + 1)
                return try peer.call(stream: stream, token: router.token("made \(number)"))
                    + RawPeer.frame(type: 8, stream: stream, [0, 0, 0, 0])
            }
        },
        Attack(name: "CVE-2019-9518, empty DATA frames", fault: .emptyData, codes: [calm]) { _ in
        } bytes: { peer, router in
            try peer.call(stream: 1, token: router.token("empty")) + times(20, RawPeer.frame(type: 0, stream: 1))
        },
        Attack(name: "WINDOW_UPDATE flood", fault: .windowUpdates, codes: [calm]) {
            $0.maximumWindowUpdates = 1_000
        } bytes: { peer, router in
            try peer.call(stream: 1, token: router.token("updates"))
                + times(2_000, RawPeer.frame(type: 8, [0, 0, 0, 1]))
        },
        Attack(name: "WINDOW_UPDATE flood after a refused call", fault: .windowUpdates, codes: [calm]) { _ in
        } bytes: { peer, _ in
            try peer.call(stream: 1, token: nil) + times(101, RawPeer.frame(type: 8, [0, 0, 0, 1]))
        },
        Attack(name: "frames of unknown types", fault: .uselessFrames, codes: [calm]) {
            $0.maximumUselessFrames = 100
        } bytes: { _, _ in
            times(200, RawPeer.frame(type: 0xEE, [1, 2, 3]))
        },
        Attack(name: "calls without a token", fault: .refusals, codes: [calm]) { _ in
        } bytes: { peer, _ in
            try (0..<21).flatMap { try peer.call(stream: UInt32($0 * 2 + 1), token: nil, flags: 0x5) }
        },
        Attack(name: "calls without a token after one with a good one", fault: .refusals, codes: [calm]) {
            $0.maximumRefusals = 30
        } bytes: { peer, router in
            try peer.call(stream: 1001, token: router.token("good"))
                + (501..<540).flatMap { try peer.call(stream: UInt32($0 * 2 + 1), token: nil, flags: 0x5) }
        },
    ]

    private static let headers: [Attack] = [
        Attack(name: "CVE-2024-24549, CVE-2024-27983, CONTINUATION flood", fault: .continuations, codes: [calm]) { _ in
        } bytes: { peer, _ in
            try peer.call(stream: 1, token: nil, flags: 0) + times(50, RawPeer.frame(type: 9, stream: 1, [0x82]))
        },
        Attack(
            name: "CVE-2019-9516, headers without a name",
            fault: .protocolError,
            codes: [protocolError, compression]
        ) {
            _ in
        } bytes: { _, _ in
            RawPeer.frame(type: 1, flags: 0x5, stream: 1, times(1_000, [0, 0, 0]))
        },
        Attack(name: "CVE-2016-6581, HPACK bomb", fault: .headerBlock, codes: [calm]) {
            _ in
        } bytes: { _, _ in
            // One entry of 4,000 bytes goes into the table and is named 1,000 times.
            let entry: [UInt8] = [0x40, 1, 0x78, 0x7F, 0xA1, 0x1E] + [UInt8](repeating: 0x61, count: 4_000)
            return RawPeer.frame(type: 1, flags: 0x5, stream: 1, entry + [UInt8](repeating: 0xBE, count: 1_000))
        },
        Attack(name: "headers far beyond the limit", fault: .headerBlock, codes: [protocolError, compression, calm]) {
            $0.maximumHeaderBytes = 2_000
        } bytes: { peer, _ in
            let block = try peer.headerBlock(token: nil, more: [("x", String(repeating: "\u{7F}", count: 12_000))])
            return RawPeer.frame(type: 1, flags: 0x5, stream: 1, Array(block.prefix(16_000)))
        },
    ]

    private static let windows: [Attack] = [
        Attack(name: "a connection window that overflows", fault: .flowControl, codes: [flowControl]) { _ in
        } bytes: { _, _ in
            times(2, RawPeer.frame(type: 8, [0x7F, 0xFF, 0xFF, 0xFF]))
        },
        Attack(name: "DATA without end for a stream that has gone", fault: .flowControl, codes: [flowControl]) { _ in
        } bytes: { peer, _ in
            try peer.call(stream: 1, token: nil) + RawPeer.frame(type: 3, stream: 1, [0, 0, 0, 8])
                + times(20, RawPeer.frame(type: 0, stream: 1, [UInt8](repeating: 0, count: 16_384)))
        },
        Attack(name: "a frame above the maximum size", fault: .protocolError, codes: [protocolError, frameSize]) { _ in
        } bytes: { peer, router in
            try peer.call(stream: 1, token: router.token("size")) + [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1]
        },
    ]

    private static let nonsense: [Attack] = [
        Attack(name: "DATA on stream 0", fault: .protocolError, codes: [protocolError]) { _ in
        } bytes: { _, _ in
            RawPeer.frame(type: 0, [1])
        },
        Attack(name: "HEADERS on an even stream", fault: .protocolError, codes: [protocolError]) { _ in
        } bytes: { peer, _ in
            try peer.call(stream: 2, token: nil)
        },
        Attack(name: "CONTINUATION without HEADERS", fault: .protocolError, codes: [protocolError]) { _ in
        } bytes: { _, _ in
            RawPeer.frame(type: 9, flags: 0x4, stream: 1, [0x82])
        },
        Attack(
            name: "random bytes",
            fault: .protocolError,
            codes: [protocolError, frameSize, compression, flowControl]
        ) {
            _ in
        } bytes: { _, _ in
            var noise = SeededGenerator(seed: 4)
            return noise.bytes(100_000).bytes
        },
    ]

    private static let slowness: [Attack] = [
        Attack(name: "slow loris in the headers", fault: .slowHeaders, codes: [calm]) {
            $0.headerTimeout = .milliseconds(50)
        } bytes: { peer, _ in
            try Array(peer.call(stream: 1, token: nil).prefix(20))
        },
        Attack(name: "slow loris between the frames of the headers", fault: .slowHeaders, codes: [calm]) {
            $0.headerTimeout = .milliseconds(50)
        } bytes: { peer, _ in
            try peer.call(stream: 1, token: nil, flags: 0)
        },
    ]
}
