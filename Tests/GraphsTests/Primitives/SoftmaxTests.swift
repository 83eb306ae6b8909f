import SuretyGraphs
import SuretyTensors
import Testing

extension PrimitiveCase {
    static let softmaxes: [PrimitiveCase] = [
        PrimitiveCase("softmax", .any([3, 4])) { try $0[0].softmax(axis: 1) },
        PrimitiveCase("softmax along the first axis", .any([3, 4])) { try $0[0].softmax(axis: 0) },
        PrimitiveCase("softmax along an inner axis", .any([2, 3, 2])) { try $0[0].softmax(axis: 1) },
        PrimitiveCase("softmax of one", .any([3, 1])) { try $0[0].softmax(axis: 1) },
        PrimitiveCase("logsumexp", .any([3, 4])) { try $0[0].logSumExp(axis: 1) },
        PrimitiveCase("logsumexp along the first axis", .any([3, 4])) { try $0[0].logSumExp(axis: 0, keepingDimensions: true) },
        PrimitiveCase("logsumexp of large values", .any([3, 5])) { try ($0[0] * .constant(200)).logSumExp(axis: 1) },
        PrimitiveCase("softmax of many", .any([7, 50, 3])) { try $0[0].softmax(axis: 1) },
    ]
}

@Suite struct SoftmaxTests {
    @Test func largeValuesDoNotOverflow() throws {
        let large = Tensor(shape: [1, 3], values: [1000, 999, -1000])
        let softmax = try apply({ try $0.softmax(axis: 1) }, to: large).values
        #expect(abs(softmax[0] - 0.7310586) < 1e-6 && abs(softmax[1] - 0.26894143) < 1e-6 && softmax[2] == 0)
        #expect(abs(try apply({ try $0.logSumExp(axis: 1) }, to: large).values[0] - 1000.3133) < 1e-3)
    }

    @Test func negativeInfinityHasProbabilityZero() throws {
        let values = Tensor(shape: [1, 3], values: [0, -.infinity, 0])
        #expect(try apply({ try $0.softmax(axis: 1) }, to: values).values == [0.5, 0, 0.5])
    }

    @Test(arguments: 0..<3)
    func aNaNSpoilsItsLineAndNoOther(position: Int) throws {
        var values = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
        values.values[position] = .nan
        let softmax = try apply({ try $0.softmax(axis: 1) }, to: values).values
        #expect(softmax[..<3].allSatisfy(\.isNaN) && softmax[3...].allSatisfy(\.isFinite))
        let sum = try apply({ try $0.logSumExp(axis: 1) }, to: values).values
        #expect(sum[0].isNaN && sum[1].isFinite)
    }

    @Test func infinityIsNotTakenForCertainty() throws {
        let values = Tensor(shape: [1, 2], values: [.infinity, 0])
        #expect(try apply({ try $0.softmax(axis: 1) }, to: values).values[0].isNaN)
    }
}
