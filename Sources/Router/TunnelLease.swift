/// The lease that a tunnel belongs to, and the client that has it.
package struct TunnelLease: Sendable, Hashable {
    /// `NAMESPACE/NAME`.
    package var lease: String
    /// Its uid; nil if the tokens do not say.
    package var uid: String?
    /// The client's name; nil if the tokens do not say.
    package var client: String?

    /// Values as given.
    package init(lease: String, uid: String?, client: String?) {
        self.lease = lease
        self.uid = uid
        self.client = client
    }

    /// Nil if the tokens do not name the lease.
    init?(_ parties: TunnelParties) {
        guard let lease = parties.lease else { return nil }
        self.init(lease: lease, uid: parties.leaseUID, client: parties.client)
    }
}
