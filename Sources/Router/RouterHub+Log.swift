internal import Logging
internal import NIOCore
internal import RouterCore

// A line at the beginning and at the end of each tunnel. What they say is put together only where it is logged.

extension RouterHub {
    func logBeginning(of tunnel: Tunnel, _ first: TunnelEnd?, _ second: TunnelEnd) {
        logger.info("Tunnel started", metadata: beginning(of: tunnel, first, second))
    }

    func logEnd(of tunnel: Tunnel, _ traffic: (toSecond: TunnelTraffic, toFirst: TunnelTraffic)) {
        logger.info("Tunnel ended", metadata: end(of: tunnel, traffic))
    }

    private func beginning(of tunnel: Tunnel, _ first: TunnelEnd?, _ second: TunnelEnd) -> Logger.Metadata {
        let parties = tunnel.parties
        let (client, exporter) = parties.clientSide == .first ? (first, second) : (second, first)
        var metadata = parties.logMetadata
        metadata["stream"] = "\(tunnel.streamID)"
        metadata["client_peer"] = "\(client?.peer.description ?? "gone")"
        metadata["exporter_peer"] = "\(exporter?.peer.description ?? "gone")"
        return metadata
    }

    private func end(
        of tunnel: Tunnel,
        _ traffic: (toSecond: TunnelTraffic, toFirst: TunnelTraffic)
    ) -> Logger.Metadata {
        let parties = tunnel.parties
        let (toClient, toExporter) =
            parties.clientSide == .first ? (traffic.toFirst, traffic.toSecond) : (traffic.toSecond, traffic.toFirst)
        var metadata = parties.logMetadata
        metadata["stream"] = "\(tunnel.streamID)"
        metadata["bytes_to_client"] = "\(toClient.bytes)"
        metadata["bytes_to_exporter"] = "\(toExporter.bytes)"
        metadata["messages_to_client"] = "\(toClient.messages)"
        metadata["messages_to_exporter"] = "\(toExporter.messages)"
        metadata["seconds"] = "\(Self.seconds(since: tunnel.createdAt))"
        metadata["reason"] = "\(tunnel.outcome.description(parties))"
        return metadata
    }

    private static func seconds(since start: NIODeadline) -> Double {
        Double((NIODeadline.now() - start).nanoseconds) / 1e9
    }
}

extension TunnelOutcome {
    /// The same with the names of the sides.
    fileprivate func description(_ parties: TunnelParties) -> String {
        guard case .lost(let side, let loss) = self else { return description }
        return "\(side == parties.clientSide ? "client" : "exporter"): \(loss)"
    }
}
