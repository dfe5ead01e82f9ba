import ControllerService
import Foundation
import ObjectStore
import Resources
import ServiceConfiguration

/// Texts that people write. What is printed reads back as the same.
enum TextTargets {
    static func labelSelector(_ input: FuzzInput) throws {
        guard let selector = try? LabelSelector(parsing: input.text) else { return }
        let printed = "\(selector)"
        let again = try? LabelSelector(parsing: printed)
        try FuzzFinding.unless(
            again.map { "\($0)" } == printed,
            "\"\(printed)\" reads back as \(String(describing: again))"
        )
    }

    static func duration(_ input: FuzzInput) throws {
        guard let duration = try? GoDuration(parsing: input.text) else { return }
        let again = try? GoDuration(parsing: "\(duration)")
        try FuzzFinding.unless(again == duration, "\"\(duration)\" reads back as \(String(describing: again))")
    }

    static func timestamp(_ input: FuzzInput) throws {
        guard let time = Timestamp(rfc3339: input.text) else { return }
        try FuzzFinding.unless(Timestamp.printable.contains(time), "\(time.seconds) is outside of the printable range")
        let again = Timestamp(rfc3339: "\(time)")
        try FuzzFinding.unless(again == time, "\"\(time)\" reads back as \(String(describing: again))")
    }

    static func json(_ input: FuzzInput) throws {
        guard let value = try? JSONValue(json: Data(input.bytes)) else { return }
        let printed = try value.jsonData()
        let again = try? JSONValue(json: printed)
        try FuzzFinding.unless(
            again == value,
            "\(String(decoding: printed, as: UTF8.self)) reads back as another value"
        )
    }

    /// A document and a patch for it, with an empty line between them.
    static func jsonPatch(_ input: FuzzInput) throws {
        let parts = input.text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let document = try? JSONValue(json: Data(parts[0].utf8)),
            let patch = try? JSONValue(json: Data(parts[1].utf8))
        else { return }
        _ = try? document.applying(JSONPatchOperation.list(parsing: patch))
        let merged = document.mergePatched(with: patch)
        try FuzzFinding.unless(merged.mergePatched(with: patch) == merged, "the same merge patch changes more")
    }

    static func fieldSelector(_ input: FuzzInput) throws {
        guard let selector = try? FieldSelector(parsing: input.text) else { return }
        try FuzzFinding.unless(selector.requirements.allSatisfy { !$0.path.isEmpty }, "a requirement without a field")
    }

    static func resourceName(_ input: FuzzInput) throws {
        _ = try? ResourceName.parseParent(input.text)
        guard let key = try? ResourceName.parse(input.text, collection: "leases", field: "name") else { return }
        let printed = ResourceName.format(key, collection: "leases")
        try FuzzFinding.unless(printed == input.text, "\(input.text) is printed as \(printed)")
    }

    static func configuration(_ input: FuzzInput) throws {
        _ = try? JumpstarterConfiguration(yaml: input.text)
    }

    static func routerMap(_ input: FuzzInput) throws {
        _ = try? RouterMap(yaml: input.text)
    }
}
