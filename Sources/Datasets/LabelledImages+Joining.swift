extension LabelledImages {
    /// These images and then the others, as one set named after both.
    ///
    /// Pixels stay grey levels if both sets have grey levels; otherwise they become intensities in [0, 1].
    ///
    /// - Throws: `DatasetError` when the shapes differ, or a label is not one of the other set's classes.
    public func joined(with other: LabelledImages) throws(DatasetError) -> LabelledImages {
        requireAllKept()
        other.requireAllKept()
        let name = "\(name)+\(other.name)"
        guard shape == other.shape else {
            throw DatasetError(.invalidContent, """
                \(name): images of \(shape) and of \(other.shape) (channels, height, width) cannot form one set. Bring them to \
                one shape.
                """)
        }
        let joined: Pixels
        if case .uint8(let mine) = pixels, case .uint8(let theirs) = other.pixels {
            joined = .uint8(mine + theirs)
        } else {
            joined = .float32((0..<count).flatMap(image(at:)) + (0..<other.count).flatMap(other.image(at:)))
        }
        let notes = [note, other.note].compactMap(\.self)
        return try LabelledImages(
            name: name, split: split, pixels: joined, count: count + other.count, shape: shape,
            labels: labels + other.labels, classCount: classCount ?? other.classCount,
            note: notes.isEmpty ? nil : notes.joined(separator: " "), source: name)
    }
}
