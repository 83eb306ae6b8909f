import SuretyAttacks
import SuretyTraining
import Testing

struct TRADESTests {
    @Test(arguments: [([:], 6), (["beta": "1"], 1), (["lambda": "0.25"], 4)] as [([String: String], Float)])
    func lambdaIsOneOverBeta(_ settings: [String: String], _ beta: Float) throws {
        let defense = try #require(DefenseCatalogue.defense(named: "trades", settings) as? TRADES)
        #expect(defense.beta == beta)
        #expect(defense.attack.start == .gaussian(0.001) && defense.attack.loss == .divergence)
        #expect(defense.parameters["beta"] == "\(beta)")
    }

    @Test func onlyOneOfThemIsGiven() {
        let error = #expect(throws: TrainingError.self) {
            try DefenseCatalogue.defense(named: "trades", ["beta": "1", "lambda": "1"])
        }
        #expect(error?.description.contains("lambda is 1/beta: give one of them") == true)
        #expect(throws: TrainingError.self) { try DefenseCatalogue.defense(named: "trades", ["lambda": "0"]) }
    }
}
