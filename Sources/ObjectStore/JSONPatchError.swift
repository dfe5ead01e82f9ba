/// Why a JSON Patch cannot be read or does not apply.
package struct JSONPatchError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, and with which operation.
    package var description: String

    package init(_ description: String) { self.description = description }

    /// The same, said of the operation at an index of the list.
    func inOperation(_ index: Int) -> JSONPatchError { JSONPatchError("operation \(index): \(description)") }
}
