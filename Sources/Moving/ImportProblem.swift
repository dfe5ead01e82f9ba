/// One thing that is wrong with the file of a lab.
package struct ImportProblem: Sendable, Hashable, CustomStringConvertible {
    /// The document, counted from 1.
    package var document: Int
    /// The line of the file on which that document begins, from 1.
    package var line: Int
    /// The path of the field, such as `status.exporterRef.name`; empty for the document as a whole.
    package var path: String
    /// What is wrong and what would be accepted.
    package var detail: String

    package var description: String {
        "document \(document) (line \(line)): " + (path.isEmpty ? detail : "\(path): \(detail)")
    }
}

/// Why a lab was not imported. Unless said otherwise, nothing was written.
package enum LabImportError: Error, Hashable, CustomStringConvertible {
    /// The file is wrong; everything that is.
    case invalid([ImportProblem])
    /// The namespace has objects of these names already.
    case existing([String])
    /// Exporters that the file's leases hold are held by other leases there.
    case held([String])
    /// A write failed: what came before it is there, and the import can be repeated with existing objects skipped.
    case interrupted(object: String, after: LabImportReport, reason: String)

    package var description: String {
        switch self {
        case .invalid(let problems): Self.list("the file cannot be imported:", problems.map(\.description))
        case .existing(let names):
            Self.list("these objects exist already; skip them (--skip-existing), or delete them first:", names)
        case .held(let names):
            Self.list(
                "these exporters are held by other leases; release those, or import without leases "
                    + "(--without-leases):",
                names
            )
        case .interrupted(let object, let report, let reason):
            "\(object): \(reason)\n\(report.created.count) objects were imported before it; "
                + "once the cause is gone, repeat the import with --skip-existing"
        }
    }

    private static func list(_ title: String, _ lines: [String]) -> String {
        ([title] + lines.map { "  " + $0 }).joined(separator: "\n")
    }
}
