extension AttackBatch {
    /// Who says, while an attack runs, whether an image it tries is a success.
    ///
    /// What the network that an attack follows says of an image is worth nothing where another network is attacked: an image
    /// just beyond the boundary of the one is seldom beyond the other's. So, except for `source`, an attack neither rests on the
    /// answer of the network it follows nor keeps an image for it: it runs to its last step.
    public enum Decision {
        /// The network that is followed, as it is the one attacked: an image that it misclassifies is found.
        case source
        /// Another, which a search for the nearest image shows each candidate. Attacks within a radius show it what they end with.
        case judge(any AttackJudge)
        /// Nobody before the end, as the judge is too slow to be asked about candidates. Searches for the nearest image cannot
        /// run like this.
        case nobody

        /// Whether the network that is followed decides.
        package var isSource: Bool {
            switch self {
            case .source: true
            case .judge, .nobody: false
            }
        }
    }

    /// Which images the decision finds the network attacked to err on.
    ///
    /// - Parameters:
    ///   - images: [N, C, H, W].
    ///   - isWanted: The images asked about; of the others it says no. All, where nil.
    ///   - margins: Those of the network that is followed, asked for only if it decides.
    /// - Returns: For each image whether it is a success. An image to which a judge gives no class is one, as for `AttackEvaluation`.
    func errs(
        on images: UnsafeMutableBufferPointer<Float>, for isWanted: [Bool]?, margins: () -> [Float]
    ) throws -> [Bool] {
        switch decision {
        case .source: return margins().map { $0 > 0 }
        case .nobody: return indices.map { _ in false }
        case .judge(let judge):
            let wanted = indices.indices.filter { isWanted?[$0] ?? true }
            let size = images.count / indices.count
            let classes = try judge.classes(
                of: wanted.map { Array(images[Self.range(of: $0, size: size)]) }, indices: wanted.map { indices[$0] })
            var errs = indices.map { _ in false }
            for (place, found) in zip(wanted, classes) { errs[place] = found != label(at: place) }
            return errs
        }
    }

    /// The label of the image at `place`; nil where its row holds no 1.
    func label(at place: Int) -> Int? {
        let row = labels[Self.range(of: place, size: labels.count / indices.count)]
        return row.firstIndex(of: 1).map { $0 - row.startIndex }
    }
}
