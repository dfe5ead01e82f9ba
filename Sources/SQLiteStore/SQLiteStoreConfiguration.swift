package import Foundation
package import Logging

/// What an embedded store needs from outside and the bounds it keeps.
package struct SQLiteStoreConfiguration: Sendable {
    /// The folder that holds the database, its journal and the lock file. Made (mode 0700) when it is missing.
    package var folder: URL
    /// The time of day, for creation and deletion times.
    package var now: @Sendable () -> Date
    /// Paces the periodic bookmarks of watches.
    package var clock: any Clock<Duration>
    /// Makes the uid of a new object; must never give the same twice.
    package var makeUID: @Sendable () -> String
    /// The randomness behind generated names.
    package var randomNumber: @Sendable () -> UInt64
    /// How many changes the log keeps for watches and for the later pages of lists. Older versions answer `expired`.
    /// One change is one version, so this also bounds the size of the log.
    package var retainedChanges: Int
    /// How long a watch that takes bookmarks stays silent before it gets one.
    package var bookmarkInterval: Duration
    /// How many writes may wait for a commit; further ones answer `unavailable`.
    package var maximumQueuedWrites: Int
    /// How many writes share one commit at most.
    package var maximumGroupSize: Int
    package var logger: Logger

    package init(
        folder: URL,
        now: @escaping @Sendable () -> Date,
        clock: any Clock<Duration> = ContinuousClock(),
        makeUID: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() },
        randomNumber: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) },
        retainedChanges: Int = 50_000,
        bookmarkInterval: Duration = .seconds(60),
        maximumQueuedWrites: Int = 10_000,
        maximumGroupSize: Int = 256,
        logger: Logger = Logger(label: "jumpstarter.store")
    ) {
        self.folder = folder
        self.now = now
        self.clock = clock
        self.makeUID = makeUID
        self.randomNumber = randomNumber
        self.retainedChanges = retainedChanges
        self.bookmarkInterval = bookmarkInterval
        self.maximumQueuedWrites = maximumQueuedWrites
        self.maximumGroupSize = maximumGroupSize
        self.logger = logger
    }
}
