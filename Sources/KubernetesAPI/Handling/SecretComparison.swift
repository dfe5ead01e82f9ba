/// Comparing secrets without telling, by the time it takes, how much of a guess was right.
enum SecretComparison {
    static func areEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard !right.isEmpty else { return false }
        var difference = left.count ^ right.count
        for index in left.indices { difference |= Int(left[index] ^ right[index % right.count]) }
        return difference == 0
    }
}
