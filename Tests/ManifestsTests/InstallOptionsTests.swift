import Manifests
import Resources
import Testing

@Suite struct InstallOptionsTests {
    @Test("A value of a name that does not exist is refused by its path")
    func unknown() {
        #expect(throws: InstallOptions.Problem.self) { try InstallOptions(values: "routers: {cuont: 2}") }
    }

    @Test("Values are laid over the defaults")
    func merged() throws {
        let options = try InstallOptions(values: "routers: {count: 2}\nexposure: {annotations: {a: b}}")
        #expect(options.routers.count == 2)
        #expect(options.routers.drainSeconds == 300)
        #expect(options.exposure.annotations == ["a": "b"])
    }

    @Test("A ServiceMonitor takes its labels, and reads a Service that no other of ours looks like")
    func monitoring() throws {
        let options = try InstallOptions(values: "serviceMonitor: {enabled: true, labels: {release: prometheus}}")
        let objects = try Manifests(options).objects
        let monitor = try #require(objects.first { $0["kind"] == "ServiceMonitor" })
        #expect(monitor["metadata"]?["labels"]?["release"] == "prometheus")
        let selector = try #require(monitor["spec"]?["selector"]?["matchLabels"]?.objectValue)
        let found = objects.filter { object in
            let labels = object["metadata"]?["labels"]?.objectValue ?? [:]
            return object["kind"] == "Service" && selector.allSatisfy { labels[$0.key] == $0.value }
        }
        #expect(found.map { $0["metadata"]?["name"] } == ["jumpstarter-metrics"])
        #expect(try !Manifests().objects.contains { $0["kind"] == "ServiceMonitor" })
    }

    @Test("An exposure to the outside needs public endpoints")
    func exposure() {
        var options = InstallOptions()
        options.exposure.type = .loadBalancer
        #expect(options.problems.map(\.option) == ["endpoint", "routers.endpoint"])
    }

    @Test("The controller may not reach beyond its table")
    func access() {
        #expect(ControllerAccess.allows("update", group: "jumpstarter.dev", resource: "leases/status"))
        #expect(!ControllerAccess.allows("delete", group: "", resource: "secrets"))
    }
}
