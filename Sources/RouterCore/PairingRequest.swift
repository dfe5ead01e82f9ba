/// Which end of a tunnel a call is, if its token says.
package enum TunnelRole: Sendable, Hashable, CaseIterable {
    case client
    case exporter

    /// The other one.
    package var other: TunnelRole { self == .client ? .exporter : .client }
}

/// What a call's token says about whom it may be paired with.
package struct PairingRequest: Sendable, Hashable {
    /// What makes a token single-use: it names a side, and is told apart from all others.
    package struct Credential: Sendable, Hashable {
        /// The only role the bearer may take.
        package let role: TunnelRole
        /// The token's own id.
        package let tokenID: String

        /// Values as given.
        package init(role: TunnelRole, tokenID: String) {
            self.role = role
            self.tokenID = tokenID
        }
    }

    /// The token's subject.
    package let streamID: String
    /// When the token expires, in seconds since 1970.
    package let expiry: Int64
    /// Nil for a token that may take either role.
    package let credential: Credential?
    /// The lease that the tunnel belongs to, if the token says.
    package let lease: String?
    /// The lease's uid, if the token says.
    package let leaseUID: String?
    /// The client's name, if the token says.
    package let client: String?

    /// Values as given.
    package init(
        streamID: String,
        expiry: Int64,
        credential: Credential? = nil,
        lease: String? = nil,
        leaseUID: String? = nil,
        client: String? = nil
    ) {
        self.streamID = streamID
        self.expiry = expiry
        self.credential = credential
        self.lease = lease
        self.leaseUID = leaseUID
        self.client = client
    }
}
