/// What an import did, or would do.
package struct LabImportReport: Sendable, Hashable, CustomStringConvertible {
    /// True when nothing was written.
    package var isDryRun: Bool
    /// The objects that were made, such as `clients.jumpstarter.dev "alice"`, in that order.
    package var created: [String] = []
    /// Objects of an interrupted import whose status was written now.
    package var completed: [String] = []
    /// Objects that were there and stayed as they are.
    package var skipped: [String] = []
    /// What is worth a look: owners that did not move, leases of clients that are not in the file.
    package var warnings: [String] = []

    package init(isDryRun: Bool) { self.isDryRun = isDryRun }

    /// For the terminal, a line for each object.
    package var description: String {
        let verb = isDryRun ? "would be " : ""
        let lines =
            created.map { "\($0) \(verb)created" } + completed.map { "\($0) \(verb)completed" }
            + skipped.map { "\($0) \(verb)skipped: it exists" } + warnings.map { "warning: \($0)" }
        return lines.joined(separator: "\n")
    }
}
