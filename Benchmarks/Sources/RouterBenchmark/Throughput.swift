import NIOCore

/// Floods tunnels and counts what arrives.
struct Throughput {
    let connector: Connector
    let pairs: Int
    let payload: Int
    let routerPID: Int?

    func measure(for duration: Duration) async throws -> String {
        let counter = ByteCounter()
        let payload = payload
        var channels: [any Channel] = []
        for _ in 0..<pairs {
            let (sender, receiver) = try await connector.pair({ Flooder(payload: payload) }, { Sink(counter: counter) })
            channels += [sender, receiver]
        }
        // Windows and buffers grow to their size first.
        try await Task.sleep(for: .seconds(1))
        let clock = ContinuousClock()
        let (startBytes, startCPU, start) = (counter.value, try cpuSeconds(), clock.now)
        try await Task.sleep(for: duration)
        let (endBytes, endCPU, end) = (counter.value, try cpuSeconds(), clock.now)
        for channel in channels { channel.parent?.close(promise: nil) }
        let bytes = Double(endBytes - startBytes)
        var line =
            "throughput  pairs \(pairs)  payload \(payload)  \(rounded(bytes / 1e6 / (end - start).seconds)) MB/s"
        if let startCPU, let endCPU {
            line += "  \(rounded((endCPU - startCPU) / (bytes / 1e9))) CPU-s/GB"
        }
        return line
    }

    private func cpuSeconds() throws -> Double? {
        try routerPID.map(ProcessCPU.seconds(of:))
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

/// Two decimals.
func rounded(_ value: Double) -> Double {
    (value * 100).rounded() / 100
}
