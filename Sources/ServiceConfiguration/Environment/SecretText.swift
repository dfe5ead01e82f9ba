/// A secret from the environment. Its description never shows it.
package struct SecretText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The secret itself. Never log it.
    package let text: String

    /// Wraps a secret.
    package init(_ text: String) {
        self.text = text
    }

    package var description: String { "<secret>" }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
