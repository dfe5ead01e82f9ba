#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files this process may have open, connections among them (RLIMIT_NOFILE).
enum OpenFiles {
    /// Raises the soft limit to the hard one. Many systems set it to 1,024, for programs that use `select`; this one
    /// does not.
    ///
    /// - Returns: the limit from then on; nil if the system does not tell.
    @discardableResult
    static func raiseLimit() -> Int? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        var raised = limit
        raised.rlim_cur = highest(limit.rlim_max)
        if raised.rlim_cur > limit.rlim_cur, setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }

    #if canImport(Darwin)
        private static let resource = RLIMIT_NOFILE

        /// Darwin says that there is no hard limit, and accepts no more than this.
        private static func highest(_ hard: rlim_t) -> rlim_t { min(hard, rlim_t(OPEN_MAX)) }
    #else
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

        private static func highest(_ hard: rlim_t) -> rlim_t { hard }
    #endif
}
