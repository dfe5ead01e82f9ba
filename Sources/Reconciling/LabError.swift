/// Why the lab refuses or cannot do what a caller asked.
package enum LabError: Error, Sendable, Hashable {
    case notFound(String)
    case alreadyExists(String)
    case failedPrecondition(String)
    case permissionDenied(String)
    /// An optimistic lock was lost again and again.
    case aborted(String)
    /// The service is stopping or its store is away.
    case unavailable(String)
}
