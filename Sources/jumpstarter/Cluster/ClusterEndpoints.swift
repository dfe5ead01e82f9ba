import Foundation
import Logging
import Reconciling
import ServiceLifecycle

/// Which ports the parts of a controller listen on, collected while they start.
actor ClusterEndpoints {
    private static let all: Set<String> = ["controller", "health", "metrics", "login", "web"]

    private(set) var ports: [String: Int] = [:]
    private var waiters: [AsyncStream<Void>.Continuation] = []

    func bound(_ part: String, to port: Int) {
        ports[part] = port
        guard Self.all.isSubset(of: ports.keys) else { return }
        for waiter in waiters { waiter.finish() }
        waiters = []
    }

    /// Returns once everything listens.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func allBound() async throws {
        if !Self.all.isSubset(of: ports.keys) {
            let (end, waiter) = AsyncStream.makeStream(of: Void.self)
            waiters.append(waiter)
            for await _ in end {}
        }
        try Task.checkCancellation()
    }
}

/// Says so when the controller takes calls: one line of JSON on standard output, and `/readyz`.
struct ClusterStarter: Service {
    private struct ReadyLine: Encodable {
        var ready = true
        var identity: String
        var namespace: String
        var ports: [String: Int]
    }

    let lab: Lab
    let endpoints: ClusterEndpoints
    let readiness: Readiness
    let identity: String
    let namespace: String
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await endpoints.allBound()
                try await lab.synced()
                await readiness.set(true)
                let line = ReadyLine(identity: identity, namespace: namespace, ports: await endpoints.ports)
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                FileHandle.standardOutput.write(try encoder.encode(line) + Data("\n".utf8))
                logger.info("ready", metadata: ["replica": "\(identity)"])
            }
            try await gracefulShutdown()
        } catch is CancellationError {
            // The end of the service, maybe before it was ready.
        }
        await readiness.set(false)
    }
}
