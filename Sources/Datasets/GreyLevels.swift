extension Array where Element: FixedWidthInteger {
    /// These numbers as grey levels.
    ///
    /// - Parameters:
    ///   - subject: What a number at this place belongs to, such as "image 3".
    ///   - source: Where the numbers come from, as messages name it.
    ///   - remedy: The expression that stores levels of 16 bits as numbers in [0, 1], such as "x / 65535".
    /// - Throws: `DatasetError` if a number lies outside 0…255.
    func greyLevels(of subject: (Int) -> String, in source: String, remedy: String) throws(DatasetError) -> [UInt8] {
        guard let place = firstIndex(where: { UInt8(exactly: $0) == nil }) else { return map { UInt8(truncatingIfNeeded: $0) } }
        throw DatasetError(.invalidContent, """
            \(source): \(subject(place)) has the grey level \(self[place]), outside 0…255. Store levels of 16 bits as numbers in \
            [0, 1]: \(remedy).
            """)
    }
}

extension UInt8 {
    /// The grey level of a truth value: black or white.
    init(levelOf isWhite: Bool) { self = isWhite ? 255 : 0 }
}
