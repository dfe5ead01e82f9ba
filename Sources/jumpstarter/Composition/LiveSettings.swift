import ControllerService
import Fleet
import ServiceConfiguration
import Synchronization

/// The settings that calls are served by; those that may change while the service runs are read anew for each call.
final class LiveSettings: Sendable {
    struct Settings: Sendable {
        var configuration: JumpstarterConfiguration
        var routers: RouterDirectory

        var labels: LabelPresentation {
            LabelPresentation(hidden: configuration.hiddenLabels, deprecated: configuration.deprecatedLabels)
        }

        var telemetryTargets: [ControllerProvider.TelemetryTarget] {
            guard configuration.telemetry.enabled, let endpoint = configuration.telemetry.endpoint else { return [] }
            return [
                .init(
                    endpoint: endpoint.description,
                    certificate: configuration.telemetry.certificate,
                    minimumSeverity: configuration.telemetry.minimumSeverity
                )
            ]
        }
    }

    private let state: Mutex<Settings>

    init(_ settings: Settings) { state = Mutex(settings) }

    var current: Settings { state.withLock { $0 } }

    func replace(_ settings: Settings) { state.withLock { $0 = settings } }
}
