import KubernetesStore
import Reconciling
import ServiceLifecycle

/// Leadership by election among the replicas.
struct ElectedLeadership: Leadership {
    let elector: LeaderElector

    var isLeader: Bool { elector.isLeader }

    func changes() -> AsyncStream<Bool> { elector.changes() }
}

/// Something that runs until its task is cancelled, as a service: cancelled when the group shuts down.
struct CancelledAtShutdown: Service {
    let body: @Sendable () async -> Void

    func run() async throws {
        let body = body
        await cancelWhenGracefulShutdown { await body() }
    }
}
