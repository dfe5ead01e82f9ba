import Resources

/// A column of the tables that `kubectl get` prints.
package struct TableColumn: Sendable {
    package var name: String
    /// `string`, `integer`, `boolean` or `date`.
    package var type: String
    /// `name` for the column of names.
    package var format: String
    package var description: String
    /// Columns above 0 appear only with `-o wide`.
    package var priority: Int
    /// Where the value is found, for custom resource definitions; nil for columns that these add by themselves.
    package var path: [String]?
    /// The cell of an object at a moment.
    var cell: @Sendable (UnstructuredObject, Timestamp) -> JSONValue

    /// A column whose cells are made by a closure.
    init(
        _ name: String,
        type: String = "string",
        format: String = "",
        _ description: String,
        priority: Int = 0,
        path: [String]? = nil,
        cell: @escaping @Sendable (UnstructuredObject, Timestamp) -> JSONValue
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.description = description
        self.priority = priority
        self.path = path
        self.cell = cell
    }
}

extension TableColumn {
    static let name = TableColumn("Name", format: "name", "The name of the object.") { object, _ in
        .string(object.metadata.name)
    }

    static let age = TableColumn(
        "Age",
        "How long ago the object was created.",
        path: ["metadata", "creationTimestamp"]
    ) {
        .string(HumanDuration.since($0.metadata.creationTimestamp, now: $1))
    }

    static func text(_ name: String, _ path: [String], _ description: String, priority: Int = 0) -> TableColumn {
        TableColumn(name, description, priority: priority, path: path) { object, _ in
            object.value(at: path).map { .string($0.cellText) } ?? .null
        }
    }

    static func flag(_ name: String, _ path: [String], _ description: String) -> TableColumn {
        TableColumn(name, type: "boolean", description, path: path) { object, _ in object.value(at: path) ?? .null }
    }

    /// How many members a map has.
    static func count(_ name: String, _ path: [String], _ description: String) -> TableColumn {
        TableColumn(name, type: "integer", description) { object, _ in
            .integer(Int64(object.value(at: path)?.objectValue?.count ?? 0))
        }
    }

    /// The entry of `columnDefinitions`.
    var definition: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description),
            "priority": .integer(Int64(priority)),
        ]
    }
}

extension UnstructuredObject {
    /// The value at a path outside of metadata.
    func value(at path: [String]) -> JSONValue? {
        guard let first = path.first else { return nil }
        return content[first]?[path: Array(path.dropFirst())]
    }
}

extension JSONValue {
    /// The value as a cell of a table shows it.
    var cellText: String {
        if case .string(let text) = self { return text }
        return String(decoding: text, as: UTF8.self)
    }
}
