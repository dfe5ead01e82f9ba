package import GRPCCore
package import JumpstarterProtocol
import Reconciling
import Resources

extension ControllerProvider {
    package func register(
        request: ServerRequest<Jumpstarter_V1_RegisterRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_RegisterResponse> {
        let exporter = try await calls.exporter(request.metadata, context)
        let message = request.message
        for (key, value) in message.labels.sorted(by: { $0.key < $1.key }) {
            if let problem = LabelSyntax.problem(withKey: key) ?? LabelSyntax.problem(withValue: value) {
                throw ServiceError.invalidArgument("labels[\(key.prefix(64))]", problem)
            }
        }
        var response = Jumpstarter_V1_RegisterResponse()
        response.uuid = try await lab.register(
            exporter.key,
            labels: message.labels,
            devices: message.reports.map { report in
                Exporter.Device(
                    uuid: report.uuid,
                    parentUUID: report.hasParentUuid ? report.parentUuid : nil,
                    labels: report.labels
                )
            }
        )
        return ServerResponse(message: response)
    }

    package func unregister(
        request: ServerRequest<Jumpstarter_V1_UnregisterRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_UnregisterResponse> {
        let exporter = try await calls.exporter(request.metadata, context)
        try await lab.unregister(exporter.key, reason: String(request.message.reason.prefix(1024)))
        return ServerResponse(message: .init())
    }

    package func reportStatus(
        request: ServerRequest<Jumpstarter_V1_ReportStatusRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_ReportStatusResponse> {
        let exporter = try await calls.exporter(request.metadata, context)
        let message = request.message
        if message.releaseLease {
            let passed: PassedCall<Jumpstarter_V1_ReportStatusResponse> = try await leader.pass(request, context)
            if case .answered(let response) = passed { return ServerResponse(message: response) }
        }
        try await lab.report(
            message.status.exporterState(),
            message: message.hasMessage ? String(message.message.prefix(4096)) : nil,
            releaseLease: message.releaseLease,
            by: exporter.key
        )
        return ServerResponse(message: .init())
    }

    package func status(
        request: ServerRequest<Jumpstarter_V1_StatusRequest>,
        context: ServerContext
    ) async throws -> StreamingServerResponse<Jumpstarter_V1_StatusResponse> {
        let key = try await calls.exporter(request.metadata, context).key
        let lab = lab
        return StreamingServerResponse { writer in
            try await context.untilCancelled {
                try await lab.withStatusFeed(of: key) { assignments in
                    for await assignment in assignments { try await writer.write(.init(assignment)) }
                }
                // The feed has no end of its own: the task was cancelled, the lab stops, or the exporter lags behind.
                try Task.checkCancellation()
                throw ServiceError(.unavailable, "the Status stream was interrupted; connect again")
            }
            return [:]
        }
    }

    package func listen(
        request: ServerRequest<Jumpstarter_V1_ListenRequest>,
        context: ServerContext
    ) async throws -> StreamingServerResponse<Jumpstarter_V1_ListenResponse> {
        let exporter = try await calls.exporter(request.metadata, context)
        let key = try exporter.key.lease(named: request.message.leaseName)
        var lease = try await lab.lease(key)
        if lease.exporterName != exporter.key.name || lease.status.ended {
            // Another replica may have assigned it a moment ago.
            lease = try await lab.freshLease(key)
        }
        guard lease.exporterName == exporter.key.name, !lease.status.ended else {
            throw ServiceError(
                .failedPrecondition,
                "lease \(key.name) is not held by exporter \(exporter.key.name)\(lease.status.ended ? " any more" : "")"
            )
        }
        let meeting = meeting
        let time = time
        let inherited = await peers.takeOver(key)
        return StreamingServerResponse { writer in
            try await context.untilCancelled {
                try await meeting.listen(key, inheriting: inherited, now: { time.now() }) { invitation in
                    var response = Jumpstarter_V1_ListenResponse()
                    response.routerEndpoint = invitation.routerEndpoint
                    response.routerToken = invitation.routerToken
                    try await writer.write(response)
                }
                throw ServiceError(.aborted, "a newer Listen stream of lease \(key.name) has taken over")
            }
            return [:]
        }
    }

    package func getServiceEndpoints(
        request: ServerRequest<Jumpstarter_V1_GetServiceEndpointsRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_GetServiceEndpointsResponse> {
        _ = try await calls.exporter(request.metadata, context)
        var response = Jumpstarter_V1_GetServiceEndpointsResponse()
        response.telemetryEndpoints = telemetry().map { target in
            var endpoint = Jumpstarter_V1_TelemetryEndpoint()
            endpoint.endpoint = target.endpoint
            endpoint.certificate = target.certificate
            endpoint.minSeverity = target.minimumSeverity
            return endpoint
        }
        return ServerResponse(message: response)
    }

    package func auditStream(
        request: StreamingServerRequest<Jumpstarter_V1_AuditStreamRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<SwiftProtobufEmpty> {
        throw ServiceError(.unimplemented, "AuditStream is not served; exporters send logs to TelemetryService")
    }
}

extension Lease {
    fileprivate var exporterName: String? { status.exporterRef?.name }
}

extension ObjectKey {
    /// The lease of that name in the same namespace.
    /// - Throws: `ServiceError` when the name is missing or malformed.
    func lease(named name: String, field: String = "lease_name") throws(ServiceError) -> ObjectKey {
        if name.isEmpty { throw .invalidArgument(field, "is required") }
        if let problem = LabelSyntax.problem(withSubdomain: name) {
            throw .invalidArgument(field, "\"\(name.prefix(300))\" \(problem)")
        }
        return ObjectKey(namespace: namespace, name: name)
    }
}

extension Jumpstarter_V1_StatusResponse {
    fileprivate init(_ assignment: ExporterAssignment) {
        self.init()
        guard case .leased(let lease, let client, let context) = assignment else { return }
        leased = true
        leaseName = lease
        clientName = client
        self.context = context
    }
}
