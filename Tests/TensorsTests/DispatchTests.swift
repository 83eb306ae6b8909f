import CSuretyKernels
import Foundation
import Testing

/// The kernels of Sources/CKernels, compiled for several instruction sets.
@Suite struct DispatchTests {
    private static let levels: [surety_level] = [surety_level_baseline, surety_level_v3, surety_level_v4]

    /// Whatever the processor, each kernel at each level it has gives the bits of the level for every processor.
    @Test(arguments: KernelCase.all)
    func everyLevelGivesTheSameBits(_ kernel: KernelCase) throws {
        let baseline = try #require(surety_kernels_at(surety_level_baseline)).pointee
        let truth = kernel.bits(baseline)
        #expect(truth.count > 0)
        for level in Self.levels {
            guard let kernels = surety_kernels_at(level) else { continue }
            #expect(kernel.bits(kernels.pointee) == truth, "\(kernel.name), level \(level.rawValue)")
        }
    }

    /// A kernel without a case fails here.
    @Test func everyKernelHasACase() {
        #expect(KernelCase.all.count == MemoryLayout<surety_kernels>.size / MemoryLayout<UInt>.size)
        #expect(Set(KernelCase.all.map(\.name)).count == KernelCase.all.count)
    }

    /// `make test-isa` relies on it.
    @Test func usesTheBestLevelThatTheEnvironmentAllows() throws {
        let names = ["x86-64", "x86-64-v3", "x86-64-v4"]
        let wanted = ProcessInfo.processInfo.environment["SURETY_CPU_LEVEL"].flatMap(names.firstIndex) ?? 2
        let best = try #require(Self.levels[...wanted].last { surety_kernels_at($0) != nil })
        #expect(surety_chosen_level() == best)
    }
}
