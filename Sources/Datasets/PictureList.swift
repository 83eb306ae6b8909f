import Foundation
import SuretyRecords

/// The pictures of a folder with their classes, in one of the usual layouts.
///
/// - Class folders: `FOLDER/cat/1.png`, as torchvision's ImageFolder reads them; also in `FOLDER/test`, `val` or `train`. The
///   classes are numbered in the order of their folders' names (those of `train` beside them, if it exists); a folder whose
///   name is a number is the class with that number.
/// - `labels.csv` with a line `file,label` for each picture.
/// - Tiny ImageNet's `val`: `val_annotations.txt` beside `images`.
/// - ImageNet's `val` in one folder, with a file `…synset_labels.txt` in it or above it: a line for each picture, in the order of
///   their names.
struct PictureList {
    /// The pictures, in the order of the set.
    private(set) var files: [URL] = []
    /// The class of each.
    private(set) var labels: [Int] = []
    /// The classes' names, in the order of their numbers; nil if labels are numbers.
    private(set) var classNames: [String]?

    /// - Throws: `DatasetError` that says which forms are read.
    init(_ folder: URL, split: Split) throws(DatasetError) {
        let names = split == .test ? ["test", "val", "validation"] : ["train"]
        let entries = try Self.entries(of: folder)
        let part = names.lazy.compactMap { name in entries.first { $0.lastPathComponent == name && $0.hasDirectoryPath } }.first
        if let part, !entries.contains(where: Picture.isNamed), !entries.contains(where: { $0.lastPathComponent == "labels.csv" }) {
            try self.init(in: part, classesBeside: folder)
        } else {
            try self.init(in: folder, classesBeside: folder.deletingLastPathComponent())
        }
    }

    private init(in folder: URL, classesBeside parent: URL) throws(DatasetError) {
        let entries = try Self.entries(of: folder)
        func entry(_ name: String) -> URL? { entries.first { $0.lastPathComponent == name } }
        // The classes that a model was trained on; a small test set may lack some of them.
        let trained = try Self.classFolders(in: parent.appending(path: "train"))
        if let list = entry("labels.csv") {
            try read(list, in: folder, separator: ",", knownClasses: trained)
        } else if let list = entry("val_annotations.txt") {
            try read(list, in: folder.appending(path: "images"), separator: "\t", knownClasses: trained)
        } else if let list = Self.synsetList(in: entries) ?? Self.synsetList(in: (try? Self.entries(of: parent)) ?? []),
            entries.contains(where: Picture.isNamed) {
            try readSynsets(list, entries.filter(Picture.isNamed), knownClasses: trained)
        } else {
            try readClassFolders(folder, entries, knownClasses: trained)
        }
        guard !files.isEmpty else { throw Self.unknownForm(folder) }
    }

    private static func unknownForm(_ folder: URL) -> DatasetError {
        DatasetError(.unsupported, """
            \(folder.path): there are no labelled pictures in it. Keep PNG, JPEG or WebP files in a folder for each class, or put a \
            file labels.csv beside them, with a line "file,label" for each.
            """)
    }

    /// The content of a folder, in the order of names.
    private static func entries(of folder: URL) throws(DatasetError) -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles
            ).sorted { $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8) }
        } catch {
            throw DatasetError(.missing, "\(folder.path): cannot list it: \(error.systemReason)")
        }
    }

    private static func classFolders(in folder: URL) throws(DatasetError) -> [String] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try entries(of: folder).filter(\.hasDirectoryPath).map(\.lastPathComponent)
    }

    private static func synsetList(in entries: [URL]) -> URL? { entries.first { $0.lastPathComponent.hasSuffix("synset_labels.txt") } }

    private mutating func readClassFolders(_ folder: URL, _ entries: [URL], knownClasses: [String]) throws(DatasetError) {
        var found: [(name: String, files: [URL])] = []
        for entry in entries where entry.hasDirectoryPath {
            let files = Self.pictures(below: entry)
            if !files.isEmpty { found.append((entry.lastPathComponent, files)) }
        }
        guard !found.isEmpty else { throw Self.unknownForm(folder) }
        number(found.flatMap { entry in entry.files.map { ($0, entry.name) } }, knownClasses: knownClasses)
    }

    /// Pictures of a class, in the order of their paths; links to files are followed, links to folders are not.
    private static func pictures(below folder: URL) -> [URL] {
        let walk = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil, options: .skipsHiddenFiles)
        var files: [URL] = []
        while let file = walk?.nextObject() as? URL { if Picture.isNamed(file) { files.append(file) } }
        return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private mutating func read(_ list: URL, in folder: URL, separator: Character, knownClasses: [String]) throws(DatasetError) {
        var found: [(URL, String)] = []
        for (number, line) in try Self.lines(of: list).enumerated() {
            let fields = line.split(separator: separator, omittingEmptySubsequences: false).map { Self.unquoted(String($0)) }
            guard fields.count >= 2, !fields[0].isEmpty, !fields[1].isEmpty else {
                throw DatasetError(.malformed, "\(list.path) line \(number + 1): \"\(line.prefix(80))\" is not a file and its label.")
            }
            let file = folder.appending(path: fields[0])
            if number == 0, !FileManager.default.fileExists(atPath: file.path), !Picture.isNamed(file) { continue }  // a header
            guard !fields[0].hasPrefix("/"), !fields[0].split(separator: "/").contains("..") else {
                throw DatasetError(.malformed, "\(list.path) line \(number + 1): \(fields[0]) leads out of the folder.")
            }
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw DatasetError(.missing, "\(list.path) line \(number + 1): there is no file \(file.path).")
            }
            found.append((file, fields[1]))
        }
        let numbers = found.compactMap { Int($0.1) }
        if numbers.count == found.count {
            (files, labels) = (found.map(\.0), numbers)  // even if they cannot exist; that is reported later
        } else {
            number(found, knownClasses: knownClasses)
        }
    }

    private mutating func readSynsets(_ list: URL, _ pictures: [URL], knownClasses: [String]) throws(DatasetError) {
        let synsets = try Self.lines(of: list).map { String($0.split(separator: " ").first ?? "") }
        guard synsets.count == pictures.count else {
            throw DatasetError(.invalidContent, """
                \(list.path) has \(synsets.count) lines, and there are \(pictures.count) pictures: each needs one.
                """)
        }
        number(Array(zip(pictures, synsets)), knownClasses: knownClasses)
    }

    /// Numbers the classes in the order of their names, or like the training set's folders if these include all of them;
    /// names that are numbers from 0 on keep those numbers.
    private mutating func number(_ found: [(URL, String)], knownClasses: [String]) {
        let present = Set(found.map(\.1))
        let numbers = found.compactMap { Int($0.1) }
        if knownClasses.isEmpty, numbers.count == found.count, numbers.allSatisfy({ (0..<100_000).contains($0) }) {
            (files, labels) = (found.map(\.0), numbers)
            return
        }
        let names = present.isSubset(of: knownClasses)
            ? knownClasses : present.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        files = found.map(\.0)
        labels = found.map { places[$0.1] ?? 0 }
        classNames = names
    }

    private static func lines(of file: URL) throws(DatasetError) -> [Substring] {
        let contents: Data
        do { contents = try Data(contentsOf: file) } catch {
            throw DatasetError(.missing, "\(file.path): cannot read it: \(error.systemReason)")
        }
        return String(decoding: contents, as: UTF8.self).split(whereSeparator: \.isNewline)
    }

    private static func unquoted(_ field: String) -> String {
        let field = field.trimmingCharacters(in: .whitespaces)
        return field.count >= 2 && field.hasPrefix("\"") && field.hasSuffix("\"") ? String(field.dropFirst().dropLast()) : field
    }
}
