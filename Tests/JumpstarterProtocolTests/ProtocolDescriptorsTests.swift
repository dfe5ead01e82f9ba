import JumpstarterProtocol
import SwiftProtobuf
import Testing

@Suite("Embedded descriptors")
struct ProtocolDescriptorsTests {
    @Test("every file comes after the files it imports")
    func importsAreComplete() throws {
        var seen: Set<String> = []
        for file in try ProtocolDescriptors.load().file {
            for dependency in file.dependency {
                #expect(seen.contains(dependency), "\(file.name) imports \(dependency)")
            }
            seen.insert(file.name)
        }
    }

    @Test("every service that the gRPC port serves is described")
    func services() throws {
        let services = try ProtocolDescriptors.load().file.flatMap { file in
            file.service.map { "\(file.package).\($0.name)" }
        }
        #expect(
            services.sorted() == [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "jumpstarter.client.v1.ClientService",
                "jumpstarter.v1.ControllerService",
                "jumpstarter.v1.ExporterService",
                "jumpstarter.v1.RouterService",
                "jumpstarter.v1.TelemetryService",
            ]
        )
    }
}
