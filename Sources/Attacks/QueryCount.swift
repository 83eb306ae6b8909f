/// How many times the network was evaluated for each image of a batch. An image that an attack is done with is evaluated
/// along with the others, but not for its sake: so the count depends on the image alone, not on its batch.
struct QueryCount {
    private(set) var byImage: [Int]

    init(batchSize: Int) { byImage = Array(repeating: 0, count: batchSize) }

    mutating func reset() { byImage = byImage.map { _ in 0 } }

    /// - Parameter isWanted: The images it is evaluated for; all, where nil.
    mutating func add(_ isWanted: [Bool]?) {
        for place in byImage.indices where isWanted?[place] ?? true { byImage[place] += 1 }
    }
}
