import Foundation
import KubernetesStore

extension KubernetesEnvironment {
    /// The variables, files and clock of this process.
    static var ofThisProcess: KubernetesEnvironment {
        KubernetesEnvironment(
            variables: ProcessInfo.processInfo.environment,
            homeDirectory: FileManager.default.homeDirectoryForCurrentUser.path,
            readFile: { try Data(contentsOf: URL(filePath: $0)) },
            fileExists: { FileManager.default.fileExists(atPath: $0) },
            now: { Date() }
        )
    }
}
