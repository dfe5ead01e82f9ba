package import Logging

/// The address of whoever makes the call that is being served, so that every log line of a call carries it
/// (spec/configuration.md, Logs).
package enum CallPeer {
    @TaskLocal static var address: String?

    /// Adds `peer` to the lines that are logged while a call is served.
    package static let metadataProvider = Logger.MetadataProvider {
        address.map { ["peer": "\($0)"] } ?? [:]
    }
}
