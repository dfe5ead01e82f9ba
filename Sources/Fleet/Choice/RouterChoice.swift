/// Which router a tunnel goes through (docs/design/router-choice.md). A pure function: every replica that knows the same
/// chooses the same.
package enum RouterChoice {
    /// The best class that has a router, then the one whose labels agree best with the exporter's, then the least
    /// loaded, then by rendezvous hashing of the lease's name, which spreads leases evenly over equals and keeps a lease
    /// where it is when others come or go.
    ///
    /// - Parameters:
    ///   - labels: The exporter's.
    ///   - lease: The lease's name.
    /// - Returns: nil when there is none, or each refuses new tunnels.
    package static func choose(
        among candidates: [RouterCandidate],
        labels: [String: String],
        lease: String
    ) -> RouterCandidate? {
        let usable = Self.usable(of: candidates)
        let usual = averageUtilisation(of: usable)
        return usable.min { left, right in
            let agreement = (left.agreement(with: labels), right.agreement(with: labels))
            if agreement.0 != agreement.1 { return agreement.0 > agreement.1 }
            let load = (left.load(else: usual), right.load(else: usual))
            if load.0 != load.1 { return load.0 < load.1 }
            let weight = (left.weight(for: lease), right.weight(for: lease))
            return weight.0 != weight.1 ? weight.0 > weight.1 : left.endpoint < right.endpoint
        }
    }

    /// Routers that take tunnels, as far as is known; else those that are full; else those that do not report any more,
    /// because it may be only the way to us that is broken. A draining router refuses for certain.
    private static func usable(of candidates: [RouterCandidate]) -> [RouterCandidate] {
        let open = candidates.filter { ($0.state == .alive && !$0.isFull) || $0.state == .unknown }
        if !open.isEmpty { return open }
        let full = candidates.filter(\.isFull)
        return full.isEmpty ? candidates.filter { $0.state == .dead } : full
    }

    /// A router that does not say how loaded it is counts as loaded as the others are on average.
    private static func averageUtilisation(of candidates: [RouterCandidate]) -> Double {
        let known = candidates.filter { $0.state == .alive }
        return known.isEmpty ? 0 : known.reduce(0) { $0 + $1.utilisation } / Double(known.count)
    }
}

extension RouterCandidate {
    fileprivate func agreement(with labels: [String: String]) -> Int {
        self.labels.count { labels[$0.key] == $0.value }
    }

    fileprivate func load(else usual: Double) -> Double { state == .alive ? utilisation : usual }

    /// FNV-1a over the endpoint and the lease's name, the same on every replica, with the bits mixed at the end: names
    /// that differ in their last letter only would be near each other otherwise.
    fileprivate func weight(for lease: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(endpoint)/\(lease)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        return hash ^ (hash >> 33)
    }
}
