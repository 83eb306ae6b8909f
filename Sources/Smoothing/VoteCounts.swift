import SuretyRecords

/// Votes per class, as every rule of smoothing reads them. Ties go to the lower class.
struct VoteCounts {
    private let votes: [Int]

    /// - Throws: `RunError.invalidCounts` unless the counts are at least 0 and sum to `total`.
    init(_ votes: [Int], total: Int, name: String) throws(RunError) {
        var sum = 0
        for count in votes {
            let (next, overflow) = sum.addingReportingOverflow(count)
            guard count >= 0, !overflow else {
                throw RunError(.invalidCounts, "\(name) holds \(count) votes for a class")
            }
            sum = next
        }
        guard !votes.isEmpty, sum == total else {
            throw RunError(.invalidCounts, "\(name) sums to \(sum), but there were \(total) samples")
        }
        self.votes = votes
    }

    var classCount: Int { votes.count }

    /// The class with most votes, without `other` if given; nil if there is no other class.
    func top(otherThan other: Int? = nil) -> Int? {
        votes.indices.filter { $0 != other }.max { (votes[$0], $1) < (votes[$1], $0) }
    }

    subscript(label: Int) -> Int { votes[label] }
}

extension [Int] {
    /// The sum of votes. For impossible ones, as in an altered record, it is some number.
    package var voteSum: Int { reduce(0, &+) }
}
