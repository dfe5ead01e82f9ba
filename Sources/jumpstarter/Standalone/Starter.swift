import Foundation
import Logging
import Reconciling
import ServiceLifecycle

/// Whether the service takes calls; what `/readyz` answers.
actor Readiness {
    private(set) var isReady = false

    func set(_ ready: Bool) { isReady = ready }
}

/// Runs the lab once the controller's address is known, because that goes into the status of clients and exporters.
struct LabService: Service {
    let lab: Lab
    let endpoints: StandaloneEndpoints

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await endpoints.wait(for: [.controller]) }
        } catch is CancellationError {
            // Stopped before the controller listened.
            return
        }
        await lab.announce(endpoint: endpoints.address(.controller))
        try await lab.run()
    }
}

/// Prints the ready line when everything listens and the lab has been read in, then waits for the end.
struct Starter: Service {
    let lab: Lab
    let endpoints: StandaloneEndpoints
    let readiness: Readiness
    let namespace: String
    let folder: URL
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await announceReadiness() }
            try await gracefulShutdown()
        } catch is CancellationError {
            // The end of the service, maybe before it was ready.
        }
        await readiness.set(false)
    }

    private func announceReadiness() async throws {
        try await endpoints.wait(for: Set(StandaloneEndpoints.Part.allCases))
        try await lab.synced()
        await readiness.set(true)
        try await ReadyLine(endpoints: endpoints, namespace: namespace, folder: folder).print()
        let address = await endpoints.address(.controller)
        logger.info("ready", metadata: ["controller": "\(address)"])
    }
}
