import Foundation
import SuretyGraphs
import Testing
import TestSupport

/// Every primitive's kernel and derivative, from the tables in `Primitives/`.
@Suite struct PrimitiveTests {
    @Test(arguments: PrimitiveCase.all)
    func kernelsMatchTheReference(_ example: PrimitiveCase) throws {
        let graph = try example.graph()
        try expectProgramsMatchReference([graph.output], of: graph.inputs, values: graph.values)
    }

    @Test(arguments: PrimitiveCase.all)
    func kernelsOfDerivativesMatchTheReference(_ example: PrimitiveCase) throws {
        let graph = try example.graph()
        let first = try graph.gradients()
        let second = try gradient(of: graph.combination(of: first), with: graph.inputs)
        try expectProgramsMatchReference(first + second, of: graph.inputs, values: graph.values)
    }

    @Test(arguments: PrimitiveCase.all.filter(\.isSmall))
    func derivativesOfFirstOrderMatchDifferences(_ example: PrimitiveCase) throws {
        let graph = try example.graph()
        try expectDerivatives(graph.gradients(), of: graph.scalar, by: graph.inputs, at: graph.values)
    }

    @Test(arguments: PrimitiveCase.all.filter(\.isSmall))
    func derivativesOfSecondOrderMatchDifferences(_ example: PrimitiveCase) throws {
        let graph = try example.graph()
        let combination = try graph.combination(of: graph.gradients())
        let second = try gradient(of: combination, with: graph.inputs)
        try expectDerivatives(second, of: combination, by: graph.inputs, at: graph.values)
    }

    @Test func tablesCoverEveryPrimitive() throws {
        var differentiated: Set<String> = []
        var compiled: Set<String> = []
        for example in PrimitiveCase.all {
            let graph = try example.graph()
            if example.isSmall { differentiated.formUnion([graph.output].primitiveTypes) }
            compiled.formUnion(try optimised([graph.output]).primitiveTypes)
        }
        let declared = try declaredPrimitives()
        #expect(declared.count > 20)
        // Made by optimisation alone, after differentiation.
        let fused: Set = ["BroadcastArithmetic", "Affine"]
        // They stand for bounds and are not functions: see `LinearRelaxationTests`.
        let relaxations: Set = ["LinearRelaxation", "RelaxedCoefficients"]
        #expect(differentiated == declared.subtracting(fused).subtracting(relaxations))
        #expect(compiled.isSuperset(of: fused))
    }

    /// The types in Sources/Graphs/Primitives that conform to `Primitive`.
    private func declaredPrimitives() throws -> Set<String> {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Graphs/Primitives")
        var names: Set<String> = []
        // Those in Integers have no derivative, and are exact: `IntegerTests`.
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "swift" {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /(?:struct|enum) (\w+): (?:String, )?Primitive/) {
                names.insert(String(match.output.1))
            }
        }
        return names
    }
}

extension PrimitiveCase {
    static let all: [PrimitiveCase] =
        arithmetic + broadcastArithmetic + affineMaps + elementFunctions + rectifiers + clips + sums + broadcasts + reshapes
        + transposes + concatenations + slices + paddings + matrixProducts + denseLayers + convolutions + averagePools + maximumPools
        + softmaxes + workerMeans + gates + selections
}
