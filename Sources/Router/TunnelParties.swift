internal import Authentication
internal import Foundation
internal import Logging
internal import RouterCore

/// Whose tunnel it is, as far as the tokens say.
struct TunnelParties: Sendable, Hashable {
    /// `NAMESPACE/NAME`.
    var lease: String?
    var leaseUID: String?
    var client: String?
    var exporter: String?
    /// What the first call is.
    var firstRole: TunnelRole?

    /// - Parameter side: which call of the tunnel has this token.
    init(_ token: RouterToken, side: TunnelSide) {
        lease = token.parties?.lease
        leaseUID = token.parties?.leaseUID
        client = token.parties?.client
        exporter = token.parties?.exporter
        let role = token.side.map(TunnelRole.init)
        firstRole = side == .first ? role : role?.other
    }

    /// Adds what the other token says.
    mutating func merge(_ other: Self) {
        lease = lease ?? other.lease
        leaseUID = leaseUID ?? other.leaseUID
        client = client ?? other.client
        exporter = exporter ?? other.exporter
        firstRole = firstRole ?? other.firstRole
    }

    /// The client's side. Without a word about it the call that came first counts as the client.
    var clientSide: TunnelSide { firstRole == .exporter ? .second : .first }

    /// What a log line says of it, under the names that the service uses everywhere.
    var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let lease {
            let parts = lease.split(separator: "/", maxSplits: 1)
            if parts.count == 2 { metadata["namespace"] = "\(parts[0])" }
            metadata["lease_id"] = "\(parts.last ?? "")"
        }
        if let client { metadata["client"] = "\(client)" }
        if let exporter { metadata["exporter"] = "\(exporter)" }
        return metadata
    }
}

extension TunnelRole {
    init(_ side: RouterToken.Side) {
        switch side {
        case .client: self = .client
        case .exporter: self = .exporter
        }
    }
}

extension PairingRequest {
    /// What a verified token asks for.
    init(_ token: RouterToken) {
        var credential: Credential?
        if let side = token.side, let id = token.tokenID {
            credential = Credential(role: TunnelRole(side), tokenID: id)
        }
        self.init(
            streamID: token.streamID,
            expiry: Int64(token.expiresAt.timeIntervalSince1970.rounded(.up)),
            credential: credential,
            lease: token.parties?.lease,
            leaseUID: token.parties?.leaseUID,
            client: token.parties?.client
        )
    }
}
