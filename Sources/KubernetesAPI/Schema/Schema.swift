package import Resources

/// The shape of a JSON value: what validation checks, what OpenAPI tells `kubectl explain`, and what a custom resource
/// definition is printed from. One source for the three.
package struct Schema: Sendable, Hashable {
    package indirect enum Shape: Sendable, Hashable {
        case object([Property])
        /// Members of any name.
        case map(of: Schema)
        case list(of: Schema, ListType)
        case string(StringFormat)
        case integer(IntegerFormat)
        case boolean
        /// Metadata of objects: printed as a reference in OpenAPI, as a bare object in a definition.
        case objectMeta([Property])
    }

    package struct Property: Sendable, Hashable {
        package var name: String
        package var schema: Schema
        package var isRequired: Bool
    }

    package enum StringFormat: Sendable, Hashable {
        case text
        /// RFC 3339.
        case dateTime
        /// Go's `time.Duration`; has no name in OpenAPI.
        case duration
        /// Base64.
        case bytes
        /// One of these words.
        case oneOf([String])
    }

    package enum IntegerFormat: String, Sendable, Hashable {
        case int32
        case int64
    }

    /// How a strategic merge patch treats a list.
    package enum ListType: Sendable, Hashable {
        /// Replaced as a whole.
        case atomic
        /// Words, merged as a set.
        case set
        /// Objects, told apart by one member.
        case map(key: String)
    }

    /// A rule in CEL, as custom resource definitions carry it; here it is checked by `Validatable`.
    package struct Rule: Sendable, Hashable {
        package var rule: String
        package var message: String

        package init(_ rule: String, _ message: String) {
            self.rule = rule
            self.message = message
        }
    }

    package var description: String
    package var shape: Shape
    /// What an absent member is set to.
    package var defaultValue: JSONValue?
    package var rules: [Rule] = []
    package var maximumEntries: Int?

    package init(_ description: String, _ shape: Shape, defaultValue: JSONValue? = nil) {
        self.description = description
        self.shape = shape
        self.defaultValue = defaultValue
    }
}

extension Schema {
    static func text(_ description: String) -> Schema { Schema(description, .string(.text)) }
    static func time(_ description: String) -> Schema { Schema(description, .string(.dateTime)) }
    static func duration(_ description: String) -> Schema { Schema(description, .string(.duration)) }
    static func flag(_ description: String) -> Schema { Schema(description, .boolean) }
    static func number(_ description: String, _ format: IntegerFormat = .int32) -> Schema {
        Schema(description, .integer(format))
    }
    static func word(_ description: String, of words: [String]) -> Schema {
        Schema(description, .string(.oneOf(words)))
    }
    static func object(_ description: String, _ properties: Property...) -> Schema {
        Schema(description, .object(properties))
    }
    static func list(_ description: String, of element: Schema, _ type: ListType = .atomic) -> Schema {
        Schema(description, .list(of: element, type))
    }
    static func texts(_ description: String) -> Schema { Schema(description, .map(of: .text(""))) }

    func defaulting(to value: JSONValue) -> Schema {
        var copy = self
        copy.defaultValue = value
        return copy
    }

    func limited(to entries: Int) -> Schema {
        var copy = self
        copy.maximumEntries = entries
        return copy
    }

    func ruled(by rules: Rule...) -> Schema {
        var copy = self
        copy.rules = rules
        return copy
    }
}

extension Schema.Property {
    static func required(_ name: String, _ schema: Schema) -> Schema.Property {
        Schema.Property(name: name, schema: schema, isRequired: true)
    }

    static func optional(_ name: String, _ schema: Schema) -> Schema.Property {
        Schema.Property(name: name, schema: schema, isRequired: false)
    }
}
