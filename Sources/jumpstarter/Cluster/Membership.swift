import ControllerService
import Foundation
import KubernetesStore
import Logging
import ObjectStore
import ServiceConfiguration
import ServiceLifecycle
import Synchronization

/// Keeps this replica in the directory of replicas from when its internal port is known.
final class Membership: Service {
    private let store: any ObjectStore
    private let namespace: String
    private let identity: String
    private let address: String
    private let certificatePEM: String
    private let logger: Logger
    private let directory = Mutex<ReplicaDirectory?>(nil)
    private let start: AsyncStream<Int>
    private let starter: AsyncStream<Int>.Continuation

    init(
        store: any ObjectStore,
        namespace: String,
        identity: String,
        address: String,
        certificatePEM: String,
        logger: Logger
    ) {
        self.store = store
        self.namespace = namespace
        self.identity = identity
        self.address = address
        self.certificatePEM = certificatePEM
        self.logger = logger
        (start, starter) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func begin(port: Int) { starter.yield(port) }

    /// The other replicas that live.
    var peers: [ReplicaPeer] { members.compactMap(ReplicaPeer.init) }

    /// The other replica of that id, if it lives.
    func peer(_ id: String) -> ReplicaPeer? { members.first { $0.id == id }.flatMap(ReplicaPeer.init) }

    private var members: [Replica] { directory.withLock { $0 }?.members ?? [] }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await port in self.start {
                let host = self.address.contains(":") ? "[\(self.address)]" : self.address
                let replica = Replica(
                    id: self.identity,
                    endpoint: "\(host):\(port)",
                    certificatePEM: self.certificatePEM
                )
                let directory = ReplicaDirectory(
                    store: self.store,
                    configuration: .init(namespace: self.namespace, replica: replica),
                    now: { Date() },
                    logger: self.logger
                )
                self.directory.withLock { $0 = directory }
                await directory.run()
            }
        }
    }
}

extension ReplicaPeer {
    /// Nil when the replica has made itself known with an address that is none.
    fileprivate init?(_ replica: Replica) {
        guard let endpoint = HostPort(parsing: replica.endpoint) else { return nil }
        self.init(host: endpoint.host, port: endpoint.port, certificatePEM: replica.certificatePEM)
    }
}
