package import Resources

extension Lease {
    /// The labels that the service keeps on a lease beside those that others put there: `lease-ended` once it has
    /// ended, each tag behind its prefix, and the selector's matchLabels (spec/resources.md, Lease).
    package var serviceLabels: [String: String] {
        var labels: [String: String] = [:]
        // A selector's label must neither pass for a tag nor hide the lease from those who list the active ones.
        for (key, value) in spec.selector.matchLabels where !key.hasPrefix(Label.tagPrefix) && key != Label.ended {
            labels[key] = value
        }
        for (key, value) in spec.tags { labels[Label.tagPrefix + key] = value }
        if status.ended { labels[Label.ended] = "true" }
        return labels
    }
}
