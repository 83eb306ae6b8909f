/// Something wrong with a run, and where.
public struct Finding: Sendable, Equatable, CustomStringConvertible {
    /// The file's name in the run directory.
    public let file: String
    /// The line, counted from 1.
    public let line: Int?
    /// The image of that line.
    public let image: Int?
    /// What is wrong, in words.
    public let message: String

    /// `line` and `image` are nil for findings about the whole file.
    public init(file: String, line: Int? = nil, image: Int? = nil, message: String) {
        (self.file, self.line, self.image, self.message) = (file, line, image, message)
    }

    /// File, line, image and what is wrong, for people.
    public var description: String {
        let place = [line.map { " line \($0)" }, image.map { ", image \($0)" }].compactMap(\.self).joined()
        return "\(file)\(place): \(message)"
    }
}
