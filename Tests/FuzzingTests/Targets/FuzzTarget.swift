/// What is fed with any bytes at all: one for each parser of ours, and for what decides by what peers do.
///
/// A target may refuse its input in whatever way is its own. It must not crash, run on without end, or break a promise,
/// which it says by throwing ``FuzzFinding``. The same functions run under libFuzzer and, on the kept inputs, in the
/// tests.
enum FuzzTarget: String, CaseIterable, Sendable {
    case callHeaders = "call-headers"
    case conduit
    case configuration
    case dataLane = "data-lane"
    case duration
    case fieldSelector = "field-selector"
    case frameBorders = "frame-borders"
    case frameCutter = "frame-cutter"
    case http2
    case identityToken = "identity-token"
    case json
    case jsonPatch = "json-patch"
    case labelSelector = "label-selector"
    case messageCounter = "message-counter"
    case pairing
    case pingAnswerer = "ping-answerer"
    case resourceName = "resource-name"
    case routerMap = "router-map"
    case routerToken = "router-token"
    case timestamp
    case tunnel
    case tunnelChunk = "tunnel-chunk"
    case writeCoalescer = "write-coalescer"

    /// Feeds it.
    func run(_ bytes: some Sequence<UInt8>) throws {
        try function(FuzzInput(bytes))
    }

    private var function: (FuzzInput) throws -> Void {
        switch self {
        case .callHeaders: RouterTargets.callHeaders
        case .conduit: EventTargets.conduit
        case .configuration: TextTargets.configuration
        case .dataLane: ConnectionTargets.dataLane
        case .duration: TextTargets.duration
        case .fieldSelector: TextTargets.fieldSelector
        case .frameBorders: FrameTargets.borders
        case .frameCutter: ConnectionTargets.frameCutter
        case .http2: HTTP2Target.connection
        case .identityToken: TokenTargets.identityToken
        case .json: TextTargets.json
        case .jsonPatch: TextTargets.jsonPatch
        case .labelSelector: TextTargets.labelSelector
        case .messageCounter: FrameTargets.messageCounter
        case .pairing: EventTargets.pairing
        case .pingAnswerer: ConnectionTargets.pingAnswerer
        case .resourceName: TextTargets.resourceName
        case .routerMap: TextTargets.routerMap
        case .routerToken: TokenTargets.routerToken
        case .timestamp: TextTargets.timestamp
        case .tunnel: EventTargets.tunnel
        case .tunnelChunk: RouterTargets.tunnelChunk
        case .writeCoalescer: ConnectionTargets.writeCoalescer
        }
    }
}

/// A promise that was broken.
struct FuzzFinding: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }

    /// - Throws: itself unless the promise was kept.
    static func unless(_ isKept: Bool, _ description: @autoclosure () -> String) throws {
        if !isKept { throw Self(description()) }
    }
}

/// The bytes of one input, taken from the front.
struct FuzzInput {
    private(set) var bytes: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) {
        self.bytes = ArraySlice(bytes)
    }

    /// The next byte; nil at the end.
    mutating func next() -> UInt8? {
        bytes.popFirst()
    }

    /// The next bytes, as many as the next one says.
    mutating func nextPiece() -> ArraySlice<UInt8>? {
        guard let length = next() else { return nil }
        let piece = bytes.prefix(Int(length))
        bytes = bytes.dropFirst(piece.count)
        return piece
    }

    /// All that is left as text; what is no UTF-8 is replaced, as on every way into the service.
    var text: String { String(decoding: bytes, as: UTF8.self) }
}
