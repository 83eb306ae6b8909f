import SuretyGraphs
import Testing
import TestSupport

@Suite struct RewritingTests {
    @Test(arguments: 0..<300)
    func randomGraphsKeepTheirValues(seed: Int) throws {
        let graph = try RandomGraph(seed: seed)
        try expectProgramsMatchReference(
            graph.outputs, of: graph.inputs, values: graph.values, tolerance: 5e-5, "random graph \(seed)")
    }
}
