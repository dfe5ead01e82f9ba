import Fleet
import Foundation
import Logging
import ObjectStore
import Reconciling
import Resources
import ServiceConfiguration
import ServiceLifecycle

/// The configuration in the ConfigMap `jumpstarter-controller`: read at the start, and again whenever it changes.
struct ClusterConfiguration: Service {
    static let configMapName = "jumpstarter-controller"

    let store: any ObjectStore
    let namespace: String
    let settings: LiveSettings
    let events: EventRecorder
    let logger: Logger

    /// The settings as the ConfigMap has them; the defaults when there is none.
    /// - Parameter fallback: The router to use when the ConfigMap names none.
    /// - Throws: `ConfigurationError` with everything that is wrong; `StoreError`.
    static func read(
        from store: any ObjectStore,
        namespace: String,
        fallback: RouterEntry,
        logger: Logger
    ) async throws -> LiveSettings.Settings {
        do {
            let map = try await store.get(ConfigMap.self, ObjectKey(namespace: namespace, name: configMapName))
            return try settings(of: map, fallback: fallback)
        } catch let error as StoreError where error.reason == .notFound {
            logger.notice("there is no ConfigMap \(configMapName) in \(namespace); the defaults are used")
            return .init(
                configuration: JumpstarterConfiguration(),
                routers: RouterDirectory(entries: [], fallback: fallback)
            )
        }
    }

    private static func settings(of map: ConfigMap, fallback: RouterEntry) throws -> LiveSettings.Settings {
        let configuration = try JumpstarterConfiguration(yaml: map.data["config"] ?? "")
        let routers = try RouterMap(yaml: map.data["router"] ?? "").routers.map { name, router in
            RouterEntry(name: name, endpoint: router.endpoint.description, labels: router.labels)
        }
        return .init(
            configuration: configuration,
            routers: RouterDirectory(
                entries: routers.sorted { $0.name < $1.name },
                fallback: routers.isEmpty ? fallback : nil
            )
        )
    }

    let fallback: RouterEntry

    /// Watches the ConfigMap until shut down.
    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    do {
                        try await watch()
                    } catch let error as StoreError {
                        logger.warning("the watch of the configuration broke off", metadata: ["error": "\(error)"])
                    }
                    try await Task.sleep(for: .seconds(1))
                }
            }
        } catch is CancellationError {
            // The end that was asked for.
        }
    }

    private func watch() async throws {
        let name = Self.configMapName
        let options = WatchOptions(
            fieldSelector: try FieldSelector(parsing: "metadata.name=\(name)"),
            allowBookmarks: true
        )
        for try await event in try await store.watch(.configMaps, namespace: namespace, options: options) {
            switch event {
            case .added(let object), .modified(let object):
                take(try object.decoded(as: ConfigMap.self))
            case .deleted, .bookmark:
                // Without a ConfigMap the last settings stay: taking them away is not what a deletion by mistake is for.
                break
            }
        }
    }

    /// Uses what may change while the service runs, and tells of what needs a restart.
    private func take(_ map: ConfigMap) {
        let wanted: LiveSettings.Settings
        do {
            wanted = try Self.settings(of: map, fallback: fallback)
        } catch {
            logger.error("the changed configuration is not used", metadata: ["error": "\(error)"])
            return events.record(about: map, "ConfigurationInvalid", "Not used: \(error)", severity: .warning)
        }
        let before = settings.current
        var next = wanted
        var pending: [String] = []
        if wanted.configuration.authentication != before.configuration.authentication {
            next.configuration.authentication = before.configuration.authentication
            pending.append("authentication")
        }
        if wanted.configuration.keepalive != before.configuration.keepalive {
            next.configuration.keepalive = before.configuration.keepalive
            pending.append("grpc.keepalive")
        }
        if next.configuration != before.configuration || next.routers != before.routers {
            settings.replace(next)
            logger.notice("the changed configuration is used")
            events.record(about: map, "ConfigurationReloaded", "The changed configuration is used")
        }
        if pending.isEmpty { return }
        let message = "Restart the controller for changes of \(pending.joined(separator: " and ")) to take effect"
        logger.warning("a change of the configuration needs a restart", metadata: ["keys": "\(pending)"])
        events.record(about: map, "RestartNeeded", message, severity: .warning)
    }
}
