package import Authentication
package import Foundation
package import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
package import Logging
import ServiceLifecycle
package import SwiftProtobuf
import Synchronization

/// Passes calls on to the replica that leads, over one connection that is kept as long as it leads.
package final class LeaderLink: LeaderCalls, Service {
    private typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    /// How long the leader may take. Longer than it waits for a slow API server, shorter than a client waits for us.
    private static let patience = Duration.seconds(8)

    private struct Link {
        let peer: ReplicaPeer
        let client: Client
    }

    private let leader: @Sendable () -> ReplicaPeer?
    private let credential: ReplicaCredential
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let link = Mutex<Link?>(nil)
    /// At most one for each leader that there ever was.
    private let opened: AsyncStream<Client>
    private let opener: AsyncStream<Client>.Continuation

    /// - Parameter leader: The replica that leads now; nil when it is this one, or none is known.
    package init(
        leader: @escaping @Sendable () -> ReplicaPeer?,
        credential: ReplicaCredential,
        now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.leader = leader
        self.credential = credential
        self.now = now
        self.logger = logger
        (opened, opener) = AsyncStream.makeStream()
    }

    /// Keeps the connections until the service ends.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                for await client in opened {
                    group.addTask { [logger] in
                        do {
                            try await client.runConnections()
                        } catch {
                            logger.warning("the connection to the leader failed", metadata: ["error": "\(error)"])
                        }
                    }
                }
            }
        }
    }

    package func pass<Request: Message, Response: Message>(
        _ request: ServerRequest<Request>,
        _ context: ServerContext
    ) async throws -> PassedCall<Response> {
        guard let peer = leader() else { return .ours }
        var options = CallOptions.defaults
        options.timeout = Self.patience
        options.waitForReady = false
        let metadata = metadata(for: request.metadata, from: context.remotePeer)
        do {
            let response: Response = try await client(for: peer).unary(
                request: ClientRequest(message: request.message, metadata: metadata),
                descriptor: context.descriptor,
                serializer: ProtobufSerializer<Request>(),
                deserializer: ProtobufDeserializer<Response>(),
                options: options
            ) { @concurrent response in try response.message }
            return .answered(response)
        } catch let error as RPCError where error.isLeadersAnswer {
            // Without what came along, which is of that connection.
            throw RPCError(code: error.code, message: error.message)
        } catch {
            logger.warning(
                "the leader did not serve a call; it is served here",
                metadata: [
                    "replica": "\(peer.address)", "method": "\(context.descriptor.fullyQualifiedMethod)",
                    "error": "\(error)",
                ]
            )
            return .unanswered
        }
    }

    /// Who calls, in the caller's own words, and that it is a replica which passes this on. Everything else that came
    /// along, like the content type, is the connection's own affair.
    private func metadata(for received: Metadata, from caller: String) -> Metadata {
        var metadata = Metadata()
        for (key, value) in received where key == "authorization" || key.hasPrefix("jumpstarter-") {
            switch value {
            case .string(let text): metadata.addString(text, forKey: key)
            case .binary(let bytes): metadata.addBinary(bytes, forKey: key)
            }
        }
        metadata.replaceOrAddString(credential.sign(now: now()), forKey: ReplicaCall.credentialKey)
        metadata.replaceOrAddString(caller, forKey: ReplicaCall.callerKey)
        return metadata
    }

    /// The client of the present leader, made when there is a new one.
    private func client(for peer: ReplicaPeer) throws -> Client {
        try link.withLock { link in
            if let link, link.peer == peer { return link.client }
            link?.client.beginGracefulShutdown()
            logger.info("calls are passed on to the leader", metadata: ["replica": "\(peer.address)"])
            let client = Client(transport: try peer.transport())
            link = Link(peer: peer, client: client)
            opener.yield(client)
            return client
        }
    }
}

extension RPCError {
    /// Whether the leader has looked at the call and said no; otherwise it is not known what became of it.
    fileprivate var isLeadersAnswer: Bool {
        if metadata[stringValues: ReplicaGate.refusalKey].contains("1") { return false }
        switch code {
        case .unavailable, .deadlineExceeded, .cancelled, .unknown, .unimplemented, .internalError: return false
        default: return true
        }
    }
}
