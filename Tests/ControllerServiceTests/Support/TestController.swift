import Authentication
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import JumpstarterProtocol
import ObjectStore
import Reconciling
import Resources
import SwiftProtobuf
import TestSupport

/// A served controller, and what tests do to it again and again.
struct TestController: Sendable {
    typealias Transport = HTTP2ClientTransport.Posix

    let fixture: ControllerFixture
    let connection: GRPCClient<Transport>

    var store: any ObjectStore { fixture.store }
    var time: ManualTime { fixture.time }
    var controller: Jumpstarter_V1_ControllerService.Client<Transport> { .init(wrapping: connection) }
    var clients: Jumpstarter_Client_V1_ClientService.Client<Transport> { .init(wrapping: connection) }
    var telemetry: Jumpstarter_V1_TelemetryService.Client<Transport> { .init(wrapping: connection) }

    /// Creates a client; answers how it calls.
    func addClient(_ name: String = "alice", namespace: String = "lab") async throws -> TestCaller {
        let client = try await store.create(Client(metadata: ObjectMeta(name: name, namespace: namespace)))
        return try caller(.client, client.metadata)
    }

    /// Returns once the lab has taken a client in, which shows in the credential that it makes for it.
    func waitForCredential(of client: Client) async throws {
        let changes = try await store.watch(.secrets, namespace: client.metadata.namespace, options: WatchOptions())
        for try await change in changes {
            switch change {
            case .added(let secret), .modified(let secret): if secret.isOwned(by: client) { return }
            case .deleted, .bookmark: continue
            }
        }
    }

    /// Creates an exporter that never connected; answers how it calls.
    func addExporter(
        _ name: String = "board",
        namespace: String = "lab",
        labels: [String: String] = ["board": "rpi"],
        isEnabled: Bool = true
    ) async throws -> TestCaller {
        let metadata = ObjectMeta(name: name, namespace: namespace, labels: labels)
        let exporter = try await store.create(Exporter(metadata: metadata, spec: .init(enabled: isEnabled)))
        let caller = try caller(.exporter, exporter.metadata)
        // Who asks for changes makes the lab read an exporter that has not come by the watch yet.
        try await fixture.lab.withExporterChanges(of: caller.key) { _ in }
        return caller
    }

    /// Creates an exporter that is registered and can be leased.
    func addAvailableExporter(
        _ name: String = "board",
        namespace: String = "lab",
        labels: [String: String] = ["board": "rpi"]
    ) async throws -> TestCaller {
        let exporter = try await addExporter(name, namespace: namespace, labels: labels)
        _ = try await controller.register(.init(), metadata: exporter.metadata)
        try await report(.available, by: exporter)
        return exporter
    }

    private func caller(_ kind: ObjectKind, _ metadata: ObjectMeta) throws -> TestCaller {
        let namespace = metadata.namespace ?? ""
        let subject = InternalSubject(kind: kind, namespace: namespace, name: metadata.name, uid: metadata.uid ?? "")
        let token = try fixture.issuer.sign(subject: subject, now: time.now()).token
        return TestCaller(token: token, kind: kind.rawValue, namespace: namespace, name: metadata.name)
    }

    /// An exporter as it is stored.
    func stored(_ exporter: TestCaller) async throws -> Exporter { try await store.get(Exporter.self, exporter.key) }

    func report(
        _ status: Jumpstarter_V1_ExporterStatus,
        message: String? = nil,
        releaseLease: Bool = false,
        by exporter: TestCaller
    ) async throws {
        let request = Jumpstarter_V1_ReportStatusRequest.with {
            $0.status = status
            if let message { $0.message = message }
            if releaseLease { $0.releaseLease = true }
        }
        _ = try await controller.reportStatus(request, metadata: exporter.metadata)
    }

    /// Creates a lease of an hour on whatever is a `board=rpi`, changed as the test likes.
    func createLease(
        _ id: String = "",
        for client: TestCaller,
        _ change: (inout Jumpstarter_Client_V1_Lease) -> Void = { _ in }
    ) async throws -> Jumpstarter_Client_V1_Lease {
        let request = Jumpstarter_Client_V1_CreateLeaseRequest.with {
            $0.parent = "namespaces/\(client.namespace)"
            $0.leaseID = id
            $0.lease.selector = "board=rpi"
            $0.lease.duration = .init(seconds: 3600, nanos: 0)
            change(&$0.lease)
        }
        return try await clients.createLease(request, metadata: client.metadata)
    }

    func lease(_ name: String, as caller: TestCaller) async throws -> Jumpstarter_Client_V1_Lease {
        let request = Jumpstarter_Client_V1_GetLeaseRequest.with {
            $0.name = "namespaces/\(caller.namespace)/leases/\(name)"
        }
        return try await clients.getLease(request, metadata: caller.metadata)
    }

    func deleteLease(_ name: String, as caller: TestCaller) async throws {
        let request = Jumpstarter_Client_V1_DeleteLeaseRequest.with {
            $0.name = "namespaces/\(caller.namespace)/leases/\(name)"
        }
        _ = try await clients.deleteLease(request, metadata: caller.metadata)
    }

    func updateLease(
        _ name: String,
        paths: [String] = [],
        as caller: TestCaller,
        _ change: (inout Jumpstarter_Client_V1_Lease) -> Void
    ) async throws -> Jumpstarter_Client_V1_Lease {
        let request = Jumpstarter_Client_V1_UpdateLeaseRequest.with {
            $0.lease.name = "namespaces/\(caller.namespace)/leases/\(name)"
            if !paths.isEmpty { $0.updateMask.paths = paths }
            change(&$0.lease)
        }
        return try await clients.updateLease(request, metadata: caller.metadata)
    }

    /// The names of the leases that a client sees.
    func leaseNames(
        as caller: TestCaller,
        _ change: (inout Jumpstarter_Client_V1_ListLeasesRequest) -> Void = { _ in }
    ) async throws -> [String] {
        let request = Jumpstarter_Client_V1_ListLeasesRequest.with {
            $0.parent = "namespaces/\(caller.namespace)"
            change(&$0)
        }
        let response = try await clients.listLeases(request, metadata: caller.metadata)
        return response.leases.map { String($0.name.split(separator: "/").last ?? "") }
    }

    /// How many leases there are, ended ones too.
    func storedLeaseCount() async throws -> Int {
        try await store.list(.leases, namespace: nil, options: ListOptions()).items.count
    }

    func dial(_ lease: String, as caller: TestCaller) async throws -> Jumpstarter_V1_DialResponse {
        try await controller.dial(.with { $0.leaseName = lease }, metadata: caller.metadata)
    }

    func releaseLease(_ lease: String, as caller: TestCaller) async throws {
        _ = try await controller.releaseLease(.with { $0.name = lease }, metadata: caller.metadata)
    }

    /// Opens a Listen stream while the body runs, which is given its messages.
    func listening<Result: Sendable>(
        for lease: String,
        as exporter: TestCaller,
        _ body: @escaping @Sendable (MessageReader<Jumpstarter_V1_ListenResponse>) async throws -> Result
    ) async throws -> Result {
        let request = Jumpstarter_V1_ListenRequest.with { $0.leaseName = lease }
        return try await controller.listen(request, metadata: exporter.metadata) { response in
            try await MessageReader.reading(response, body)
        }
    }

    /// Opens a Status stream while the body runs, which is given its messages.
    func watchingStatus<Result: Sendable>(
        of exporter: TestCaller,
        _ body: @escaping @Sendable (MessageReader<Jumpstarter_V1_StatusResponse>) async throws -> Result
    ) async throws -> Result {
        try await controller.status(.init(), metadata: exporter.metadata) { response in
            try await MessageReader.reading(response, body)
        }
    }
}

extension TestController {
    /// A lease that its exporter has made ready.
    func readyLease() async throws -> (alice: TestCaller, board: TestCaller) {
        let alice = try await addClient()
        let board = try await addAvailableExporter()
        _ = try await createLease("mine", for: alice)
        try await report(.leaseReady, by: board)
        return (alice, board)
    }
}

extension UnstructuredObject {
    fileprivate func isOwned(by client: Client) -> Bool {
        metadata.ownerReferences.contains { $0.uid == client.metadata.uid }
    }
}
