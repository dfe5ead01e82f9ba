package import Resources

/// The other replicas of the controller, one of which may hold the Listen stream that a Dial is for
/// (docs/design/replicas.md).
package protocol ListenerPeers: Sendable {
    /// Leaves an invitation with the replica that an exporter listens at, or will within the patience.
    func invite(
        _ lease: ObjectKey,
        _ invitation: MeetingPoint.Invitation,
        patience: Duration
    ) async -> MeetingPoint.Reception

    /// Ends the lease's Listen streams at other replicas, because a newer one has come here; answers the invitations
    /// that they had not delivered.
    func takeOver(_ lease: ObjectKey) async -> [MeetingPoint.Invitation]
}

/// A controller that runs alone.
package struct NoListenerPeers: ListenerPeers {
    package init() {}

    package func invite(
        _ lease: ObjectKey,
        _ invitation: MeetingPoint.Invitation,
        patience: Duration
    ) async -> MeetingPoint.Reception { .nobodyListens }

    package func takeOver(_ lease: ObjectKey) async -> [MeetingPoint.Invitation] { [] }
}
