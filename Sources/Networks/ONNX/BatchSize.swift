/// An integer that may depend on the batch size N: perImage · N + fixed.
///
/// PyTorch exports `x.view(x.size(0), -1)` as a chain of Shape, Gather and Concat. Computed with such
/// numbers, the chain folds while the batch size stays open.
struct BatchSize: Equatable {
    var perImage: Int
    var fixed: Int

    init(_ fixed: Int) {
        self.init(perImage: 0, fixed: fixed)
    }

    /// A multiple of the batch size.
    init(batches: Int) {
        self.init(perImage: batches, fixed: 0)
    }

    private init(perImage: Int, fixed: Int) {
        self.perImage = perImage
        self.fixed = fixed
    }

    /// N itself.
    static let batch = BatchSize(perImage: 1, fixed: 0)

    /// The number for one image; `nil` if it does not fit an `Int`.
    var forOneImage: Int? {
        let (sum, overflow) = perImage.addingReportingOverflow(fixed)
        return overflow ? nil : sum
    }

    /// The number, if it does not depend on N.
    var known: Int? { perImage == 0 ? fixed : nil }

    /// Whether it equals another for every N; a batch size is never negative.
    func isComparable(with other: BatchSize) -> Bool {
        if perImage == other.perImage { return true }
        let (dependent, number) = perImage == 0 ? (other, self) : (self, other)
        return number.perImage == 0 && number.fixed < 0 && dependent.perImage >= 0 && dependent.fixed >= 0
    }

    /// Sum, difference or product; `nil` when it is not of this form or does not fit an `Int`.
    /// A quotient truncates as ONNX does for integers; `nil` also when it is not exact and depends on N.
    static func combine(_ operation: Layer.Arithmetic, _ a: BatchSize, _ b: BatchSize) -> BatchSize? {
        switch operation {
        case .add:
            checked(a.perImage.addingReportingOverflow(b.perImage), a.fixed.addingReportingOverflow(b.fixed))
        case .subtract:
            checked(a.perImage.subtractingReportingOverflow(b.perImage), a.fixed.subtractingReportingOverflow(b.fixed))
        case .multiply:
            if let factor = b.known { a.multiplied(by: factor) } else { a.known.flatMap(b.multiplied) }
        case .divide:
            if let divisor = b.known { a.divided(by: divisor) } else { a.dividedByMultiple(of: b) }
        }
    }

    private func multiplied(by factor: Int) -> BatchSize? {
        Self.checked(perImage.multipliedReportingOverflow(by: factor), fixed.multipliedReportingOverflow(by: factor))
    }

    private func divided(by divisor: Int) -> BatchSize? {
        guard divisor != 0, perImage == 0 || perImage.isMultiple(of: divisor) && fixed.isMultiple(of: divisor) else { return nil }
        return Self.checked(perImage.dividedReportingOverflow(by: divisor), fixed.dividedReportingOverflow(by: divisor))
    }

    /// (a · N) / (b · N), where exact.
    private func dividedByMultiple(of other: BatchSize) -> BatchSize? {
        guard fixed == 0, other.fixed == 0, other.perImage != 0, perImage.isMultiple(of: other.perImage) else { return nil }
        return Self.checked(perImage.dividedReportingOverflow(by: other.perImage), (0, false))
            .map { BatchSize($0.perImage) }
    }

    private static func checked(
        _ perImage: (partialValue: Int, overflow: Bool), _ fixed: (partialValue: Int, overflow: Bool)
    ) -> BatchSize? {
        perImage.overflow || fixed.overflow
            ? nil : BatchSize(perImage: perImage.partialValue, fixed: fixed.partialValue)
    }
}
