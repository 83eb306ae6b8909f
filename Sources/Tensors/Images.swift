/// A batch of images in memory, or of their gradients or logits. There is a row for each image, all of the same shape.
///
///     let points = Images(copying: clean)
///     points[3] = clean[3]                      // copies the elements
///     points[3].add(gradients[3], times: 0.01)  // changes them where they lie
///     ball.project(points[3], around: clean[3])
///
/// A view of shared memory, like an array of NumPy: a copy of the value refers to the same images, while `init(copying:)`
/// makes new ones. A row that does not exist is refused, and the memory lives as long as any view of it. For one thread at a
/// time.
public struct Images: RandomAccessCollection {
    /// The shape of each image: channels, height, width as a rule.
    public let shape: [Int]
    /// How many there are, N.
    public let count: Int
    /// Elements of an image.
    public let size: Int
    @usableFromInline let start: UnsafeMutablePointer<Float>
    @usableFromInline let owner: AnyObject

    /// Images whose elements are all 0.
    public init(count: Int, shape: [Int]) {
        let memory = FloatMemory(count: count * shape.elementCount)
        self.init(at: memory.start, count: count, shape: shape, owner: memory)
    }

    /// Copies of the images in these rows, in their own memory.
    public init(_ rows: some Collection<[Float]>, shape: [Int]) {
        self.init(count: rows.count, shape: shape)
        for (place, row) in rows.enumerated() { self[place].set(row) }
    }

    /// Copies of the images of a tensor [N, …], in their own memory.
    public init(_ tensor: Tensor) {
        self.init(count: tensor.shape[0], shape: Array(tensor.shape.dropFirst()))
        elements.set(tensor.values)
    }

    /// Copies of these images, in their own memory.
    public init(copying images: Images) {
        self.init(count: images.count, shape: images.shape)
        set(images)
    }

    /// Images in memory that `owner` keeps alive.
    package init(at start: UnsafeMutablePointer<Float>, count: Int, shape: [Int], owner: AnyObject) {
        (self.start, self.count, self.shape, self.owner) = (start, count, shape, owner)
        size = shape.elementCount
    }

    /// 0, the place of the first image.
    public var startIndex: Int { 0 }
    /// N, one beyond the place of the last image.
    public var endIndex: Int { count }

    /// The image at `place`. Assigning to it copies the elements.
    @inlinable public subscript(place: Int) -> Row {
        get {
            precondition(place >= 0 && place < count, "there is no such image in the batch")
            return Row(at: start + place * size, count: size, owner: owner)
        }
        nonmutating set { self[place].set(newValue) }
    }

    /// All elements, image after image.
    public var elements: Row { Row(at: start, count: count * size, owner: owner) }

    /// Takes the elements of as many images of the same size.
    public func set(_ images: Images) { elements.set(images.elements) }
}

/// Memory for numbers, 0 at first, freed with its last owner.
private final class FloatMemory {
    let start: UnsafeMutablePointer<Float>

    init(count: Int) {
        start = .allocate(capacity: Swift.max(1, count))
        start.initialize(repeating: 0, count: count)
    }

    deinit { start.deallocate() }
}
