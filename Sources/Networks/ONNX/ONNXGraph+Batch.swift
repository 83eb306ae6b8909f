import SuretyTensors

/// Where the batch lies among the axes of a value of the file.
///
/// A vertex of the network always has the batch as its first axis. A file may move it, as attention with positions first
/// does, or merge it with other axes, such as the heads: the file then arranges the same numbers differently from the vertex.
enum BatchPlace: Equatable {
    /// In this axis of the file, after `before` axes of the vertex that are merged into it, and before `after` others.
    case axis(Int, before: Int, after: Int)
    /// Nowhere: the file is made for one image, and its axes, including those of extent 1 for the batch, are the vertex's.
    case absent

    /// The position at the beginning, and the one required at the end.
    static let first = BatchPlace.axis(0, before: 0, after: 0)
}

/// An axis of a value as in the file.
struct ONNXAxis {
    /// Its extent without the batch: of the axes of the vertex that are merged into it, in order.
    var extents: [Int]
    /// How many of them lie before the batch; nil if the batch is not in this axis.
    var batchAfter: Int?

    /// The extent for every batch size.
    var size: BatchSize {
        batchAfter == nil ? BatchSize(extents.elementCount) : BatchSize(batches: extents.elementCount)
    }
}

extension ONNXGraph {
    /// The axes of a vertex's value in the file's order.
    func fileAxes(of x: Int) -> [ONNXAxis] {
        let extents = shape(x)
        guard case .axis(let place, let before, let after) = batchPlace(of: x) else { return extents.map { ONNXAxis(extents: [$0]) } }
        let end = place + before + after
        return extents[..<place].map { ONNXAxis(extents: [$0]) }
            + [ONNXAxis(extents: Array(extents[place..<end]), batchAfter: before)]
            + extents[end...].map { ONNXAxis(extents: [$0]) }
    }

    /// The number of axes that a vertex's value has in the file.
    func fileRank(of x: Int) -> Int { fileAxes(of: x).count }

    /// The axis of the vertex that corresponds to this axis of the file; an error that says what `node` would do to the batch
    /// if it contains the batch.
    func vertexAxis(_ axis: Int, of x: Int, _ node: ONNXNode, _ problem: String) throws(ONNXError) -> Int {
        let axes = fileAxes(of: x)
        guard axes[axis].batchAfter == nil else { throw node.unsupported(problem) }
        return axes[..<axis].map(\.extents.count).reduce(0, +)
    }

    /// The vertex's value, with other axes that hold the same numbers in the same order.
    mutating func reshaped(_ x: Int, to axes: [ONNXAxis], _ node: ONNXNode) throws(ONNXError) -> Int {
        let result = try append(.reshape(to: axes.flatMap(\.extents)), to: [x], node)
        place(result, as: axes)
        return result
    }

    /// Notes where the batch lies in a vertex's value, whose axes in the file are these.
    mutating func place(_ x: Int, as axes: [ONNXAxis]) {
        guard let index = axes.firstIndex(where: { $0.batchAfter != nil }), let before = axes[index].batchAfter else {
            return place(x, at: .absent)
        }
        place(x, at: .axis(index, before: before, after: axes[index].extents.count - before))
    }

    /// The value with the batch as its first axis, and nothing merged with it.
    mutating func standard(_ x: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        switch batchPlace(of: x) {
        case .first: return x
        case .absent where shape(x).first == 1:
            return try append(.reshape(to: Array(shape(x).dropFirst())), to: [x], node)
        case .absent, .axis: throw node.unsupported("the batch is not the first axis of its input, and must be here")
        }
    }

    /// The value of a file made for one image, all of whose axes are the vertex's.
    mutating func withoutBatch(_ x: Int, _ node: ONNXNode) throws(ONNXError) -> Int {
        if batchPlace(of: x) == .absent { return x }
        return try reshaped(x, to: fileAxes(of: x).map { ONNXAxis(extents: [$0.extents.elementCount]) }, node)
    }

    /// Two values, brought to have the batch in the same place.
    mutating func alike(_ x: Int, _ y: Int, _ node: ONNXNode) throws(ONNXError) -> (Int, Int) {
        let absent = [x, y].map { batchPlace(of: $0) == .absent }
        guard absent[0] != absent[1] else { return (x, y) }
        let whole = absent[0] ? x : y
        if shape(whole).first == 1 {
            return absent[0] ? (try standard(x, node), y) : (x, try standard(y, node))
        }
        return (try withoutBatch(x, node), try withoutBatch(y, node))
    }

    /// Another shape for a value whose batch is not first, or does not stay first.
    ///
    /// - Parameter target: Without zeros that copy, and with at most one −1.
    mutating func reshapedWithBatch(_ x: Int, to target: [BatchSize], _ node: ONNXNode) throws(ONNXError) -> Int {
        let count = shape(x).elementCount
        if declaredBatch == 1 {
            let whole = try withoutBatch(x, node)
            let sizes = target.compactMap(\.forOneImage)
            guard sizes.count == target.count, let extents = Self.inferred(sizes, count: count, infers: true) else {
                throw node.error("\(shape(whole)) cannot be reshaped to \(sizes)")
            }
            return try reshaped(whole, to: extents.map { ONNXAxis(extents: [$0]) }, node)
        }
        let mixing = node.unsupported("it would merge the batch with other axes or mix images; reshape to [batch, ...] instead")
        var sizes = target
        if let open = sizes.firstIndex(of: BatchSize(-1)) {
            let others = target.indices.filter { $0 != open }.map { max(1, target[$0].forOneImage ?? 0) }.checkedElementCount
            guard let others, count.isMultiple(of: others) else {
                throw node.error("\(shape(x)) per image cannot be reshaped to \(target.map { $0.known ?? 0 })")
            }
            let hasBatch = target.contains { $0.perImage != 0 }
            sizes[open] = hasBatch ? BatchSize(count / others) : BatchSize(batches: count / others)
        }
        let places = sizes.indices.filter { sizes[$0].known == nil }
        guard places.count == 1, let place = places.first, sizes[place].fixed == 0, sizes[place].perImage > 0,
            let index = fileAxes(of: x).firstIndex(where: { $0.batchAfter != nil }), let inside = fileAxes(of: x)[index].batchAfter
        else { throw mixing }
        // As many numbers lie before the batch as before, so that those of an image stay together.
        let axes = fileAxes(of: x)
        let before = (axes[..<index].flatMap(\.extents) + axes[index].extents[..<inside]).elementCount
        guard let leading = sizes[..<place].map({ $0.known ?? 0 }).checkedElementCount, leading > 0, before.isMultiple(of: leading) else { throw mixing }
        let merged = before / leading
        guard sizes[place].perImage.isMultiple(of: merged) else { throw mixing }
        let behind = sizes[place].perImage / merged
        let extents = [leading, merged, behind] + sizes[(place + 1)...].map { $0.known ?? 0 }
        guard sizes.allSatisfy({ $0.forOneImage ?? 0 > 0 }), extents.checkedElementCount == count else { throw mixing }
        var result = sizes.map { ONNXAxis(extents: [$0.known ?? 0]) }
        result[place] = ONNXAxis(extents: (merged > 1 ? [merged] : []) + (behind > 1 ? [behind] : []), batchAfter: merged > 1 ? 1 : 0)
        return try reshaped(x, to: result, node)
    }
}
