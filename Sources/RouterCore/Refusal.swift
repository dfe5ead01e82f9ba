/// Why a call is not admitted, or is ended without ever having had a partner.
package enum Refusal: Sendable, Hashable, CaseIterable {
    /// The stream id has a pair already, or had one, or its first call timed out.
    case alreadyUsed
    /// A single-use token has been used before.
    case replayed
    /// A second client, or a second exporter.
    case roleTaken
    /// The two tokens of a stream name different leases.
    case otherLease
    /// The lease has ended or was taken away.
    case leaseEnded
    /// The call's own deadline (`grpc-timeout`) passed before a partner came.
    case deadlineExceeded
    /// No partner came in time.
    case partnerTimedOut
    /// The two calls cannot understand each other's message compression.
    case incompatibleEncoding
    /// The router is draining.
    case draining
    /// The limit of streams in all.
    case tooManyStreams
    /// The limit of waiting streams.
    case tooManyWaiting
    /// The limit of remembered stream ids.
    case tooManyRemembered
    /// The limit of streams on one connection.
    case tooManyStreamsOnConnection
    /// The limit of connections.
    case tooManyConnections
    /// The limit of the size of a call's headers.
    case headersTooLarge
    /// No token, or one that does not verify.
    case unauthenticated
}
