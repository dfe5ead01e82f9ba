import Foundation
import Resources

/// A lab as read from its file: every object by itself well formed and in the namespace it goes to.
struct LabFile {
    struct Entry {
        var document: YAMLDocument
        var object: UnstructuredObject

        var name: MovedName { MovedName(object) }

        func problem(_ path: String, _ detail: String) -> ImportProblem {
            ImportProblem(document: document.number, line: document.line, path: path, detail: detail)
        }
    }

    /// In the order of the file.
    var entries: [Entry] = []
    /// Everything that is wrong with it.
    var problems: [ImportProblem] = []
    /// The objects by name; of duplicates, which are a problem, the first.
    private(set) var objects: [MovedName: UnstructuredObject] = [:]
    /// The clients and exporters by the Secrets that they name as their credentials.
    private(set) var credentialOwners: [String: MovedName] = [:]

    /// - Parameter namespace: Where everything goes; nil for the namespace that the objects say.
    init(_ yaml: String, namespace: String?, withoutLeases: Bool) {
        for document in YAMLReader.documents(yaml) {
            do {
                let object = try Self.object(document, namespace: namespace)
                if withoutLeases && object.type == .leases { continue }
                entries.append(Entry(document: document, object: object))
            } catch {
                problems += error.problems
            }
        }
        if withoutLeases {
            for index in entries.indices where entries[index].object.leaseName != nil {
                entries[index].object.setLease(nil)
            }
        }
        if entries.isEmpty && problems.isEmpty {
            problems.append(ImportProblem(document: 1, line: 1, path: "", detail: "the file holds no object"))
        }
        objects = Dictionary(entries.map { ($0.name, $0.object) }, uniquingKeysWith: { first, _ in first })
        for entry in entries where entry.object.type == .clients || entry.object.type == .exporters {
            if let secret = entry.object.credentialName { credentialOwners[secret] = entry.name }
        }
        problems += referenceProblems()
        problems.sort { ($0.document, $0.path) < ($1.document, $1.path) }
    }

    private struct Refusal: Error { var problems: [ImportProblem] }

    private static func object(_ document: YAMLDocument, namespace: String?) throws(Refusal) -> UnstructuredObject {
        func refusal(_ path: String, _ detail: String) -> Refusal {
            Refusal(problems: [
                ImportProblem(document: document.number, line: document.line, path: path, detail: detail)
            ])
        }
        let value: JSONValue
        do {
            value = try YAMLReader.value(document)
        } catch {
            throw refusal("", error.message)
        }
        guard value.objectValue != nil else { throw refusal("", "is not an object with apiVersion, kind and metadata") }
        let apiVersion = value["apiVersion"]?.stringValue ?? ""
        let kind = value["kind"]?.stringValue ?? ""
        guard let type = MovedKinds.type(apiVersion: apiVersion, kind: kind) else {
            let known = MovedKinds.order.map { "\($0.apiVersion) \($0.kind)" }.joined(separator: ", ")
            throw refusal("kind", "\"\(apiVersion) \(kind)\" is not part of a lab; expected one of \(known)")
        }
        do {
            var object = try UnstructuredObject(type: type, value: value).readyToMove()
            if let namespace { object.metadata.namespace = namespace }
            let problems = try ObjectRules.problems(object)
            if problems.isEmpty { return object }
            throw Refusal(
                problems: problems.map {
                    ImportProblem(document: document.number, line: document.line, path: $0.field, detail: $0.detail)
                }
            )
        } catch let refusal as Refusal {
            throw refusal
        } catch let error as DecodingError {
            let (path, detail) = ObjectRules.explain(error)
            throw refusal(path, detail)
        } catch {
            throw refusal("", "\(error)")
        }
    }
}
