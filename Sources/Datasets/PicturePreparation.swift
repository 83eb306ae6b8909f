/// What is done with pictures before they are images of one size, as torchvision does it on Pillow's pictures.
public struct PicturePreparation: Sendable, Equatable {
    /// How pixels are interpolated.
    public enum Filter: String, Sendable, CaseIterable {
        case bilinear, bicubic
    }

    /// Width and height to resize to.
    public enum Size: Sendable, Equatable {
        /// The shorter side has this length, the longer one as much as keeps the proportions.
        case shorterSide(Int)
        /// This height and width.
        case exactly(height: Int, width: Int)
    }

    /// The size to resize to; nil for that which pictures have.
    public let size: Size?
    /// The side of the square that is cut out of the middle; nil for the whole picture.
    public let crop: Int?
    /// How pixels are interpolated.
    public let filter: Filter

    /// As they are.
    public static let none = PicturePreparation()

    /// - Parameters:
    ///   - size: The size to resize to; nil for that which pictures have.
    ///   - crop: The side of the square to cut out; nil for the whole picture.
    ///   - filter: How pixels are interpolated.
    public init(size: Size? = nil, crop: Int? = nil, filter: Filter = .bilinear) {
        (self.size, self.crop, self.filter) = (size, crop, filter)
    }

    /// What a record says of it; nil for pictures as they are.
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
