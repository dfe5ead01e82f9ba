package import Resources

extension JSONValue {
    /// This document with the operations of a JSON Patch carried out in order (RFC 6902); all or none.
    /// - Throws: `JSONPatchError` naming the operation that does not apply, by its index from 0.
    package func applying(_ operations: [JSONPatchOperation]) throws(JSONPatchError) -> JSONValue {
        var document = self
        for (index, operation) in operations.enumerated() {
            do {
                try document.apply(operation)
            } catch {
                throw error.inOperation(index)
            }
        }
        return document
    }

    private mutating func apply(_ operation: JSONPatchOperation) throws(JSONPatchError) {
        switch operation {
        case .add(let path, let value):
            try edit(JSONPointer(parsing: path).steps[...], .add(value), at: path)
        case .remove(let path):
            try edit(JSONPointer(parsing: path).steps[...], .remove, at: path)
        case .replace(let path, let value):
            try edit(JSONPointer(parsing: path).steps[...], .replace(value), at: path)
        case .move(let from, let path):
            try move(from: from, to: path)
        case .copy(let from, let path):
            let value = try self.value(at: JSONPointer(parsing: from), from)
            try edit(JSONPointer(parsing: path).steps[...], .add(value), at: path)
        case .test(let path, let expected):
            let found = try value(at: JSONPointer(parsing: path), path)
            guard found.isEqual(to: expected) else { throw JSONPatchError("the test of \(path) failed") }
        }
    }

    private mutating func move(from: String, to path: String) throws(JSONPatchError) {
        let source = try JSONPointer(parsing: from)
        let target = try JSONPointer(parsing: path)
        if source.isProperPrefix(of: target) { throw JSONPatchError("\(from) cannot be moved into itself, \(path)") }
        let value = try self.value(at: source, from)
        if source == target { return }
        try edit(source.steps[...], .remove, at: from)
        try edit(target.steps[...], .add(value), at: path)
    }

    private func value(at pointer: JSONPointer, _ path: String) throws(JSONPatchError) -> JSONValue {
        var value = self
        for step in pointer.steps {
            guard let next = value.child(step) else { throw Self.nothing(at: path) }
            value = next
        }
        return value
    }

    private func child(_ step: String) -> JSONValue? {
        switch self {
        case .object(let members): members[step]
        case .array(let elements): Self.index(step).flatMap { $0 < elements.count ? elements[$0] : nil }
        default: nil
        }
    }

    /// RFC 6902 compares numbers by value, however they are written.
    private func isEqual(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer(let left), .number(let right)), (.number(let right), .integer(let left)):
            Double(left) == right
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { key, value in right[key].map { value.isEqual(to: $0) } ?? false }
        default: self == other
        }
    }

    private static func nothing(at path: String) -> JSONPatchError { JSONPatchError("there is nothing at \(path)") }

    /// An array index as RFC 6901 writes it: digits without a leading zero.
    private static func index(_ step: String) -> Int? {
        guard step.utf8.allSatisfy({ (48...57).contains($0) }), step == "0" || !step.hasPrefix("0") else { return nil }
        return Int(step)
    }
}

extension JSONValue {
    private enum Edit {
        case add(JSONValue)
        case remove
        case replace(JSONValue)
    }

    private mutating func edit(_ steps: ArraySlice<String>, _ edit: Edit, at path: String) throws(JSONPatchError) {
        guard let step = steps.first else {
            switch edit {
            case .add(let value), .replace(let value): self = value
            case .remove: throw JSONPatchError("the whole document cannot be removed")
            }
            return
        }
        let rest = steps.dropFirst()
        switch self {
        case .object(var members):
            if rest.isEmpty {
                try Self.edit(&members, step, edit, at: path)
            } else {
                guard var child = members[step] else { throw Self.nothing(at: path) }
                try child.edit(rest, edit, at: path)
                members[step] = child
            }
            self = .object(members)
        case .array(var elements):
            if rest.isEmpty {
                try Self.edit(&elements, step, edit, at: path)
            } else {
                guard let index = Self.index(step), index < elements.count else { throw Self.nothing(at: path) }
                try elements[index].edit(rest, edit, at: path)
            }
            self = .array(elements)
        default: throw Self.nothing(at: path)
        }
    }

    private static func edit(
        _ members: inout [String: JSONValue],
        _ step: String,
        _ edit: Edit,
        at path: String
    ) throws(JSONPatchError) {
        switch edit {
        case .add(let value): members[step] = value
        case .remove:
            guard members.removeValue(forKey: step) != nil else { throw nothing(at: path) }
        case .replace(let value):
            guard members[step] != nil else { throw nothing(at: path) }
            members[step] = value
        }
    }

    private static func edit(
        _ elements: inout [JSONValue],
        _ step: String,
        _ edit: Edit,
        at path: String
    ) throws(JSONPatchError) {
        if case .add(let value) = edit, step == "-" { return elements.append(value) }
        guard let index = index(step) else {
            throw JSONPatchError("\"\(step)\" in \(path) is not an index of a list")
        }
        switch edit {
        case .add(let value):
            guard index <= elements.count else { throw nothing(at: path) }
            elements.insert(value, at: index)
        case .remove:
            guard index < elements.count else { throw nothing(at: path) }
            elements.remove(at: index)
        case .replace(let value):
            guard index < elements.count else { throw nothing(at: path) }
            elements[index] = value
        }
    }
}
