import Foundation

/// Where everything listens, collected while the servers start; with port 0 it is known only then.
actor StandaloneEndpoints {
    /// What the ready line waits for.
    enum Part: String, CaseIterable {
        case controller, router, web, login, api, health, metrics
    }

    private let host: String
    private var ports: [Part: Int] = [:]
    private var waiters: [(parts: Set<Part>, done: AsyncStream<Void>.Continuation)] = []

    init(host: String) {
        self.host = host.contains(":") ? "[\(host)]" : host
    }

    func bound(_ part: Part, to port: Int) {
        ports[part] = port
        let ready = waiters.filter { $0.parts.isSubset(of: ports.keys) }
        waiters.removeAll { $0.parts.isSubset(of: ports.keys) }
        for waiter in ready { waiter.done.yield() }
    }

    /// Returns once all of these listen.
    /// - Throws: `CancellationError` when the task is cancelled first, because another part could not start.
    func wait(for parts: Set<Part>) async throws {
        if parts.isSubset(of: ports.keys) { return }
        let (listening, done) = AsyncStream.makeStream(of: Void.self)
        waiters.append((parts, done))
        for await _ in listening { return }
        throw CancellationError()
    }

    /// `host:port`; empty until the part listens.
    func address(_ part: Part) -> String {
        ports[part].map(address(ofPort:)) ?? ""
    }

    nonisolated func address(ofPort port: Int) -> String { "\(host):\(port)" }
}
