import SuretyRecords
import Testing

@Suite struct ImageSelectionTests {
    @Test func takesEverySkipthUpToTheMaximum() throws {
        #expect(ImageSelection.all.indices(of: 4) == [0, 1, 2, 3])
        #expect(try ImageSelection(skip: 3).indices(of: 10) == [0, 3, 6, 9])
        #expect(try ImageSelection(skip: 3).indices(of: 9) == [0, 3, 6])
        // Where --skip and --max are given together, neither may overrun the other.
        #expect(try ImageSelection(skip: 20, max: 3).indices(of: 10_000) == [0, 20, 40])
        #expect(try ImageSelection(skip: 3, max: 100).indices(of: 10) == [0, 3, 6, 9])
        #expect(try ImageSelection(skip: 100).indices(of: 10) == [0])
        #expect(ImageSelection.all.indices(of: 0).isEmpty)
    }

    @Test func shardsMakeTheWholeOnce() throws {
        for (total, skip, max) in [(100, 1, nil), (97, 3, nil), (97, 3, 11), (5, 1, 2)] as [(Int, Int, Int?)] {
            let whole = try ImageSelection(skip: skip, max: max).indices(of: total)
            for count in 1...7 {
                let shards = try (0..<count).map { try ImageSelection(skip: skip, max: max, shard: .init($0, of: count)) }
                #expect(shards.flatMap { $0.indices(of: total) }.sorted() == whole)
                for shard in shards {
                    let indices = shard.indices(of: total)
                    #expect(indices == indices.sorted() && indices.count == shard.count(of: total))
                    #expect((0..<total).filter { shard.contains($0, of: total) } == indices)
                    #expect(try shard.unsharded == ImageSelection(skip: skip, max: max))
                }
            }
        }
    }

    @Test func hugeNumbersDoNotOverflow() throws {
        #expect(ImageSelection.all.count(of: .max) == .max)
        let last = try ImageSelection(skip: .max, max: .max, shard: .init(.max - 1, of: .max))
        #expect(last.count(of: .max) == 0 && !last.contains(.max, of: .max))
    }

    @Test func readsShards() throws {
        let shard = try ImageSelection.Shard("2/5")
        #expect(shard.index == 2 && shard.count == 5 && shard.description == "2/5")
        for text in ["", "1", "1/", "/2", "5/5", "-1/3", "1/0", "a/b", "1/2/3", "0/99999999999999999999"] {
            #expect(throws: RunError.self) { try ImageSelection.Shard(text) }
        }
    }

    @Test func refusesNonsense() {
        #expect(throws: RunError.self) { try ImageSelection(skip: 0) }
        #expect(throws: RunError.self) { try ImageSelection(skip: -1) }
        #expect(throws: RunError.self) { try ImageSelection(max: 0) }
    }
}
