import Foundation
import Graphs
import TestSupport
import Testing

@Suite struct EngineTests {
    @Test func theLibraryIsNamedWithItsVersion() throws {
        _ = try Engine()
        #expect(Engine.libraryVersion.wholeMatch(of: /oneDNN 2\.\d+\.\d+/) != nil)
    }

    /// oneDNN has other kernels and layouts for older processors: each set is tried in a process of its own.
    @Test(arguments: ["SSE41", "AVX2", "AVX512_CORE"])
    func everyInstructionSetComputesTheSame(instructionSet: String) async {
        await #expect(processExitsWith: .success) { [instructionSet = instructionSet as String] in
            setenv("DNNL_MAX_CPU_ISA", instructionSet, 1)
            for channels in [1, 3, 5, 16, 20] { try expectBlockedLayoutsToFlow(channels: channels, batch: 2) }
            for seed in 1000..<1100 {
                let graph = try RandomGraph(seed: seed)
                try expectProgramsMatchReference(
                    graph.outputs, of: graph.inputs, values: graph.values, tolerance: 5e-5, "random graph \(seed)")
            }
        }
    }
}
