import NIOCore
import NIOHPACK
import Testing

@testable import Router

/// What a router makes of frames that are legal HTTP/2, or are not, one rule of RFC 9113 each.
@Suite("HTTP/2", .timeLimit(.minutes(2)))
struct HTTP2RulesTests {
    /// Frames after the greeting, and the error that they are.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// Of GOAWAY or RST_STREAM.
        let code: UInt32
        /// Stream 1 is a call that waits for its partner.
        let bytes: @Sendable (RawPeer) throws -> [UInt8]

        var testDescription: String { name }

        init(_ name: String, _ code: UInt32, _ bytes: @escaping @Sendable (RawPeer) throws -> [UInt8]) {
            self.name = name
            self.code = code
            self.bytes = bytes
        }

        init(_ name: String, _ code: UInt32, _ frame: [UInt8]) {
            self.init(name, code) { _ in frame }
        }
    }

    private static let (protocolError, flowControl, closed, frameSize, compression) =
        (UInt32(1), UInt32(3), UInt32(5), UInt32(6), UInt32(9))
    private static let afterStream3: [UInt8] = [0, 0, 0, 3, 0]

    /// Errors of the connection.
    static let connectionErrors: [Case] = [
        Case("DATA for a stream that nobody opened", protocolError, RawPeer.frame(type: 0, stream: 9, [1])),
        Case(
            "DATA with more padding than payload",
            protocolError,
            RawPeer.frame(type: 0, flags: 8, stream: 1, [4, 1])
        ),
        Case("padding without a length", protocolError, RawPeer.frame(type: 1, flags: 8, stream: 3)),
        Case("HEADERS on stream 0", protocolError, RawPeer.frame(type: 1, flags: 4, [0x82])),
        Case("HEADERS without the priority they announce", frameSize, RawPeer.frame(type: 1, flags: 0x24, stream: 3)),
        Case("a stream that waits for itself", protocolError, RawPeer.frame(type: 2, stream: 3, afterStream3)),
        Case("a block that is no HPACK", compression, RawPeer.frame(type: 1, flags: 4, stream: 3, [0xFF, 0xFF])),
        Case("a frame inside a header block", protocolError) { peer in
            try peer.call(stream: 3, token: nil, flags: 0) + RawPeer.frame(type: 2, stream: 5, afterStream3)
        },
        Case("CONTINUATION for another stream", protocolError) { peer in
            try peer.call(stream: 3, token: nil, flags: 0) + RawPeer.frame(type: 9, flags: 4, stream: 5, [0x82])
        },
        Case("PRIORITY of another length", frameSize, RawPeer.frame(type: 2, stream: 3, [0])),
        Case("PRIORITY on stream 0", protocolError, RawPeer.frame(type: 2, afterStream3)),
        Case("RST_STREAM of another length", frameSize, RawPeer.frame(type: 3, stream: 1, [0])),
        Case(
            "RST_STREAM for a stream that nobody opened",
            protocolError,
            RawPeer.frame(type: 3, stream: 7, [0, 0, 0, 8])
        ),
        Case("SETTINGS on a stream", protocolError, RawPeer.frame(type: 4, stream: 1)),
        Case("SETTINGS of another length", frameSize, RawPeer.frame(type: 4, [0, 1, 0])),
        Case(
            "an acknowledgement that says something",
            frameSize,
            RawPeer.frame(type: 4, flags: 1, [0, 1, 0, 0, 0, 0])
        ),
        Case("ENABLE_PUSH of 2", protocolError, RawPeer.frame(type: 4, [0, 2, 0, 0, 0, 2])),
        Case("INITIAL_WINDOW_SIZE above the largest", flowControl, RawPeer.frame(type: 4, [0, 4, 0x80, 0, 0, 0])),
        Case("MAX_FRAME_SIZE below the smallest", protocolError, RawPeer.frame(type: 4, [0, 5, 0, 0, 0x3F, 0xFF])),
        Case("PUSH_PROMISE", protocolError, RawPeer.frame(type: 5, flags: 4, stream: 1, [0, 0, 0, 2])),
        Case("PING of another length", frameSize, RawPeer.frame(type: 6, [1])),
        Case(
            "an answer on a stream to a ping",
            protocolError,
            RawPeer.frame(type: 6, flags: 1, stream: 1, [UInt8](repeating: 0, count: 8))
        ),
        Case("GOAWAY of another length", frameSize, RawPeer.frame(type: 7, [0, 0, 0, 0])),
        Case("GOAWAY on a stream", protocolError, RawPeer.frame(type: 7, stream: 1, [UInt8](repeating: 0, count: 8))),
        Case("WINDOW_UPDATE of another length", frameSize, RawPeer.frame(type: 8, stream: 1, [0])),
        Case("WINDOW_UPDATE of the connection by nothing", protocolError, RawPeer.frame(type: 8, [0, 0, 0, 0])),
        Case(
            "WINDOW_UPDATE for a stream that nobody opened",
            protocolError,
            RawPeer.frame(type: 8, stream: 9, [0, 0, 0, 1])
        ),
    ]

    /// Errors of stream 1, or of a stream 3 that never becomes one.
    static let streamErrors: [Case] = [
        Case(
            "DATA after the end",
            closed,
            RawPeer.frame(type: 0, flags: 1, stream: 1) + RawPeer.frame(type: 0, stream: 1, [1])
        ),
        Case("HEADERS after the end", closed) { peer in
            try RawPeer.frame(type: 0, flags: 1, stream: 1) + peer.call(stream: 1, token: nil, flags: 5)
        },
        Case("a second block that does not end the stream", protocolError) { peer in
            try peer.block([("a", "b")], stream: 1, flags: 4)
        },
        Case("a pseudo field in trailers", protocolError) { peer in
            try peer.block([(":path", "/")], stream: 1, flags: 5)
        },
        Case(
            "a stream's window that overflows",
            flowControl,
            RawPeer.frame(type: 8, stream: 1, [0x7F, 0xFF, 0xFF, 0xFF])
        ),
        Case("a request without :path", protocolError) { peer in
            try peer.block([(":method", "POST"), (":scheme", "https")], stream: 3, flags: 5)
        },
        Case("a pseudo field twice", protocolError) { peer in try peer.request(more: [(":path", "/")], first: true) },
        Case("a pseudo field after others", protocolError) { peer in try peer.request(more: [(":authority", "a")]) },
        Case("a pseudo field of answers", protocolError) { peer in
            try peer.request(more: [(":status", "200")], first: true)
        },
        Case("a field of HTTP/1's connections", protocolError) { peer in
            try peer.request(more: [("connection", "close")])
        },
        Case("te that is not trailers", protocolError) { peer in try peer.request(more: [("te", "gzip")]) },
        Case("a capital letter", protocolError) { peer in try peer.request(more: [("Accept", "a")]) },
        Case("a line break in a value", protocolError) { peer in try peer.request(more: [("a", "b\r\nc")]) },
    ]

    /// What must do no harm.
    static let harmless: [Case] = [
        Case("frames of an unknown type", 0, RawPeer.frame(type: 0xFA, flags: 0xFF, stream: 77, [1, 2, 3])),
        Case("a priority", 0, RawPeer.frame(type: 2, stream: 99, afterStream3)),
        Case("unknown settings", 0, RawPeer.frame(type: 4, [0xAB, 0xCD, 0, 0, 0, 1])),
        Case("no table for headers", 0, RawPeer.frame(type: 4, [0, 1, 0, 0, 0, 0])),
        Case(
            "an answer to a ping that was not sent",
            0,
            RawPeer.frame(type: 6, flags: 1, [UInt8](repeating: 0, count: 8))
        ),
        Case("GOAWAY", 0, RawPeer.frame(type: 7, [UInt8](repeating: 0, count: 8))),
        Case("whatever for a stream that has gone", 0) { peer in
            try peer.call(stream: 3, token: nil) + RawPeer.frame(type: 3, stream: 3, [0, 0, 0, 8])
                + RawPeer.frame(type: 0, stream: 3, [1, 2, 3]) + RawPeer.frame(type: 8, stream: 3, [0, 0, 0, 1])
                + RawPeer.frame(type: 3, stream: 3, [0, 0, 0, 8]) + peer.block([("a", "b")], stream: 3, flags: 5)
        },
        Case("headers in many frames, padded, with a priority", 0) { peer in
            let block = try peer.headerBlock(token: nil)
            let first = [3, 0, 0, 0, 1, 0] + block.prefix(2) + [0, 0, 0]
            return RawPeer.frame(type: 1, flags: 0x29, stream: 3, Array(first))
                + RawPeer.frame(type: 9, stream: 3, Array(block[2..<4])) + RawPeer.frame(type: 9, stream: 3)
                + RawPeer.frame(type: 9, flags: 4, stream: 3, Array(block[4...]))
        },
    ]

    /// Greets, and begins a call on stream 1.
    private static func withCall(_ body: (RouterFixture, RawPeer) async throws -> Void) async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            peer.send(try peer.call(stream: 1, token: router.token("call")))
            try await body(router, peer)
        }
    }

    @Test("an error of the connection ends it, and GOAWAY says why", arguments: connectionErrors)
    func connectionError(_ test: Case) async throws {
        try await Self.withCall { _, peer in
            peer.send(try test.bytes(peer))
            #expect(await peer.codeOfEnd() == test.code)
        }
    }

    @Test("an error of a stream resets it, and the connection goes on", arguments: streamErrors)
    func streamError(_ test: Case) async throws {
        try await Self.withCall { router, peer in
            peer.send(try test.bytes(peer))
            var reset: RawPeer.Frame?
            while reset == nil, let frame = await peer.next() {
                if frame.type == 3 { reset = frame }
            }
            #expect(reset?.payload == RawPeer.bigEndian(test.code))
            peer.send(try peer.call(stream: 5, token: router.token("next")))
            let partner = try await router.call("next")
            try await partner.waitForHeaders()
        }
    }

    @Test("what means nothing is ignored", arguments: harmless)
    func ignored(_ test: Case) async throws {
        try await Self.withCall { router, peer in
            peer.send(try test.bytes(peer))
            peer.send(RawPeer.frame(type: 0, stream: 1, Array("here".utf8)))
            let partner = try await router.call("call")
            try await partner.waitForHeaders()
            #expect(try await partner.receive("here") == "here")
        }
    }

    @Test("trailers end a stream as END_STREAM on DATA does")
    func trailers() async throws {
        try await Self.withCall { router, peer in
            let partner = try await router.call("call")
            try await partner.waitForHeaders()
            peer.send(RawPeer.frame(type: 0, stream: 1, Array("last".utf8)))
            peer.send(try peer.block([("a", "b")], stream: 1, flags: 5))
            #expect(try await partner.receive("last") == "last")
            try await partner.finish()
            #expect(try await partner.code() == "0")
        }
    }

    @Test("payload is handed on although its frame began with an earlier read, and nothing follows")
    func cutFrame() async throws {
        try await Self.withCall { router, peer in
            let partner = try await router.call("call")
            try await partner.waitForHeaders()
            let frame = RawPeer.frame(type: 0, stream: 1, Array("all of it".utf8))
            for (bytes, text) in [(frame[..<9], ""), (frame[9..<12], "all"), (frame[12...], " of it")] {
                // The answer to the ping says that what came before it has been read.
                let ping = bytes.startIndex == 0 ? RawPeer.frame(type: 6, [UInt8](repeating: 1, count: 8)) : []
                peer.send(ping + Array(bytes))
                if !ping.isEmpty { while let answer = await peer.next(), answer.type != 6 {} }
                #expect(try await partner.receive(text) == text)
            }
        }
    }

    @Test("a peer that takes no table is told that ours is empty")
    func emptyTable() async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            for stream in [UInt32(1), 3] {
                peer.send(RawPeer.frame(type: 4, [0, 1, 0, 0, 0, 0]))
                peer.send(try peer.call(stream: stream, token: nil, flags: 5))
                var answer: RawPeer.Frame?
                while answer == nil, let frame = await peer.next() {
                    if frame.type == 1, frame.stream == stream { answer = frame }
                }
                // An update of the table's size comes first in a block (RFC 7541, 4.2).
                #expect(answer?.payload.first == 0x20)
                var block = ByteBuffer(bytes: answer?.payload ?? [])
                var decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 0)
                #expect(try decoder.decodeHeaders(from: &block).first(name: "grpc-status") == "16")
            }
        }
    }

    @Test(
        "a greeting that is none ends the connection",
        arguments: ["GET / HTTP/1.1\r\nHost: router\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"]
    )
    func greeting(text: String) async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            peer.send(Array(text.utf8))
            #expect(await peer.codeOfEnd() == Self.protocolError)
        }
    }

    @Test("the first frame has to be SETTINGS")
    func firstFrame() async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            peer.send(
                Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + RawPeer.frame(type: 2, stream: 1, Self.afterStream3)
            )
            #expect(await peer.codeOfEnd() == Self.protocolError)
        }
    }
}

extension RawPeer {
    /// A header block with just these fields, none of which goes into the table.
    func block(_ fields: [(String, String)], stream: UInt32, flags: UInt8) throws -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in fields {
            block += [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        return Self.frame(type: 1, flags: flags, stream: stream, block)
    }

    /// A request on stream 3, with fields before or after its own.
    func request(more: [(String, String)], first: Bool = false) throws -> [UInt8] {
        let pseudo = [
            (":method", "POST"), (":scheme", "https"), (":path", "/jumpstarter.v1.RouterService/Stream"),
        ]
        let fields = [("content-type", "application/grpc")]
        return try block(first ? pseudo + more + fields : pseudo + fields + more, stream: 3, flags: 5)
    }
}
