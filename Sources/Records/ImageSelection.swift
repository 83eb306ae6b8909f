/// Which images of a data set a run processes, in order: every `skip`-th, and at most `max` of them. With k machines, machine
/// i takes the i-th, (i+k)-th, … of these.
///
///     let selection = try ImageSelection(skip: 20, max: 500, shard: Shard(0, of: 4))
///     selection.indices(of: 10_000)   // 0, 80, 160, …
public struct ImageSelection: Sendable, Equatable {
    /// Part `index` of `count` parts, counted from 0.
    public struct Shard: Sendable, Equatable, CustomStringConvertible {
        /// Which part this is, from 0 to `count` − 1.
        public let index: Int
        /// The number of parts, at least 1.
        public let count: Int

        /// The only part of 1: a run on one machine.
        public static let whole = Shard(index: 0, count: 1)

        /// - Throws: `RunError.invalidSettings` unless 0 ≤ index < count.
        public init(_ index: Int, of count: Int) throws(RunError) {
            guard count >= 1 else {
                throw RunError(.invalidSettings, "shard \(index)/\(count): there must be at least 1 shard")
            }
            guard (0..<count).contains(index) else {
                throw RunError(.invalidSettings, """
                    shard \(index)/\(count): shards of \(count) are numbered from 0 to \(count - 1)
                    """)
            }
            self.init(index: index, count: count)
        }

        /// Reads `i/k`.
        ///
        /// - Throws: `RunError.invalidSettings` for anything else.
        public init(_ text: String) throws(RunError) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let index = parts[0], let count = parts[1] else {
                throw RunError(.invalidSettings, "shard \"\(text)\": write i/k, for example 0/4")
            }
            try self.init(index, of: count)
        }

        private init(index: Int, count: Int) {
            (self.index, self.count) = (index, count)
        }

        /// The form `i/k`, as it is read.
        public var description: String { "\(index)/\(count)" }
    }

    /// 1 for every image, 2 for every second one, and so on; at least 1.
    public let skip: Int
    /// The largest number of images before they are shared among machines, at least 1; nil for no limit.
    public let max: Int?
    /// The part of these images that this run processes.
    public let shard: Shard

    /// Every image.
    public static let all = ImageSelection(every: 1, atMost: nil)

    /// - Throws: `RunError.invalidSettings` when `skip` or `max` is below 1.
    public init(skip: Int = 1, max: Int? = nil, shard: Shard = .whole) throws(RunError) {
        guard skip >= 1 else {
            throw RunError(.invalidSettings, "skip is \(skip): 1 takes every image, 2 every second one")
        }
        if let max, max < 1 {
            throw RunError(.invalidSettings, "max is \(max): at least 1 image must be left")
        }
        (self.skip, self.max, self.shard) = (skip, max, shard)
    }

    /// The same images on one machine.
    public var unsharded: ImageSelection {
        ImageSelection(every: skip, atMost: max)
    }

    private init(every skip: Int, atMost max: Int?) {
        (self.skip, self.max, shard) = (skip, max, .whole)
    }

    /// How many images of a data set of `total` are selected.
    public func count(of total: Int) -> Int {
        guard total > 0 else { return 0 }
        let taken = min((total - 1) / skip + 1, max ?? .max)
        return taken > shard.index ? (taken - 1 - shard.index) / shard.count + 1 : 0
    }

    /// The index of the selected image at `position`, which is below `count(of:)`.
    public func image(at position: Int) -> Int {
        (shard.index + position * shard.count) * skip
    }

    /// Whether the image is one of those selected from `total`.
    public func contains(_ image: Int, of total: Int) -> Bool {
        guard image >= 0, image < total, image % skip == 0 else { return false }
        let ordinal = image / skip
        return ordinal < max ?? .max && ordinal % shard.count == shard.index
    }

    /// The selected images of a data set of `total`, in order.
    public func indices(of total: Int) -> [Int] {
        (0..<count(of: total)).map(image(at:))
    }
}

extension ImageSelection: Codable {
    private enum Key: String, CodingKey { case skip, max, shard }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(skip, forKey: .skip)
        try container.encode(max, forKey: .max)
        try container.encode(shard.description, forKey: .shard)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try self.init(
            skip: container.decode(Int.self, forKey: .skip), max: container.decodeIfPresent(Int.self, forKey: .max),
            shard: Shard(container.decode(String.self, forKey: .shard)))
    }
}
