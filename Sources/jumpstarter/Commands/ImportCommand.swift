import ArgumentParser
import Foundation
import Moving

/// `jumpstarter import`: a lab from a file that `jumpstarter export` made.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Brings a lab that jumpstarter export printed into a data folder or a cluster.",
        discussion: """
            Everything is checked before anything is written. No controller may work on the namespace meanwhile: stop \
            the standalone service, which otherwise holds the folder's lock; on a cluster scale the controller to 0 \
            replicas, or use --without-leases. Tokens stay good when the service has the keys of the old one. See \
            docs/moving.md.
            """
    )

    @Argument(help: "The file to import; - for standard input.")
    var file: String

    @OptionGroup var location: LabLocation

    @Flag(help: "Check everything and say what would be done, but write nothing.")
    var dryRun = false

    @Flag(help: "Leave objects that exist as they are. Also completes an import that was interrupted.")
    var skipExisting = false

    @Flag(help: "Leave leases out; every exporter arrives free.")
    var withoutLeases = false

    @OptionGroup var log: LogOptions

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            let yaml = try read()
            try await location.withStore(mustExist: false, logger: logger) { store, _ in
                let report = try await LabImport.apply(
                    yaml,
                    to: store,
                    options: .init(
                        namespace: location.namespace,
                        isDryRun: dryRun,
                        skipsExisting: skipExisting,
                        withoutLeases: withoutLeases
                    )
                )
                print(report)
            }
        } catch {
            throw CommandFailure.told(error)
        }
    }

    private func read() throws -> String {
        let data: Data
        do {
            data =
                try file == "-"
                ? FileHandle.standardInput.readToEnd() ?? Data()
                : Data(contentsOf: URL(filePath: file))
        } catch {
            throw StartupError("\(file): cannot be read: \(error.localizedDescription)")
        }
        guard let text = String(data: data, encoding: .utf8) else { throw StartupError("\(file): is not UTF-8 text") }
        return text
    }
}
