import SuretyRecords
import SuretySmoothing
import Testing

@Suite struct StoppingTests {
    /// What is asked for makes the rule; what is left out has its usual value.
    @Test func theRuleIsThatOfWhatIsAsked() throws {
        #expect(try Stopping(hope: 0.3) == nil)
        #expect(try Stopping(radii: [0.25, 1], hope: 0.2) == .columns(Columns(radii: [0.25, 1], hope: 0.2)))
        #expect(try Stopping(loss: 0.1) == .largestRadius(LargestRadius(loss: 0.1, limit: nil, hope: 0.05)))
        #expect(try Stopping(limit: 2, hope: 0) == .largestRadius(LargestRadius(loss: 0, limit: 2, hope: 0)))
        #expect(try Stopping(loss: 0.1, limit: 2) == .largestRadius(LargestRadius(loss: 0.1, limit: 2)))
    }

    @Test func refusesNonsense() {
        for (loss, limit) in [(0.1, nil), (nil, 2), (0.1, 2)] as [(Double?, Double?)] {
            #expect(reason { _ = try Stopping(radii: [1], loss: loss, limit: limit) } == .invalidSettings)
        }
        #expect(reason { _ = try Stopping(radii: []) } == .invalidSettings)
        #expect(reason { _ = try Stopping(radii: [1, 0.5]) } == .invalidSettings)
        #expect(reason { _ = try Stopping(loss: 1) } == .invalidSettings)
        #expect(reason { _ = try Stopping(limit: 0) } == .invalidSettings)
        #expect(reason { _ = try Stopping(radii: [1], hope: 1) } == .invalidSettings)
    }
}
