/// How pictures are turned into images of one size, as torchvision does it with Pillow.
public struct PicturePreparation: Sendable, Equatable {
    /// How pixels are interpolated.
    public enum Filter: String, Sendable, CaseIterable {
        /// Linearly, or with Keys's cubic convolution.
        case bilinear, bicubic
    }

    /// Width and height to resize to.
    public enum Size: Sendable, Equatable {
        /// The shorter side gets this length; the longer one keeps the proportions.
        case shorterSide(Int)
        /// This height and width.
        case exactly(height: Int, width: Int)
    }

    /// The size to resize to; nil to keep the pictures' size.
    public let size: Size?
    /// The side of the square cut out of the middle; nil for the whole picture.
    public let crop: Int?
    /// How pixels are interpolated.
    public let filter: Filter

    /// As they are.
    public static let none = PicturePreparation()

    /// - Parameters:
    ///   - size: The size to resize to; nil to keep the pictures' size.
    ///   - crop: The side of the square to cut out; nil for the whole picture.
    ///   - filter: How pixels are interpolated.
    public init(size: Size? = nil, crop: Int? = nil, filter: Filter = .bilinear) {
        (self.size, self.crop, self.filter) = (size, crop, filter)
    }

    /// What a record says about it; nil for unchanged pictures.
    public var recorded: String? {
        let resized: String? = switch size {
        case .shorterSide(let side): "shorter side resized to \(side) (\(filter.rawValue))"
        case .exactly(let height, let width): "resized to \(height)×\(width) (\(filter.rawValue))"
        case nil: nil
        }
        let parts = [resized, crop.map { "centre of \($0)×\($0)" }].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// The size that a picture is resized to.
    func resized(width: Int, height: Int) -> (width: Int, height: Int) {
        switch size {
        case .exactly(let height, let width): (width, height)
        case .shorterSide(let side) where width <= height: (side, Int(Double(side * height) / Double(width)))
        case .shorterSide(let side): (Int(Double(side * width) / Double(height)), side)
        case nil: (width, height)
        }
    }

    /// Where the square begins in a side of this length: in its middle, halves rounded to even as Python rounds.
    func cropOffset(in length: Int) -> Int {
        crop.map { Int((Double(length - $0) / 2).rounded(.toNearestOrEven)) } ?? 0
    }
}
