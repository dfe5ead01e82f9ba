import Leasing
import Resources
import Testing

@Suite struct ExporterAvailabilityTests {
    @Test("Registered, online, without a lease and Available is free")
    func free() { #expect(Exporter.free("a").availability == .free) }

    @Test("An exporter that never reports a status counts as available", arguments: [nil, ExporterState.unspecified])
    func neverReports(state: ExporterState?) {
        var exporter = Exporter.free("a")
        exporter.status.exporterStatus = state
        #expect(exporter.availability == .free)
    }

    @Test("Not online or not registered is offline, even with a lease")
    func offline() {
        #expect(Exporter.offline("a").availability == .offline)
        var unregistered = Exporter.held("a")
        unregistered.setCondition(Exporter.ConditionType.registered, false)
        #expect(unregistered.availability == .offline)
        #expect(Exporter(metadata: ObjectMeta(name: "new")).availability == .offline)
    }

    @Test("A lease holds an exporter whatever it reports")
    func leased() {
        var exporter = Exporter.held("a")
        #expect(exporter.availability == .leased)
        exporter.status.exporterStatus = .available
        #expect(exporter.availability == .leased)
    }

    @Test(
        "Online without a lease but in a hook, or after a failed one, is not ready",
        arguments: [
            ExporterState.beforeLeaseHook, .leaseReady, .afterLeaseHook, .beforeLeaseHookFailed, .afterLeaseHookFailed,
        ]
    )
    func notReady(state: ExporterState) { #expect(Exporter.busy("a", state).availability == .notReady(state)) }
}
