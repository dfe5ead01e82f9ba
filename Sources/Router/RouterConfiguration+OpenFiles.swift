extension RouterConfiguration {
    /// Event loops, listeners, the pages of metrics, the calls to controllers.
    private static let openFilesBesideConnections = 256

    /// The files that a router may have open at once: its connections, those that it accepts only to refuse them, and
    /// what the process needs besides.
    package var maximumOpenFiles: Int {
        maximumConnections + ConnectionRegistry.room(beyond: maximumConnections) + Self.openFilesBesideConnections
    }
}
