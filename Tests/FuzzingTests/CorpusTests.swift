import Foundation
import Testing

/// The kept inputs: what fuzzing has found worth keeping, and all that has ever failed.
@Suite("Kept inputs of fuzzing", .timeLimit(.minutes(5)))
struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    @Test("break nothing", arguments: FuzzTarget.allCases)
    func keptInputs(_ target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            do {
                try target.run(Data(contentsOf: file))
            } catch {
                Issue.record("\(target.rawValue), \(file.lastPathComponent): \(error)")
            }
        }
    }

    @Test("have a target each")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path(percentEncoded: false))
        #expect(folders.sorted() == FuzzTarget.allCases.map(\.rawValue).sorted())
    }
}
