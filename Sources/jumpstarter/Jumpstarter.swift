import ArgumentParser

/// The command line of the service.
@main
struct Jumpstarter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jumpstarter",
        abstract: "Shares a lab's devices: leases each to one user at a time and connects that user to it.",
        version: Release.version,
        subcommands: [
            Standalone.self, ControllerCommand.self, RouterCommand.self, ManifestsCommand.self,
            KubernetesAPICommand.self, ExportCommand.self, ImportCommand.self,
        ]
    )
}
