import Foundation
import ObjectStore
import Resources

/// Prints the events of one watch, a line of JSON each (`metav1.WatchEvent`).
struct EventPrinter: Sendable {
    var printer: AnswerPrinter
    /// Whether the end of the initial events is told; else that bookmark is a plain one.
    let marksInitialEvents: Bool
    /// The end of ages in tables.
    let now: @Sendable () -> Date

    init(printer: AnswerPrinter, marksInitialEvents: Bool, now: @escaping @Sendable () -> Date) {
        self.printer = printer
        self.marksInitialEvents = marksInitialEvents
        self.now = now
    }

    func line(_ event: WatchEvent) -> Data {
        switch event {
        case .added(let object): line("ADDED", object)
        case .modified(let object): line("MODIFIED", object)
        case .deleted(let object): line("DELETED", object)
        case .bookmark(let version, let isEnd): bookmark(version, isEnd: isEnd && marksInitialEvents)
        }
    }

    /// The last line of a watch that cannot go on.
    func line(_ status: APIStatus) -> Data { line("ERROR") { $0.value(status.value) } }

    private func line(_ type: StaticString, _ object: UnstructuredObject) -> Data {
        var printer = printer
        if printer.format.view == .table { printer.table.now = Timestamp(now()) }
        return line(type) { printer.write(object, to: &$0) }
    }

    private func bookmark(_ version: String, isEnd: Bool) -> Data {
        if printer.format.view == .table { return line("BOOKMARK") { printer.table.write(bookmark: version, to: &$0) } }
        let annotations: JSONValue = ["k8s.io/initial-events-end": "true"]
        var metadata: JSONValue = ["resourceVersion": .string(version)]
        if isEnd { metadata["annotations"] = annotations }
        let type = printer.kind.type
        let object: JSONValue = [
            "apiVersion": .string(printer.format.view == .metadata ? "meta.k8s.io/v1" : type.apiVersion),
            "kind": .string(printer.format.view == .metadata ? "PartialObjectMetadata" : type.kind),
            "metadata": metadata,
        ]
        return line("BOOKMARK") { $0.value(object) }
    }

    private func line(_ type: StaticString, _ write: (inout JSONWriter) -> Void) -> Data {
        var writer = JSONWriter()
        writer.raw("{\"type\":\"")
        writer.raw(type)
        writer.raw("\",\"object\":")
        write(&writer)
        writer.raw("}\n")
        return writer.data
    }
}
