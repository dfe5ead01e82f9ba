import NIOCore

/// Floods tunnels and counts what arrives.
struct Throughput {
    let connector: Connector
    let pairs: Int
    let payload: Int
    let routerPID: Int?

    func measure(for duration: Duration) async throws -> Measurement {
        let counter = ByteCounter()
        let payload = payload
        var channels: [any Channel] = []
        for _ in 0..<pairs {
            channels += try await connector.pair(
                client: { Flooder(payload: payload) },
                partner: { Sink(counter: counter) }
            )
        }
        // Windows and buffers grow to their size first.
        try await Task.sleep(for: .seconds(1))
        let clock = ContinuousClock()
        let (startBytes, startCPU, start) = (counter.value, try cpuSeconds(), clock.now)
        try await Task.sleep(for: duration)
        let (endBytes, endCPU, end) = (counter.value, try cpuSeconds(), clock.now)
        for channel in channels { channel.parent?.close(promise: nil) }
        let bytes = Double(endBytes - startBytes)
        var measurement = Measurement("throughput", ["pairs": Double(pairs), "payload": Double(payload)])
        measurement["MB/s"] = bytes / 1e6 / (end - start).seconds
        if let startCPU, let endCPU { measurement["CPU-s/GB"] = (endCPU - startCPU) / (bytes / 1e9) }
        return measurement
    }

    private func cpuSeconds() throws -> Double? {
        try routerPID.map(ProcessUse.seconds(of:))
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
