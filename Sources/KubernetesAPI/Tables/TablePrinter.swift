import ObjectStore
import Resources

/// Prints objects as `meta.k8s.io/v1` Tables, from which `kubectl get` makes its columns.
struct TablePrinter: Sendable {
    /// What each row carries beside its cells (`includeObject`).
    enum Include: String, Sendable {
        case nothing = "None"
        case metadata = "Metadata"
        case object = "Object"

        /// - Throws: `APIStatus` 400 for another word.
        init(_ query: QueryParameters) throws(APIStatus) {
            guard let word = query["includeObject"] else {
                self = .metadata
                return
            }
            guard let value = Include(rawValue: word) else {
                throw .badRequest("includeObject=\"\(word)\" is not supported; expected None, Metadata or Object")
            }
            self = value
        }
    }

    let kind: KindDefinition
    let include: Include
    /// The end of the ages that the table shows.
    var now: Timestamp

    func write(_ list: ObjectList, to writer: inout JSONWriter) {
        begin(withColumns: true, to: &writer)
        list.writeMetadata(to: &writer)
        rows(list.items, to: &writer)
    }

    /// A table of one row. In a watch each carries the columns: kubectl drops the first event when it watches one
    /// object, and would have none to print the others by.
    func write(_ object: UnstructuredObject, to writer: inout JSONWriter) {
        begin(withColumns: true, to: &writer)
        metadata(object.metadata.resourceVersion ?? "", to: &writer)
        rows([object], to: &writer)
    }

    /// A table without rows, as a bookmark.
    func write(bookmark resourceVersion: String, to writer: inout JSONWriter) {
        begin(withColumns: false, to: &writer)
        metadata(resourceVersion, to: &writer)
        rows([], to: &writer)
    }

    private func begin(withColumns: Bool, to writer: inout JSONWriter) {
        writer.raw("{\"apiVersion\":\"meta.k8s.io/v1\",\"kind\":\"Table\",\"columnDefinitions\":")
        if withColumns {
            writer.array(kind.columns) { $0.value($1.definition) }
        } else {
            writer.raw("null")
        }
        writer.raw(",\"metadata\":")
    }

    private func metadata(_ resourceVersion: String, to writer: inout JSONWriter) {
        writer.raw("{\"resourceVersion\":")
        writer.string(resourceVersion)
        writer.raw("}")
    }

    private func rows(_ objects: [UnstructuredObject], to writer: inout JSONWriter) {
        writer.raw(",\"rows\":")
        writer.array(objects) { row($1, to: &$0) }
        writer.raw("}")
    }

    private func row(_ object: UnstructuredObject, to writer: inout JSONWriter) {
        writer.raw("{\"cells\":")
        writer.array(kind.columns) { $0.value($1.cell(object, now)) }
        switch include {
        case .nothing: break
        case .metadata:
            writer.raw(",\"object\":")
            ObjectPrinter.writeMetadata(of: object, to: &writer)
        case .object:
            writer.raw(",\"object\":")
            ObjectPrinter.write(object, to: &writer)
        }
        writer.raw("}")
    }
}
