import ArgumentParser
import Resources

/// The value of `--exporter-offline-timeout`.
enum OfflineTimeout {
    /// - Throws: `ValidationError`.
    static func parse(_ text: String) throws -> GoDuration {
        let timeout: GoDuration
        do {
            timeout = try GoDuration(parsing: text)
        } catch {
            throw ValidationError("--exporter-offline-timeout: \(error)")
        }
        if timeout < GoDuration(seconds: 1) {
            throw ValidationError("--exporter-offline-timeout \(text): must be at least 1s")
        }
        return timeout
    }
}
