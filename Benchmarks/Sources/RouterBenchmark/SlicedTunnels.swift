import NIOCore

/// Measures the same two tunnels again and again, in short slices: what changes from one to the next is what is around
/// the tunnels, and not how they happen to be placed.
struct SlicedTunnels {
    /// How long a flood takes to fill what is on its way, and to end.
    private static let rise = Duration.milliseconds(20)

    let connector: Connector
    /// Bytes of a message of the flood.
    let payload: Int
    /// Of each slice.
    let roundTrips: Int

    /// Each slice is round trips on one tunnel, and then a flood on the other.
    ///
    /// - Parameters:
    ///   - duration: of the flood.
    ///   - settling: the time before each slice, in which nothing is measured.
    ///   - show: called at the end of each slice, before the next one's time to settle.
    func measure(
        _ count: Int,
        of duration: Duration,
        after settling: Duration,
        show: (Measurement) throws -> Void
    ) async throws {
        let (results, continuation) = AsyncStream.makeStream(of: [Int64].self)
        let counter = ByteCounter()
        let (roundTrips, payload) = (roundTrips, payload)
        let pinging = try await connector.pair(
            client: { Pinger(count: roundTrips, size: RoundTrips.size, done: continuation) },
            partner: { Echo() }
        )
        let flooding = try await connector.pair(
            client: { Flooder(payload: payload, isPaused: true) },
            partner: { Sink(counter: counter) }
        )
        let clock = ContinuousClock()
        var times = results.makeAsyncIterator()
        // The first ones, which were sent unasked, are of a tunnel that is new.
        guard await times.next() != nil else { throw ChannelError.eof }
        for _ in 0..<count {
            try await Task.sleep(for: settling)
            pinging[0].pipeline.fireUserInboundEventTriggered(Pinger.Again())
            guard let trips = await times.next() else { throw ChannelError.eof }

            flooding[0].pipeline.fireUserInboundEventTriggered(Flooder.Order.goOn)
            try await Task.sleep(for: Self.rise)
            let (startBytes, start) = (counter.value, clock.now)
            try await Task.sleep(for: duration)
            let (bytes, time) = (counter.value - startBytes, clock.now - start)
            flooding[0].pipeline.fireUserInboundEventTriggered(Flooder.Order.pause)
            try await Task.sleep(for: Self.rise)

            var slice = Measurement("slice", ["payload": Double(payload), "n": Double(trips.count)])
            slice.add(roundTrips: trips)
            slice["MB/s"] = Double(bytes) / 1e6 / time.seconds
            try show(slice)
        }
        for channel in pinging + flooding { channel.parent?.close(promise: nil) }
    }
}
