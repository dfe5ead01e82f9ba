import NIOCore

/// What does a reader cost that takes nothing, however much is pushed at it?
struct StalledReaders {
    let connector: Connector
    let count: Int
    let routerPID: Int

    func measure() async throws -> Measurement {
        let counter = ByteCounter()
        var channels = try await connector.pair(client: { Sink(counter: counter) }, partner: { Sink(counter: counter) })
        // The first tunnel has made what all share.
        try await Task.sleep(for: .seconds(1))
        let start = try ProcessUse.memory(of: routerPID)
        for _ in 0..<count {
            let pair = try await connector.pair(
                client: { Flooder(payload: 16_384) },
                partner: { Sink(counter: counter) }
            )
            // Its system takes what fits, then nothing more.
            if let reader = pair.last?.parent { try await reader.setOption(.autoRead, value: false).get() }
            channels += pair
        }
        try await Task.sleep(for: .seconds(10))
        let memory = try ProcessUse.memory(of: routerPID) - start
        for channel in channels { channel.parent?.close(promise: nil) }
        var measurement = Measurement("stalled", ["pairs": Double(count)])
        measurement["KiB_per_pair"] = Double(memory) / 1_024 / Double(count)
        return measurement
    }
}
