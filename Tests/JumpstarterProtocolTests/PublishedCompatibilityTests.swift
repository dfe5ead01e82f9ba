import JumpstarterProtocol
import SwiftProtobuf
import Testing

/// Our own proto files against the descriptors that real clients and exporters were built from.
@Suite("Compatibility with the published descriptors")
struct PublishedCompatibilityTests {
    @Test("everything published is ours too, unchanged", arguments: PublishedDescriptors.all)
    func nothingPublishedIsMissingOrChanged(_ published: PublishedDescriptors) throws {
        let differences = DescriptorDifference.between(
            published: try published.load(),
            ours: try ProtocolDescriptors.load()
        )
        for difference in differences where difference.published != nil {
            Issue.record("\(published.version): \(difference)")
        }
    }

    @Test("what we declare beyond 0.9.0 is exactly what the protocol has gained since")
    func additionsAreTheKnownOnes() throws {
        let differences = DescriptorDifference.between(
            published: try PublishedDescriptors.v0_9_0.load(),
            ours: try ProtocolDescriptors.load()
        )
        let added = differences.filter { $0.published == nil }.map(\.path)
        let unexpected = added.filter { path in !Self.additions.contains { path.isPart(of: $0) } }
        #expect(unexpected == [])
        let stale = Self.additions.filter { addition in !added.contains { $0.isPart(of: addition) } }
        #expect(stale == [])
    }

    /// Declarations newer than version 0.9.0 of the package.
    static let additions = [
        "jumpstarter.client.v1.Lease.ContextEntry",
        "jumpstarter.client.v1.Lease[15]",
        "jumpstarter.v1.ControllerService/GetServiceEndpoints",
        "jumpstarter.v1.GetServiceEndpointsRequest",
        "jumpstarter.v1.GetServiceEndpointsResponse",
        "jumpstarter.v1.LogEntry",
        "jumpstarter.v1.PushLogsRequest",
        "jumpstarter.v1.PushLogsResponse",
        "jumpstarter.v1.StatusResponse.ContextEntry",
        "jumpstarter.v1.StatusResponse[4]",
        "jumpstarter.v1.TelemetryEndpoint",
        "jumpstarter.v1.TelemetryService",
        "jumpstarter/v1/telemetry.proto",
    ]
}

extension String {
    /// Whether this path is a declaration's own or below it.
    fileprivate func isPart(of declaration: String) -> Bool {
        guard hasPrefix(declaration) else { return false }
        guard let next = dropFirst(declaration.count).first else { return true }
        return ".[/".contains(next)
    }
}
