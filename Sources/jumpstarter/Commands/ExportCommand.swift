import ArgumentParser
import Foundation
import Moving

/// `jumpstarter export`: a lab as a file, for a backup or a move.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints a lab as YAML, for jumpstarter import on another service, or as a backup.",
        discussion: """
            Clients, exporters, access policies, leases and credentials of one namespace, with their status. The output \
            holds tokens. A data folder must not be in use: stop the standalone service first, which otherwise holds \
            the folder's lock. On a cluster the controller may run, though leases made later are not in the output. \
            See docs/moving.md.
            """
    )

    @OptionGroup var location: LabLocation

    @Option(help: "The file to write, with mode 0600. Default: standard output.")
    var output: String?

    @Flag(help: "Leases that have ended, too.")
    var withEndedLeases = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            try await location.withStore(mustExist: true, logger: logger) { store, contextNamespace in
                let yaml = try await LabExport.make(
                    from: store,
                    namespace: location.namespace ?? contextNamespace ?? "default",
                    withEndedLeases: withEndedLeases
                )
                try write(yaml)
            }
        } catch {
            throw CommandFailure.told(error)
        }
    }

    private func write(_ yaml: String) throws {
        guard let output else {
            try FileHandle.standardOutput.write(contentsOf: Data(yaml.utf8))
            return
        }
        // Under another name first: a backup from before stays whole until the new one is.
        let draft = output + ".new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(draft) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard fchmod(descriptor, 0o600) == 0 else { throw Self.failure(draft) }
        do {
            try file.write(contentsOf: Data(yaml.utf8))
            try file.synchronize()
            try file.close()
        } catch {
            throw StartupError("--output \(draft): cannot be written: \(error.localizedDescription)")
        }
        guard rename(draft, output) == 0 else { throw Self.failure(output) }
    }

    private static func failure(_ path: String) -> StartupError {
        StartupError("--output \(path): cannot be written: \(String(cString: strerror(errno)))")
    }
}
