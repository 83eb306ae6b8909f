import SuretyTensors
import Testing

@Suite struct TensorTests {
    @Test func aScalarHasNoAxesAndOneValue() {
        let scalar = Tensor(scalar: 3)
        #expect(scalar.shape == [])
        #expect(scalar.values == [3])
        #expect([Int]().elementCount == 1)
    }

    @Test func repeatingFillsTheShape() {
        #expect(Tensor(shape: [2, 3], repeating: 0.5).values == [0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
        #expect(Tensor(shape: [2, 0, 3], repeating: 1).values.isEmpty)
    }

    @Test func elementsKeepTheirOrderUnderAnotherShape() {
        let tensor = Tensor(shape: [2, 3], values: [0, 1, 2, 3, 4, 5])
        let reshaped = tensor.reshaped(to: [3, 2])
        #expect(reshaped == Tensor(shape: [3, 2], values: [0, 1, 2, 3, 4, 5]))
        #expect(reshaped != tensor)
    }

    @Test func aCopyIsIndependent() {
        let original = Tensor(shape: [2], values: [1, 2])
        var copy = original
        copy.values[0] = 7
        #expect(original.values == [1, 2])
        #expect(copy.values == [7, 2])
    }

    /// With a copy of all elements for each, 256 GiB would be moved.
    @Test func assigningAnElementCopiesNoOther() {
        var tensor = Tensor(shape: [1 << 18], repeating: 0)
        let time = ContinuousClock().measure {
            for index in 0..<1 << 18 { tensor.values[index] = Float(index) }
        }
        #expect(tensor.values.last == 262_143)
        #expect(time < .seconds(1), "\(time)")
    }

    @Test func equalityIsThatOfFloats() {
        #expect(Tensor(scalar: 0) == Tensor(scalar: -0.0))
        #expect(Tensor(scalar: .nan) != Tensor(scalar: .nan))
    }

    @Test func aCountThatDoesNotFillTheShapeStops() async {
        await #expect(processExitsWith: .failure) { _ = Tensor(shape: [2, 3], values: [1]) }
        await #expect(processExitsWith: .failure) {
            var tensor = Tensor(shape: [2], repeating: 0)
            tensor.values.append(1)
        }
    }
}
