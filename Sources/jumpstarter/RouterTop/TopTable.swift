import Router

/// A tunnel with its rates, as `jumpstarter router top` shows it.
struct TopRow: Encodable, Sendable {
    var tunnel: TunnelSnapshot
    /// Bytes a second of the last interval.
    var rateToClient: Double
    var rateToExporter: Double

    /// - Parameters:
    ///   - before: The same tunnel a while ago; nil when it is new.
    ///   - seconds: How long ago.
    init(_ tunnel: TunnelSnapshot, before: TunnelSnapshot?, seconds: Double) {
        self.tunnel = tunnel
        func rate(_ now: UInt64, _ then: UInt64) -> Double {
            now >= then && seconds > 0 ? Double(now - then) / seconds : 0
        }
        rateToClient = rate(tunnel.bytesToClient, before?.bytesToClient ?? 0)
        rateToExporter = rate(tunnel.bytesToExporter, before?.bytesToExporter ?? 0)
    }

    private enum CodingKeys: String, CodingKey { case rateToClient, rateToExporter }

    func encode(to encoder: any Encoder) throws {
        try tunnel.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rateToClient, forKey: .rateToClient)
        try container.encode(rateToExporter, forKey: .rateToExporter)
    }
}

/// One picture of a router.
struct TopTable: Encodable, Sendable {
    var isDraining: Bool
    var waiting: Int
    var capacity: Int
    /// The busiest first, then the oldest.
    var tunnels: [TopRow]

    init(_ listing: TunnelListing, before: TunnelListing?, seconds: Double) {
        isDraining = listing.isDraining
        waiting = listing.waiting
        capacity = listing.capacity
        let known = Dictionary(before?.tunnels.map { ($0.stream, $0) } ?? []) { first, _ in first }
        tunnels = listing.tunnels
            .map { TopRow($0, before: before == nil ? $0 : known[$0.stream], seconds: seconds) }
            .sorted { left, right in
                let (one, other) = (left.rateToClient + left.rateToExporter, right.rateToClient + right.rateToExporter)
                return one != other ? one > other : left.tunnel.age > right.tunnel.age
            }
    }

    private static let columns = [
        "LEASE", "EXPORTER", "CLIENT", "AGE", "TO CLIENT", "TO EXPORTER", "ALL TO CLIENT", "ALL TO EXPORTER",
    ]

    /// The lines to show.
    /// - Parameters:
    ///   - width: Columns of the terminal; longer lines are cut off. Nil for no limit.
    ///   - height: Lines of the terminal; what does not fit is counted in the last one. Nil for no limit.
    func lines(address: String, width: Int? = nil, height: Int? = nil) -> [String] {
        let rows = tunnels.map(Self.cells)
        let widths = Self.columns.indices.map { column in
            ([Self.columns] + rows).map { $0[column].count }.max() ?? 0
        }
        var lines = [summary(address), "", Self.line(Self.columns, widths)] + rows.map { Self.line($0, widths) }
        if let height, lines.count > height, height > 3 {
            let hidden = lines.count - (height - 1)
            lines = Array(lines.prefix(height - 1)) + ["... and \(hidden) more"]
        }
        guard let width else { return lines }
        return lines.map { String($0.prefix(width)) }
    }

    private func summary(_ address: String) -> String {
        let toClient = tunnels.reduce(0) { $0 + $1.rateToClient }
        let toExporter = tunnels.reduce(0) { $0 + $1.rateToExporter }
        let state = isDraining ? ", draining" : ""
        return "Router at \(address)\(state): \(tunnels.count) tunnels, \(waiting) streams waiting, "
            + "\(2 * tunnels.count + waiting) of \(capacity) streams; "
            + "\(Self.bytes(toClient))/s to clients, \(Self.bytes(toExporter))/s to exporters"
    }

    private static func cells(_ row: TopRow) -> [String] {
        let tunnel = row.tunnel
        return [
            printable(tunnel.lease ?? tunnel.stream), printable(tunnel.exporter ?? tunnel.exporterAddress),
            printable(tunnel.client ?? tunnel.clientAddress), age(tunnel.age), bytes(row.rateToClient) + "/s",
            bytes(row.rateToExporter) + "/s", bytes(Double(tunnel.bytesToClient)),
            bytes(Double(tunnel.bytesToExporter)),
        ]
    }

    /// Names come from tokens, so nothing in them may move the cursor.
    private static func printable(_ text: String) -> String {
        func isSafe(_ scalar: Unicode.Scalar) -> Bool {
            scalar.value >= 0x20 && scalar.value != 0x7F && !(0x80...0x9F).contains(scalar.value)
        }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isSafe($0) ? $0 : "?" }))
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells.indices, zip(cells, widths)).map { column, cell in
            let padding = String(repeating: " ", count: cell.1 - cell.0.count)
            return column < 3 ? cell.0 + padding : padding + cell.0
        }.joined(separator: "  ")
    }

    static func bytes(_ count: Double) -> String {
        var (value, unit) = (count, "B")
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 1024 { (value, unit) = (value / 1024, next) }
        let tenths = Int((value * 10).rounded())
        return unit == "B" || tenths >= 1000
            ? "\(Int(value.rounded())) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }

    static func age(_ seconds: Double) -> String {
        let whole = Int(seconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return whole < 3600
            ? "\(whole / 60):\(two(whole % 60))" : "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
    }
}
