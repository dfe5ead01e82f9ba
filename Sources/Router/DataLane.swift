internal import NIOCore

/// The streams of a connection and the way of their DATA: payload goes straight from what TLS has decrypted into the
/// tunnel, and from the tunnel to TLS. The ``HTTP2Connection`` sees every other frame, and of DATA its end; what it sends
/// goes out here as well, in order and in as few records of TLS as can be.
///
/// Therefore flow control is here (RFC 9113, 5.2), both ways.
///
/// All of it belongs to the event loop of the connection.
final class DataLane {
    /// One stream.
    final class Stream {
        let id: UInt32
        let call: any HTTP2Call
        /// What the peer may be sent; less than zero after it has made its windows smaller.
        fileprivate(set) var sendWindow: Int
        /// What the peer may send.
        fileprivate(set) var receiveWindow: Int
        /// What has come and has not been credited to the peer.
        fileprivate(set) var uncredited = 0
        /// Whether the headers of the answer have been written, which DATA must follow.
        fileprivate(set) var hasAnswer = false
        /// Whether END_STREAM has come.
        var hasEnded = false
        /// Whether the call has been told so.
        var isToldEnd = false
        /// Whether END_STREAM has been sent.
        var hasSentEnd = false
        fileprivate var isBlocked = false
        fileprivate var isDirty = false

        fileprivate init(id: UInt32, call: any HTTP2Call, sendWindow: Int, receiveWindow: Int) {
            self.id = id
            self.call = call
            self.sendWindow = sendWindow
            self.receiveWindow = receiveWindow
        }
    }

    /// The window of a connection, and of a stream until SETTINGS say otherwise.
    private static let defaultWindow = 65_535
    private static let maximumWindow = Int(Int32.max)

    private let streamWindow: Int
    private let connectionWindow: Int
    private var context: ChannelHandlerContext?
    private let coalescer = WriteCoalescer()
    /// Bound: the streams of the connection.
    private var streams: [UInt32: Stream] = [:]
    /// The stream that was asked for last: most connections have one.
    private var last: Stream?
    /// Streams that have something to hand on at the end of this read.
    private var dirty: [Stream] = []
    /// An empty array whose storage is used again.
    private var spare: [Stream] = []
    /// Streams that wait for a window or for the socket.
    private var blocked: [Stream] = []

    private var sendWindow = DataLane.defaultWindow
    private var receiveWindow = DataLane.defaultWindow
    /// What peers may still send for streams that have gone: each had a window, and no more is credited to it.
    private var windowsOfGone = 0
    private var initialSendWindow = DataLane.defaultWindow
    private var mayUnblock = false
    private var isReading = false
    /// Calls of other connections of this event loop that have something to send when this read is over.
    private var partners: [any HTTP2Call] = []
    private var needsFlush = false

    /// - Parameters:
    ///   - streamWindow: the receive window of each stream, as announced by SETTINGS.
    ///   - connectionWindow: that of the connection.
    init(streamWindow: Int, connectionWindow: Int) {
        self.streamWindow = streamWindow
        self.connectionWindow = connectionWindow
    }

    func attach(_ context: ChannelHandlerContext) {
        self.context = context
    }

    func detach() {
        // The read that brought something for them may have been the last, without its end.
        if let context {
            for partner in partners {
                let partner = NIOLoopBound(partner, eventLoop: context.eventLoop)
                context.eventLoop.execute { partner.value.drain() }
            }
        }
        partners = []
        coalescer.fail()
        context = nil
        streams = [:]
        (last, dirty, blocked) = (nil, [], [])
    }

    /// A stream has been opened.
    func open(_ id: UInt32, _ call: any HTTP2Call) -> Stream {
        let stream = Stream(
            id: id,
            call: call,
            sendWindow: initialSendWindow,
            receiveWindow: streamWindow
        )
        streams[id] = stream
        return stream
    }

    /// Forgets a stream.
    ///
    /// - Returns: whether it was there.
    func close(_ stream: Stream) -> Bool {
        guard streams.removeValue(forKey: stream.id) != nil else { return false }
        if last === stream { last = nil }
        if !stream.hasEnded { windowsOfGone += stream.receiveWindow }
        if stream.isBlocked { blocked.removeAll { $0 === stream } }
        return true
    }

    func isOpen(_ stream: Stream) -> Bool { streams[stream.id] === stream }

    var streamCount: Int { streams.count }

    var openStreams: [Stream] { Array(streams.values) }

    func stream(_ id: UInt32) -> Stream? {
        if let last, last.id == id { return last }
        last = streams[id] ?? last
        return last?.id == id ? last : nil
    }

    var allocator: ByteBufferAllocator { context?.channel.allocator ?? ByteBufferAllocator() }
}

// What comes from the peer.

extension DataLane {
    /// What windows make of DATA.
    enum Arrival {
        case taken
        case exceedsStream
        case exceedsConnection
    }

    /// Something has come for a stream.
    ///
    /// - Parameter length: of the whole payload of the frame, padding included.
    func arrived(_ length: Int, on stream: Stream) -> Arrival {
        guard length <= receiveWindow else { return .exceedsConnection }
        guard length <= stream.receiveWindow else {
            // The stream goes, and who does not count sends on for a while, as far as the connection's window allows.
            windowsOfGone += 2 * connectionWindow
            return .exceedsStream
        }
        stream.receiveWindow -= length
        stream.uncredited += length
        takeFromConnection(length)
        markDirty(stream)
        return .taken
    }

    /// Something has come for a stream that has gone.
    ///
    /// - Returns: whether the connection's window allows it, and those that the streams had.
    func dropped(_ length: Int) -> Bool {
        guard length <= receiveWindow, length <= windowsOfGone else { return false }
        windowsOfGone -= length
        takeFromConnection(length)
        return true
    }

    /// The connection's window is only a limit of what is on its way: it is credited at once, so that a tunnel that
    /// stalls does not stall the others.
    private func takeFromConnection(_ length: Int) {
        receiveWindow -= length
        guard receiveWindow <= connectionWindow / 2 else { return }
        writeCredit(connectionWindow - receiveWindow, stream: 0)
        receiveWindow = connectionWindow
    }

    /// The stream's call has something to hand on at the end of this read.
    func markDirty(_ stream: Stream) {
        if stream.isDirty { return }
        stream.isDirty = true
        dirty.append(stream)
    }

    /// All of what has come for a stream has been taken care of: the peer may send as much again.
    func credit(_ stream: Stream) {
        guard stream.uncredited >= streamWindow / 4, !stream.hasEnded else { return }
        writeCredit(stream.uncredited, stream: stream.id)
        stream.receiveWindow += stream.uncredited
        stream.uncredited = 0
        flush()
    }

    func readBegins() {
        isReading = true
    }

    /// Hands on what has come, then sends what the peer has made room for.
    func readComplete() {
        isReading = true
        swap(&dirty, &spare)
        for stream in spare {
            stream.isDirty = false
            stream.call.handOn()
        }
        spare.removeAll(keepingCapacity: true)
        if mayUnblock { unblock() }
        isReading = false
        if needsFlush { flush() }
        while let partner = partners.popLast() { partner.drain() }
    }

    /// Has a call of another connection drained when this read is over, without another turn of the event loop.
    ///
    /// - Returns: false if that cannot be: it is on another loop, or there is no read.
    func drainAfterRead(_ eventLoop: any EventLoop, _ call: () -> any HTTP2Call) -> Bool {
        guard isReading, let context, context.eventLoop === eventLoop else { return false }
        partners.append(call())
        return true
    }

    /// What a WINDOW_UPDATE of the peer is for.
    enum Update {
        case taken
        /// Not for an open stream, or without any credit, or too much: the connection's to refuse or to ignore.
        case notOurs
        /// The window has become larger than any may be.
        case overflow
    }

    func windowUpdate(_ increment: Int, stream id: UInt32) -> Update {
        guard increment > 0 else { return .notOurs }
        if id == 0 {
            sendWindow += increment
            mayUnblock = true
            return sendWindow > Self.maximumWindow ? .overflow : .taken
        }
        guard let stream = stream(id), stream.sendWindow + increment <= Self.maximumWindow else { return .notOurs }
        stream.sendWindow += increment
        mayUnblock = true
        return .taken
    }

    /// The peer's SETTINGS, of which one changes what every stream may be sent.
    ///
    /// - Returns: whether all windows are still ones.
    func settings(_ payload: UnsafeRawBufferPointer) -> Bool {
        for offset in stride(from: 0, to: payload.count - payload.count % 6, by: 6) {
            let entry = payload[offset..<(offset + 6)]
            let identifier = entry.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            let value = entry.suffix(4).reduce(0) { $0 << 8 | Int($1) }
            // A value that is none is the connection's to refuse.
            guard identifier == 4, value <= Self.maximumWindow else { continue }
            for stream in streams.values {
                stream.sendWindow += value - initialSendWindow
                if stream.sendWindow > Self.maximumWindow { return false }
            }
            initialSendWindow = value
            mayUnblock = true
        }
        return true
    }
}

// What goes to the peer.

extension DataLane {
    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// How much payload the peer may be sent now.
    func room(_ stream: Stream) -> Int {
        stream.hasAnswer ? max(0, min(stream.sendWindow, sendWindow)) : 0
    }

    /// Writes a whole frame, of whatever type, to be flushed later.
    ///
    /// - Parameter promise: succeeds when the system has taken it.
    func write(_ frame: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        coalescer.write(frame, promise: promise, to: context)
    }

    /// Writes a chunk as a DATA frame. There must be room.
    func write(_ chunk: inout ByteBuffer, on stream: Stream) {
        let length = chunk.readableBytes
        stream.sendWindow -= length
        sendWindow -= length
        TunnelChunk.frame(&chunk, stream: stream.id)
        write(chunk)
        chunk = ByteBuffer()
    }

    /// Flushes now, or at the end of the read that is going on.
    func flush() {
        if isReading { needsFlush = true } else { flushNow() }
    }

    /// Flushes now, also within a read: only what has been flushed counts for ``isWritable``.
    func flushNow() {
        needsFlush = false
        guard let context else { return }
        coalescer.emit(to: context)
        context.flush()
    }

    /// The connection is being closed by us: what has been written so far goes before it.
    func emit() {
        if let context { coalescer.emit(to: context) }
    }

    /// The handler of this stream has more to send than there is room; it is asked to go on once there is some.
    func block(_ stream: Stream) {
        if stream.isBlocked { return }
        stream.isBlocked = true
        blocked.append(stream)
        // The socket may have taken all of it at once, in the flush just before; nobody will say so again.
        if isWritable, room(stream) > 0 { unblockSoon() }
    }

    /// There may be room again. Streams take turns: one that is blocked again comes last.
    func unblock() {
        mayUnblock = false
        let waiting = blocked
        blocked.removeAll(keepingCapacity: true)
        for stream in waiting { stream.isBlocked = false }
        for stream in waiting where streams[stream.id] === stream { stream.call.drain() }
    }

    /// In a turn of its own, so that other connections have theirs.
    private func unblockSoon() {
        guard let context else { return }
        let lane = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { lane.value.unblock() }
    }

    /// The headers of the answer have been written: DATA may follow.
    func answered(_ stream: Stream) {
        if stream.hasAnswer { return }
        stream.hasAnswer = true
        if stream.isBlocked { unblockSoon() }
    }

    /// Opens the window of the connection as wide as it shall be: it begins with HTTP/2's own.
    func greet() {
        guard connectionWindow > receiveWindow else { return }
        writeCredit(connectionWindow - receiveWindow, stream: 0)
        receiveWindow = connectionWindow
    }

    private func writeCredit(_ increment: Int, stream: UInt32) {
        typealias Frame = HTTP2Connection.Frame
        var frame = Frame.begin(Frame.Kind.windowUpdate, stream: stream, length: 4, allocator)
        frame.writeInteger(UInt32(increment))
        write(frame)
        needsFlush = true
    }
}
