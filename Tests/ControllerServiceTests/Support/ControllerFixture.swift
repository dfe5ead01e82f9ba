import Authentication
import ControllerService
import Fleet
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import JumpstarterProtocol
import Logging
import ObjectStore
import Reconciling
import Resources
import SQLiteStore
import TestSupport

/// What a controller under test is told.
struct ControllerOptions: Sendable {
    var labels = LabelPresentation()
    var maximumTags = 10
    var isTelemetryEnabled = true
    var telemetry: [ControllerProvider.TelemetryTarget] = []
    /// Accepts tokens beside our own.
    var externalVerifiers: [any TokenVerifier] = []
    var provisions = false
    var leader: any LeaderCalls = NoLeaderCalls()
    var routers = [RouterEntry(name: "default", endpoint: "router.example:8083")]
    var logs = LogRecords()
}

/// A controller over a store in a folder of its own: the real lab, real internal tokens, time that stands still.
struct ControllerFixture: Sendable {
    /// Written much less often than any test advances, so that only what a test waits for sleeps at round times.
    private static let heartbeat = 7_001.0

    let store: SQLiteStore
    let lab: Lab
    let meeting = MeetingPoint()
    let time: ManualTime
    let issuer: InternalTokenIssuer
    let routerTokens: RouterTokenAuthority
    let logger: Logger
    private let options: ControllerOptions
    private let calls: CallAuthorizer
    private let dialer: Dialer

    init(folder: URL, options: ControllerOptions) throws {
        let time = ManualTime()
        let logger = options.logs.logger
        let store = try SQLiteStore(SQLiteStoreConfiguration(folder: folder, now: { time.now() }, logger: logger))
        let issuer = InternalTokenIssuer(key: try SigningKey(controllerKey: "a controller key for tests"))
        let routerTokens = try RouterTokenAuthority(key: "a router key for tests")
        let lab = Lab(
            store: store,
            configuration: LabConfiguration(
                endpoint: "controller.example:8082",
                offlineTimeout: GoDuration(seconds: 6_007),
                heartbeatWriteInterval: Self.heartbeat
            ),
            credentials: TestCredentials(issuer: issuer, now: { time.now() }),
            time: time,
            logger: logger
        )
        calls = CallAuthorizer(
            lab: lab,
            authenticator: RequestAuthenticator(
                tokens: try TokenAuthenticator(
                    verifiers: [InternalTokenVerifier(of: issuer)] + options.externalVerifiers,
                    now: { time.now() }
                )
            ),
            authorizer: Authorizer(provisioningEnabled: options.provisions),
            logger: logger
        )
        dialer = Dialer(
            lab: lab,
            meeting: meeting,
            routers: RouterFleet(
                directory: RouterDirectory(entries: options.routers),
                uptime: { .zero },
                logger: Logger(label: "tests", factory: { _ in SwiftLogNoOpLogHandler() })
            ),
            tokens: routerTokens,
            time: time,
            logger: logger
        )
        self.store = store
        self.lab = lab
        self.time = time
        self.issuer = issuer
        self.routerTokens = routerTokens
        self.logger = logger
        self.options = options
    }

    /// What a controller serves whose replica is led by that leader.
    func services(leader: any LeaderCalls = NoLeaderCalls()) -> [any RegistrableRPCService] {
        [
            ControllerProvider(
                lab: lab,
                calls: calls,
                dialer: dialer,
                meeting: meeting,
                time: time,
                leader: leader,
                telemetry: options.telemetry,
                logger: logger
            ),
            ClientProvider(
                lab: lab,
                calls: calls,
                leader: leader,
                labels: options.labels,
                maximumTags: options.maximumTags,
                time: time,
                logger: logger
            ),
            TelemetryProvider(calls: calls, isEnabled: options.isTelemetryEnabled, logger: logger),
        ]
    }
}

/// Runs a controller's lab while the body runs; the folder goes away afterwards.
func withControllerFixture(
    _ options: ControllerOptions = ControllerOptions(),
    _ body: @escaping @Sendable (ControllerFixture) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "controller-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let fixture = try ControllerFixture(folder: folder, options: options)
    let outcome: Result<Void, any Error>
    do {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fixture.lab.run() }
            try await fixture.lab.synced()
            try await body(fixture)
            group.cancelAll()
        }
        outcome = .success(())
    } catch {
        outcome = .failure(error)
    }
    try await fixture.store.close()
    try outcome.get()
}

/// Runs a controller and serves it over HTTP/2 on a loopback port while the body runs.
func withController(
    _ options: ControllerOptions = ControllerOptions(),
    _ body: @escaping @Sendable (TestController) async throws -> Void
) async throws {
    try await withControllerFixture(options) { fixture in
        let interceptors = [ErrorMappingInterceptor(logger: fixture.logger)]
        try await withLoopbackServer(fixture.services(leader: options.leader), interceptors: interceptors) {
            connection in
            try await body(TestController(fixture: fixture, connection: connection))
        }
    }
}

extension ControllerFixture {
    private func secret(of client: TestCaller) -> ObjectKey {
        ObjectKey(namespace: client.namespace, name: "\(client.name)-client")
    }

    /// The token in a client's credential Secret.
    func storedToken(of client: TestCaller) async throws -> String? {
        let secret = try await store.get(Secret.self, secret(of: client))
        return secret.data["token"].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Returns once the lab has made a client's credential Secret and said so in its status.
    func waitForCredential(of client: TestCaller) async throws {
        for try await event in try await store.watch(.clients, namespace: client.namespace, options: WatchOptions()) {
            switch event {
            case .added(let object), .modified(let object):
                if try object.decoded(as: Client.self).hasCredential(client) { return }
            case .deleted, .bookmark: continue
            }
        }
    }
}

extension Client {
    fileprivate func hasCredential(_ caller: TestCaller) -> Bool {
        metadata.name == caller.name && status.credential != nil
    }
}
