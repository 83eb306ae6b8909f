import Foundation
import SuretyGraphs
import SuretyNetworks
import SuretyTensors
import Testing
import TestSupport

/// Thousands of damaged files: each is refused with an `ONNXError`, or gives a network that runs.
struct ONNXMutationTests {
    @Test(arguments: ["torch_viewed_11_dynamic", "torch_residual_17_fixed", "constant_of_shape"])
    func damagedFilesAreRefusedOrRun(_ name: String) throws {
        // Without the fixture's images and logits, so that damage hits the model itself.
        let original = try ONNXReader.model(from: Fixture.named(name).data)
        let sound = try stripped(Fixture.named(name).data)
        #expect(try ONNXReader.model(from: sound).network.vertices == original.network.vertices)
        var random = SeededGenerator(seed: 7)
        var files = stride(from: 0, to: sound.count, by: max(1, sound.count / 1000)).map { sound.prefix($0) }
        for _ in 0..<2000 {
            var file = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                file[Int.random(in: 0..<file.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            files.append(file)
        }
        var (refused, ran) = (0, 0)
        var slowest = Duration.zero
        for file in files {
            let start = ContinuousClock.now
            do throws(ONNXError) {
                let network = try ONNXReader.model(from: Data(file), imageShape: original.imageShape).network
                let images = Tensor(shape: [2] + network.imageShape, repeating: 0.5)
                do { _ = try network.logits(of: images) } catch { Issue.record("read, but does not run: \(error)") }
                ran += 1
            } catch {
                refused += 1
            }
            slowest = max(slowest, ContinuousClock.now - start)
        }
        #expect(refused > 1000 && ran > 50, "\(refused) refused, \(ran) ran")
        #expect(slowest < .seconds(10), "slowest \(slowest)")
    }

    /// A few dozen damaged files of every operator: what a number means to it, where it stands, and how often.
    @Test(arguments: Fixture.all.filter { $0.name.hasPrefix("op_") })
    func everyOperatorTakesDamage(_ fixture: Fixture) throws {
        let shape = try ONNXReader.model(from: fixture.data).imageShape
        let sound = try stripped(fixture.data)
        var random = SeededGenerator(seed: fixture.name.utf8.reduce(3) { $0 &* 31 &+ Int($1) })
        for _ in 0..<60 {
            var file = sound
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<file.count, using: &random)
                file[place] = Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : file[place] ^ 1
            }
            guard let network = try? ONNXReader.model(from: file, imageShape: shape).network else { continue }
            // Large results are legal, and not worth their time.
            guard network.vertices.map(\.shape.elementCount).reduce(0, +) < 1 << 20 else { continue }
            _ = try network.logits(of: Tensor(shape: [2] + network.imageShape, repeating: 0.5))
        }
    }

    /// The file without its metadata properties (field 14 of the model).
    private func stripped(_ file: Data) throws -> Data {
        var rest = [UInt8](file)[...]
        var kept: [UInt8] = []
        func varint() throws -> Int {
            var (value, shift) = (0, 0)
            while let byte = rest.popFirst() {
                value |= Int(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw CancellationError()
        }
        while !rest.isEmpty {
            let key = try varint()
            let value = try varint()
            let isLengthDelimited = key & 7 == 2
            if key >> 3 != 14 { kept += WireMessage.varint(key) + WireMessage.varint(value) + (isLengthDelimited ? rest.prefix(value) : []) }
            if isLengthDelimited { rest = rest.dropFirst(value) }
        }
        return Data(kept)
    }
}
