package import Authentication
package import GRPCCore
package import Logging
package import Reconciling
package import Resources

/// Finds out who calls: authenticates the token, looks the claimed object up, and authorizes (spec/identity.md).
package struct CallAuthorizer: Sendable {
    private let lab: Lab
    private let authenticator: RequestAuthenticator
    private let authorizer: @Sendable () -> Authorizer
    private let logger: Logger

    package init(
        lab: Lab,
        authenticator: RequestAuthenticator,
        authorizer: @autoclosure @escaping @Sendable () -> Authorizer,
        logger: Logger
    ) {
        self.lab = lab
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.logger = logger
    }

    /// Who a call is from.
    package enum Peer: Sendable {
        case client(Client)
        case exporter(Exporter)

        /// Where its leases are.
        var namespace: String {
            switch self {
            case .client(let client): client.key.namespace
            case .exporter(let exporter): exporter.key.namespace
            }
        }
    }

    /// The client that calls.
    /// - Throws: `Refusal` when the token, the metadata or the object is not acceptable, or it is an exporter.
    package func client(_ metadata: Metadata, _ context: ServerContext) async throws -> Client {
        switch try await peer(metadata, context, expecting: .client) {
        case .client(let client): return client
        case .exporter(let exporter): throw Self.wrongKind(exporter.key, "an exporter", "clients")
        }
    }

    /// The exporter that calls.
    /// - Throws: `Refusal` when the token, the metadata or the object is not acceptable, or it is a client.
    package func exporter(_ metadata: Metadata, _ context: ServerContext) async throws -> Exporter {
        switch try await peer(metadata, context, expecting: .exporter) {
        case .exporter(let exporter): return exporter
        case .client(let client): throw Self.wrongKind(client.key, "a client", "exporters")
        }
    }

    /// Whoever calls.
    package func peer(_ metadata: Metadata, _ context: ServerContext) async throws -> Peer {
        try await peer(metadata, context, expecting: nil)
    }

    private func peer(_ metadata: Metadata, _ context: ServerContext, expecting kind: ObjectKind?) async throws -> Peer
    {
        let values: (String) -> [String] = { key in Array(metadata[stringValues: key]) }
        do {
            let caller = try await authenticator.caller(from: values)
            if let kind { try caller.object.require(kind) }
            return try await authorize(caller)
        } catch let refusal as any Refusal {
            note(refusal, claimed: try? ClaimedObject(from: values), context)
            throw refusal
        }
    }

    private func authorize(_ caller: Caller) async throws -> Peer {
        let key = ObjectKey(namespace: caller.object.namespace, name: caller.object.name)
        switch caller.object.kind {
        case .client:
            let client = try await lab.client(key)
            switch try authorizer().authorize(caller, as: client.flatMap(AuthorizationSubject.init)) {
            case .provision(let userName):
                let client = try await lab.provisionClient(key, username: userName)
                // Somebody else may have created it in the meantime, for another user.
                _ = try authorizer().authorize(caller, as: AuthorizationSubject(client))
                return .client(client)
            case .allowed:
                guard let client else { throw LabError.notFound("client \"\(key.name)\" does not exist") }
                return .client(client)
            }
        case .exporter:
            let exporter = try await lab.exporter(key)
            _ = try authorizer().authorize(caller, as: exporter.flatMap(AuthorizationSubject.init))
            guard let exporter else { throw LabError.notFound("exporter \"\(key.name)\" does not exist") }
            return .exporter(exporter)
        }
    }

    /// One line for each refusal, with the peer's address and what it claimed to be, never the token.
    private func note(_ refusal: any Refusal, claimed: ClaimedObject?, _ context: ServerContext) {
        logger.warning(
            "call refused",
            metadata: [
                "peer": "\(context.remotePeer)", "method": "\(context.descriptor.fullyQualifiedMethod)",
                "claimed": "\(claimed?.description ?? "nothing valid")", "reason": "\(refusal)",
            ]
        )
    }

    private static func wrongKind(_ key: ObjectKey, _ what: String, _ expected: String) -> ServiceError {
        ServiceError(.permissionDenied, "\(key) is \(what); this call is for \(expected)")
    }
}

extension AuthorizationSubject {
    init?(_ client: Client) { self.init(client.metadata, userName: client.spec.username) }

    init?(_ exporter: Exporter) { self.init(exporter.metadata, userName: exporter.spec.username) }

    private init?(_ metadata: ObjectMeta, userName: String?) {
        guard let uid = metadata.uid else { return nil }
        self.init(uid: uid, annotations: metadata.annotations, userName: userName)
    }
}
