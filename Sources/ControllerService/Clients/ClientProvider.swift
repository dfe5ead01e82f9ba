import GRPCCore
import JumpstarterProtocol
package import Logging
import ObjectStore
package import Reconciling
import Resources

/// `jumpstarter.client.v1.ClientService`: leases and exporters as clients see them (spec/wire-protocol.md).
package struct ClientProvider: Jumpstarter_Client_V1_ClientService.ServiceProtocol {
    /// Objects on a page when the caller does not say, and at most.
    static let largestPage = 1000

    let lab: Lab
    let calls: CallAuthorizer
    let leader: any LeaderCalls
    private let currentLabels: @Sendable () -> LabelPresentation
    private let currentMaximumTags: @Sendable () -> Int
    let time: any TimeSource
    let logger: Logger

    /// - Parameters:
    ///   - leader: Where leases are made, changed and ended.
    ///   - labels: Evaluated for each call: the configuration may change.
    ///   - maximumTags: Likewise.
    package init(
        lab: Lab,
        calls: CallAuthorizer,
        leader: any LeaderCalls = NoLeaderCalls(),
        labels: @autoclosure @escaping @Sendable () -> LabelPresentation,
        maximumTags: @autoclosure @escaping @Sendable () -> Int,
        time: any TimeSource,
        logger: Logger
    ) {
        self.lab = lab
        self.calls = calls
        self.leader = leader
        self.currentLabels = labels
        self.currentMaximumTags = maximumTags
        self.time = time
        self.logger = logger
    }

    var labels: LabelPresentation { currentLabels() }
    var maximumTags: Int { currentMaximumTags() }
    var now: Timestamp { Timestamp(time.now()) }

    /// The caller, who must be a client of the namespace that the request is about.
    func client(_ metadata: Metadata, _ context: ServerContext, in namespace: String) async throws -> Client {
        let client = try await calls.client(metadata, context)
        guard client.key.namespace == namespace else {
            throw ServiceError(
                .permissionDenied,
                "namespace mismatch: the request is for \"\(namespace)\", "
                    + "client \(client.metadata.name) is of \"\(client.key.namespace)\""
            )
        }
        return client
    }

    /// The options of a page.
    /// - Throws: `ServiceError` for a negative size.
    func page(size: Int32, token: String, selector: LabelSelector) throws(ServiceError) -> ListOptions {
        if size < 0 { throw .invalidArgument("page_size", "must not be negative, got \(size)") }
        let limit = size == 0 ? Self.largestPage : min(Int(size), Self.largestPage)
        return ListOptions(labelSelector: selector, limit: limit, continueToken: token.isEmpty ? nil : token)
    }

    /// A page of objects.
    /// - Throws: `ServiceError` naming the field when it is the token that the store does not accept.
    func list(_ options: ListOptions, _ read: (ListOptions) async throws -> ObjectList) async throws -> ObjectList {
        do {
            return try await read(options)
        } catch let error as StoreError where options.continueToken != nil {
            switch error.reason {
            case .badRequest, .invalid, .expired:
                throw ServiceError.invalidArgument("page_token", "\(error.message); list again from the beginning")
            default: throw error
            }
        }
    }

    /// A selector given as text.
    /// - Throws: `ServiceError` naming the field.
    func selector(_ text: String, field: String) throws(ServiceError) -> LabelSelector {
        do {
            return try LabelSelector(parsing: text)
        } catch {
            throw .invalidArgument(field, error.description)
        }
    }
}
