package import Authentication
package import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Synchronization

/// One call of a router to one controller.
package struct RouterLinkClient: Sendable {
    /// How long a controller may leave reports without an answer.
    static let patience = Duration.seconds(5)

    private let hello: RouterHello
    private let reporter: RouterReporter
    private let authority: RouterLinkAuthority
    private let trustedPEM: String?
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - trustedPEM: The authorities that may vouch for a controller, PEM; nil for those of the system.
    ///   - uptime: A monotonic clock.
    package init(
        router: any LinkedRouter,
        hello: RouterHello,
        authority: RouterLinkAuthority,
        trustedPEM: String?,
        clock: any Clock<Duration>,
        uptime: @escaping @Sendable () -> Duration,
        now: @escaping @Sendable () -> Date
    ) {
        self.hello = hello
        reporter = RouterReporter(router: router, clock: clock, uptime: uptime)
        self.authority = authority
        self.trustedPEM = trustedPEM
        self.now = now
    }

    /// Reports to the controller at an address until the call breaks or the task is cancelled.
    /// - Parameter onAnswer: Called when the controller has answered for the first time.
    /// - Throws: why the call ended, which it does sooner or later.
    package func report(to address: RouterLinkAddress, onAnswer: @escaping @Sendable () -> Void) async throws {
        let heard = Heard(reporter.uptime())
        var options = CallOptions.defaults
        options.waitForReady = false
        let metadata: Metadata = [
            RouterLinkCall.credentialKey: .string(
                "Bearer " + (try authority.sign(endpoint: hello.endpoint, now: now()))
            )
        ]
        let request = StreamingClientRequest<RouterMessage>(metadata: metadata) { writer in
            try await writer.write(RouterMessage(hello: hello))
            try await reporter.run { report in
                if reporter.uptime() - heard.last > Self.patience { throw RouterLinkError.silent }
                try await writer.write(RouterMessage(report: report))
            }
        }
        try await withGRPCClient(transport: transport(to: address)) { client in
            try await client.bidirectionalStreaming(
                request: request,
                descriptor: RouterLinkCall.link,
                serializer: JSONMessageSerializer<RouterMessage>(),
                deserializer: JSONMessageDeserializer<ControllerMessage>(),
                options: options
            ) { response in
                for try await message in response.messages {
                    if heard.note(reporter.uptime()) { onAnswer() }
                    for order in message.cuts ?? [] { reporter.router.cut(order) }
                }
                throw RouterLinkError.ended
            }
        }
    }

    private func transport(to address: RouterLinkAddress) throws -> HTTP2ClientTransport.Posix {
        let target: any ResolvableTarget =
            address.host.contains(":")
            ? .ipv6(address: address.host, port: address.port) : .ipv4(address: address.host, port: address.port)
        return try HTTP2ClientTransport.Posix(
            target: target,
            transportSecurity: .tls { tls in
                guard let pem = trustedPEM else { return }
                tls.trustRoots = .certificates([.bytes(Array(pem.utf8), format: .pem)])
            },
            config: .defaults { config in
                config.http2.authority = address.serverName
            }
        )
    }

    /// When the controller was last heard.
    private final class Heard: Sendable {
        private let state: Mutex<(last: Duration, hasAnswered: Bool)>

        init(_ now: Duration) { state = Mutex((now, false)) }

        var last: Duration { state.withLock { $0.last } }

        /// - Returns: whether this is the first time.
        func note(_ now: Duration) -> Bool {
            state.withLock { state in
                defer { state = (now, true) }
                return !state.hasAnswered
            }
        }
    }
}

/// Where a controller is reached.
package struct RouterLinkAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IP address.
    package var host: String
    package var port: Int
    /// The name that its certificate must have; nil for the address.
    package var serverName: String?

    package init(host: String, port: Int, serverName: String?) {
        self.host = host
        self.port = port
        self.serverName = serverName
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a router's call to a controller ended, beside what the network says.
package enum RouterLinkError: Error, Sendable, CustomStringConvertible {
    /// The controller does not answer reports.
    case silent
    /// The controller has ended the call.
    case ended

    package var description: String {
        switch self {
        case .silent: "the controller has not answered for \(RouterLinkClient.patience)"
        case .ended: "the controller has ended the call"
        }
    }
}
