/// An order to end the tunnels of a lease that has ended, or of a client that does not have it any more.
package struct LeaseCut: Sendable, Hashable {
    /// `NAMESPACE/NAME`, as in the tokens.
    package var lease: String
    /// The lease's uid: only its tunnels are ended, not those of another of the same name. Nil for any.
    package var uid: String?
    /// Only the tunnels of this client are ended; nil for all.
    package var client: String?
    /// Said to both sides and in the log, such as "lease x has ended: it was released".
    package var reason: String
    /// How long the tunnels may go on, because the exporter is ending them by itself.
    package var grace: Duration

    /// Values as given.
    package init(
        lease: String,
        uid: String? = nil,
        client: String? = nil,
        reason: String,
        grace: Duration = .zero
    ) {
        self.lease = lease
        self.uid = uid
        self.client = client
        self.reason = reason
        self.grace = grace
    }

    /// Whether it is about what belongs to these. What a token does not say is taken as it comes.
    func concerns(lease: String?, uid: String?, client: String?) -> Bool {
        guard lease == self.lease else { return false }
        if let wanted = self.uid, let uid, wanted != uid { return false }
        if let wanted = self.client, let client, wanted != client { return false }
        return true
    }
}
