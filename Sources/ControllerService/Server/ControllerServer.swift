package import GRPCCore
import GRPCNIOTransportHTTP2
import JumpstarterProtocol
package import Logging
import NIOCore
import NIOHTTP2
import ServiceLifecycle
package import Transport

/// The controller's gRPC server: the services below over TLS, with health and reflection beside them.
package struct ControllerServer: Service {
    /// Calls on one connection; a client with more is held back by HTTP/2, not cut off.
    private static let streamsPerConnection = 1000
    /// The largest request, in bytes: exporters register reports of many drivers.
    private static let largestRequest = 4 * 1024 * 1024

    private typealias Server = GRPCServer<HTTP2ServerTransport.Posix>

    private let configuration: ControllerServerConfiguration
    private let identity: ServerIdentity
    private let services: [any RegistrableRPCService]
    private let interceptors: [any ServerInterceptor]
    private let health: HealthRegistry
    private let logger: Logger
    private let onBound: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - services: What is served, beside health and reflection.
    ///   - interceptors: See every call first, health and reflection as well.
    ///   - onBound: Told the port once the server listens.
    package init(
        configuration: ControllerServerConfiguration,
        identity: ServerIdentity,
        services: [any RegistrableRPCService],
        serviceNames: [String],
        interceptors: [any ServerInterceptor] = [],
        logger: Logger,
        onBound: @escaping @Sendable (Int) async -> Void
    ) throws {
        let health = HealthRegistry()
        for name in [""] + serviceNames { health.set(.serving, for: name) }
        let index = try ReflectionIndex(
            ProtocolDescriptors.load(),
            services: serviceNames + ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]
        )
        self.configuration = configuration
        self.identity = identity
        self.services = services + [HealthService(registry: health), ReflectionService(index: index)]
        // Next to the handlers: gRPC turns what an interceptor lets through into UNKNOWN.
        self.interceptors = interceptors + [ErrorMappingInterceptor(logger: logger)]
        self.health = health
        self.logger = logger
        self.onBound = onBound
    }

    /// A server for one address; all of them serve the same.
    private func server(on host: String, port: Int) -> Server {
        Server(
            transport: HTTP2ServerTransport.Posix(
                address: host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
                transportSecurity: .tls(
                    certificateChain: [.bytes(Array(identity.certificateChainPEM.utf8), format: .pem)],
                    privateKey: .bytes(Array(identity.privateKeyPEM.utf8), format: .pem)
                ) { tls in
                    // The real client's insecure mode first connects without ALPN, to copy the certificate.
                    tls.requireALPN = false
                },
                config: Self.transportConfiguration(configuration)
            ),
            services: services,
            interceptors: interceptors
        )
    }

    private static func transportConfiguration(_ configuration: ControllerServerConfiguration)
        -> HTTP2ServerTransport.Posix.Config
    {
        .defaults { config in
            config.connection.maxAge = configuration.maximumAge
            config.connection.maxGraceTime = configuration.maximumAgeGrace
            config.connection.maxIdleTime = configuration.maximumIdleTime
            config.connection.keepalive.time = configuration.keepaliveInterval
            config.connection.keepalive.timeout = configuration.keepaliveTimeout
            config.connection.keepalive.clientBehavior.minPingIntervalWithoutCalls = configuration.minimumPingInterval
            config.connection.keepalive.clientBehavior.allowWithoutCalls = configuration.permitsPingsWithoutCalls
            // Coalescing flushes doubles the latency of a lone call.
            config.connection.flushCoalescing = nil
            // Without a limit of its own NIOHTTP2 enforces 100 by killing the connection.
            config.http2.maxConcurrentStreams = streamsPerConnection
            config.rpc.maxRequestPayloadSize = largestRequest
            config.channelDebuggingCallbacks.onAcceptTCPConnection = answerPings
        }
    }

    /// The one place where the transport lets its connections' pipeline be touched: after NIOHTTP2 was added.
    private static func answerPings(on channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let http2 = try channel.pipeline.syncOperations.handler(type: NIOHTTP2Handler.self)
            try channel.pipeline.syncOperations.addHandler(PingAnswerer(), position: .before(http2))
        }
    }

    package func run() async throws {
        let health = health
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                var port = configuration.port
                for host in configuration.hosts {
                    // Every further address gets the port of the first.
                    let server = server(on: host, port: port)
                    group.addTask { try await Self.serve(server) }
                    let address = try await server.transport.listeningAddress
                    logger.info("controller listens", metadata: ["address": "\(address)"])
                    port = address.ipv4?.port ?? address.ipv6?.port ?? port
                }
                await onBound(port)
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            health.drain()
        }
    }

    private static func serve(_ server: Server) async throws {
        try await withGracefulShutdownHandler {
            try await server.serve()
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }
}
