/// The bounds that a store on an API server keeps.
package struct KubernetesStoreConfiguration: Sendable {
    /// How long one attempt of a request other than a watch may take.
    package var requestTimeout = Duration.seconds(15)
    package var connectTimeout = Duration.seconds(5)
    /// How many attempts a request has at most.
    package var maximumAttempts = 4
    /// How long after the first attempt another may begin.
    package var retryBudget = Duration.seconds(5)
    /// The delays between attempts grow from the first to the second, and are drawn evenly from 0 up.
    package var initialRetryDelay = Duration.milliseconds(100)
    package var maximumRetryDelay = Duration.seconds(2)
    /// The client's own limit of requests a second, and how many may come at once.
    package var requestsPerSecond = 200.0
    package var burst = 400.0
    /// How many connections are kept; each watch needs one of its own.
    package var maximumConnections = 128
    /// The most bytes of an answer.
    package var maximumBodySize = 64 * 1024 * 1024
    /// The most bytes of one event of a watch.
    package var maximumEventSize = 16 * 1024 * 1024
    /// How many objects a page has, when the caller does not say.
    package var pageSize = 500
    /// How long a watch may be silent. API servers send a bookmark about every minute.
    package var watchSilence = Duration.seconds(90)
    /// How long the server keeps a watch, in seconds; drawn evenly, so that not all are renewed at once.
    package var watchSeconds = 300...600
    /// How many events of a watch wait for a slow consumer before reading stops.
    package var watchBuffer = 256
    package var userAgent = "jumpstarter-controller"
    package var clock: any Clock<Duration> = ContinuousClock()
    /// An even random number from 0 to 1, for delays.
    package var randomFraction: @Sendable () -> Double = { .random(in: 0...1) }

    package init() {}

    var retries: RetryPolicy {
        RetryPolicy(
            maximumAttempts: maximumAttempts,
            budget: retryBudget,
            initialDelay: initialRetryDelay,
            maximumDelay: maximumRetryDelay
        )
    }
}
