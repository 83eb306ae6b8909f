extension LabelledImages {
    /// Only the images of these classes, in their order here, with the first class as label 0, the second as 1, and so on.
    ///
    /// The set's name is this one's with the classes: `mnist:1,3`, as `DatasetSource` reads it.
    ///
    /// - Throws: `DatasetError` when no class is named, one is named twice, or one has no image.
    public func keeping(classes: [Int]) throws(DatasetError) -> LabelledImages {
        requireAllKept()
        let list = classes.map(String.init).joined(separator: ",")
        guard !classes.isEmpty else {
            throw DatasetError(.invalidContent, "\(name): no classes are named. Name some, as in \(name):0,1.")
        }
        guard Set(classes).count == classes.count else {
            throw DatasetError(.invalidContent, "\(name): the classes \(list) name one twice. Name each once.")
        }
        for label in classes where !labels.contains(label) {
            throw DatasetError(.invalidContent, """
                \(name): there is no image of class \(label). Its classes are \
                \(Set(labels).sorted().map(String.init).joined(separator: ", ")).
                """)
        }
        let kept = labels.indices.filter { classes.contains(labels[$0]) }
        return try LabelledImages(
            name: "\(name):\(list)", split: split, pixels: pixels(at: kept), count: kept.count, shape: shape,
            labels: kept.compactMap { classes.firstIndex(of: labels[$0]) }, classCount: classes.count, note: note,
            source: "\(name):\(list)")
    }

    /// The pixels of the images with these indices, as they are stored.
    private func pixels(at indices: [Int]) -> Pixels {
        let size = shape.reduce(1, *)
        return switch pixels {
        case .uint8(let levels): .uint8(indices.flatMap { levels[$0 * size..<($0 + 1) * size] })
        case .float32(let values): .float32(indices.flatMap { values[$0 * size..<($0 + 1) * size] })
        }
    }
}
