import Foundation
import Resources

/// Rules for the data of Secrets and ConfigMaps. Source: Kubernetes documentation, "Secrets" and "ConfigMaps".
enum DataMap {
    /// The most bytes that all values together may have.
    static let maximumSize = 1024 * 1024

    static func problems(_ object: UnstructuredObject, _ old: UnstructuredObject?) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        var size = 0
        for field in ["data", "binaryData"] {
            for (key, value) in (object.content[field]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
                size += value.stringValue?.utf8.count ?? 0
                if !isKey(key) { problems.append(FieldProblem(.invalid, "\(field)[\(key)]", keyRule)) }
            }
        }
        if size > maximumSize {
            problems.append(FieldProblem(.tooLong, "data", "all values together may have \(maximumSize) bytes"))
        }
        if let old, object.content["type"] != old.content["type"] {
            problems.append(FieldProblem(.invalid, "type", "field is immutable"))
        }
        return problems + immutabilityProblems(object, old)
    }

    private static func immutabilityProblems(_ object: UnstructuredObject, _ old: UnstructuredObject?) -> [FieldProblem]
    {
        guard let old, old.content["immutable"] == .bool(true) else { return [] }
        let fields = ["immutable", "data", "binaryData"].filter { object.content[$0] != old.content[$0] }
        return fields.map { FieldProblem(.forbidden, $0, "field is immutable when `immutable` is set") }
    }

    /// Moves `stringData` of a Secret into `data`; it wins over what is there.
    static func foldStringData(_ object: inout UnstructuredObject) {
        guard let texts = object.content.removeValue(forKey: "stringData")?.objectValue, !texts.isEmpty else { return }
        var data = object.content["data"]?.objectValue ?? [:]
        for (key, text) in texts {
            data[key] = .string(Data((text.stringValue ?? "").utf8).base64EncodedString())
        }
        object.content["data"] = .object(data)
    }

    private static let keyRule = "a key must have 1 to 253 letters, digits, '-', '_' or '.', and not be '.' or '..'"

    private static func isKey(_ key: String) -> Bool {
        (1...253).contains(key.utf8.count) && key != "." && !key.hasPrefix("..")
            && key.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x2E || byte == 0x5F
            }
    }
}
