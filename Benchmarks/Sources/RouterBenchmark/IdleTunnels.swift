import NIOCore
import NIOHTTP2

/// Opens many tunnels at once and leaves them idle: what does opening one cost, what does one hold, and how long do
/// tunnels that run already stand still meanwhile?
struct IdleTunnels {
    /// Connections from one address, far below the number of ports.
    private static let connectionsPerAddress = 10_000
    /// How many tunnels are being opened at any time.
    private static let atOnce = 50

    let connector: Connector
    /// Opens the tunnel that runs meanwhile, from a thread of its own: what the others compute for their handshakes is no
    /// pause of the router.
    let runner: Connector
    let count: Int
    /// Tunnels on each pair of connections.
    let sharing: Int
    let routerPID: Int

    func measure() async throws -> Measurement {
        let (results, continuation) = AsyncStream.makeStream(of: Int64.self)
        let running = try await runner.pair(
            client: { EndlessPinger(worst: continuation) },
            partner: { Echo() }
        )
        // The first tunnel has made what all share.
        try await Task.sleep(for: .seconds(1))
        let startMemory = try ProcessUse.memory(of: routerPID)
        let startCPU = try ProcessUse.seconds(of: routerPID)
        let start = ContinuousClock.now
        let channels = try await open()
        let took = ContinuousClock.now - start
        for channel in running { channel.parent?.close(promise: nil) }
        try await Task.sleep(for: .seconds(1))
        let cpu = try ProcessUse.seconds(of: routerPID) - startCPU
        // What opening needed for a moment is given back within seconds.
        try await Task.sleep(for: .seconds(15))
        let memory = try ProcessUse.memory(of: routerPID) - startMemory
        for channel in channels { channel.parent?.close(promise: nil) }
        try await Task.sleep(for: .seconds(20))
        let left = try ProcessUse.memory(of: routerPID) - startMemory

        var measurement = Measurement("idle", ["pairs": Double(count), "sharing": Double(sharing)])
        measurement["seconds"] = took.seconds
        measurement["cpu_ms_per_pair"] = cpu * 1e3 / Double(count)
        measurement["KiB_per_pair"] = Double(memory) / 1_024 / Double(count)
        measurement["KiB_per_pair_after_close"] = Double(left) / 1_024 / Double(count)
        for await worst in results { measurement["longest_pause_ms"] = Double(worst) / 1e6 }
        return measurement
    }

    private func open() async throws -> [any Channel] {
        try await withThrowingTaskGroup(of: [any Channel].self) { group in
            var channels: [any Channel] = []
            for index in 0..<(count / sharing) {
                if index >= Self.atOnce, let more = try await group.next() { channels += more }
                group.addTask { try await openSharing(index) }
            }
            for try await more in group { channels += more }
            return channels
        }
    }

    private func openSharing(_ index: Int) async throws -> [any Channel] {
        let source = try SocketAddress(
            ipAddress: "127.0.0.\(2 + 2 * index / Self.connectionsPerAddress)",
            port: 0
        )
        let first = try await connector.connect(from: source)
        let second = try await connector.connect(from: source)
        var channels: [any Channel] = []
        for _ in 0..<sharing {
            channels += try await connector.pair(on: first, second) { Sink(counter: ByteCounter()) }
        }
        return channels
    }
}

/// Sends small messages back and forth until it is closed, then says how long the longest took.
private final class EndlessPinger: PeerHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let worst: AsyncStream<Int64>.Continuation
    private let message = ByteBuffer(repeating: 0x5A, count: 64)
    private var sentAt = NIODeadline.now()
    private var longest: Int64 = 0
    private var missing = 0

    init(worst: AsyncStream<Int64>.Continuation) {
        self.worst = worst
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .headers = unwrapInboundIn(data) { return send(context: context) }
        guard let buffer = self.data(data) else { return }
        missing -= buffer.readableBytes
        guard missing == 0 else { return }
        longest = max(longest, (NIODeadline.now() - sentAt).nanoseconds)
        // One message each millisecond finds a pause as well as more would.
        let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(1)) {
            let (pinger, context) = loop.value
            if context.channel.isActive { pinger.send(context: context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        worst.yield(longest)
        worst.finish()
    }

    private func send(context: ChannelHandlerContext) {
        sentAt = .now()
        missing = message.readableBytes
        context.writeAndFlush(frame(message), promise: nil)
    }
}
