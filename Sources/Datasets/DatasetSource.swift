import Foundation
import SuretyRecords

/// A data set as a person names it: `mnist`, `cifar10`, `synthetic`, the path of an `.npz` or `.mat` file, or a folder of pictures;
/// or some classes of any of these, as in `mnist:1,3`.
///
///     let set = try DatasetSource("mnist").load(.test, under: DatasetRoot())
public indirect enum DatasetSource: Sendable, Equatable {
    /// MNIST, from IDX files under the root.
    case mnist
    /// CIFAR-10, from its binary batches under the root, or Python's.
    case cifar10
    /// CIFAR-100 likewise, with its fine classes.
    case cifar100
    /// Digits drawn by `SyntheticDigits`; needs no files.
    case synthetic
    /// An `.npz` archive: see `LabelledImages.init(archive:)`.
    case archive(URL)
    /// A `.mat` file of MATLAB: see `LabelledImages.init(matlab:)`.
    case matlab(URL)
    /// A folder of pictures, prepared this way: see `LabelledImages.init(folder:)`.
    case folder(URL, PicturePreparation)
    /// Only these classes, renumbered in this order.
    case classes([Int], of: DatasetSource)

    /// - Parameter preparation: What is done with the pictures of a folder.
    /// - Throws: `DatasetError` when the argument is neither a known name nor the path of such a file or a folder, or there
    ///   are no pictures to prepare.
    public init(_ argument: String, preparation: PicturePreparation = .none) throws(DatasetError) {
        self = try Self.named(argument, preparation)
        guard preparation == .none || isFolder else {
            throw DatasetError(.unsupported, """
                \(argument) is not a folder of pictures. Only pictures can be resized and cropped: prepare the images beforehand.
                """)
        }
    }

    /// Whether it consists of pictures, which can be prepared.
    public var isFolder: Bool {
        switch self {
        case .folder: true
        case .classes(_, let source): source.isFolder
        case .mnist, .cifar10, .cifar100, .synthetic, .archive, .matlab: false
        }
    }

    private static func named(_ argument: String, _ preparation: PicturePreparation) throws(DatasetError) -> DatasetSource {
        switch argument {
        case "mnist": return .mnist
        case "cifar10": return .cifar10
        case "cifar100": return .cifar100
        case "synthetic": return .synthetic
        case _ where argument.hasSuffix(".npz"): return .archive(URL(fileURLWithPath: argument))
        case _ where argument.hasSuffix(".mat"): return .matlab(URL(fileURLWithPath: argument))
        case _ where URL(fileURLWithPath: argument).isFolder: return .folder(URL(fileURLWithPath: argument), preparation)
        default:
            guard let (name, classes) = Self.selection(argument) else {
                let problem = FileManager.default.fileExists(atPath: argument)
                    ? "'\(argument)' is neither an .npz or .mat file nor a folder; examples/to-npz makes one of .npy and Parquet"
                    : "There is no data set named '\(argument)'"
                throw DatasetError(.unsupported, """
                    \(problem). Use mnist, cifar10, cifar100, synthetic, or the path of an .npz or .mat file or of a folder of pictures, and for some of \
                    its classes their numbers after it, as in mnist:1,3.
                    """)
            }
            return .classes(classes, of: try named(name, preparation))
        }
    }

    /// The set and the classes of an argument like `mnist:1,3`.
    private static func selection(_ argument: String) -> (name: String, classes: [Int])? {
        guard let colon = argument.lastIndex(of: ":") else { return nil }
        let words = argument[argument.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
        let classes = words.compactMap { Int($0) }
        return classes.count == words.count ? (String(argument[..<colon]), classes) : nil
    }

    /// Reads the set, or draws it.
    ///
    /// MNIST is looked for in `mnist` and `data/mnist` under the root, its files plain or gzip; CIFAR-10 in
    /// `cifar10/cifar-10-batches-bin`, `data/cifar10/cifar-10-batches-bin` and `cifar-10-batches-bin`. Any of CIFAR-10's five
    /// training batches that exist are read, and the set's `note` says which.
    ///
    /// - Parameter isKept: Whether the image with this index is wanted, given it and the number of images. Archives may be
    ///   larger than memory; their other images are not kept: see `LabelledImages.init(archive:)`.
    /// - Throws: `DatasetError` when files are missing, truncated or altered.
    public func load(
        _ split: Split, under root: DatasetRoot, keeping isKept: ((_ image: Int, _ count: Int) -> Bool)? = nil
    ) throws(DatasetError) -> LabelledImages {
        switch self {
        case .mnist:
            let stem = split == .test ? "t10k" : "train"
            let files = try Self.find(
                ["\(stem)-images-idx3-ubyte", "\(stem)-labels-idx1-ubyte"], of: "mnist",
                in: ["mnist", "data/mnist"], packed: true, under: root)
            return try LabelledImages(
                name: "mnist", split: split, imagesAt: files[0], labelsAt: files[1], classCount: 10)
        case .cifar10:
            return try Self.loadCIFAR10(split, under: root)
        case .cifar100:
            let name = split == .test ? "test" : "train"
            let folders = ["cifar100", "data/cifar100", "."]
            let files = try Self.findBatches(
                [("\(name).bin", folders.map { "\($0)/cifar-100-binary" }), (name, folders.map { "\($0)/cifar-100-python" })],
                of: "cifar100", under: root)
            return try LabelledImages(name: "cifar100", split: split, batches: files, classCount: 100)
        case .synthetic:
            return try SyntheticDigits.images(split)
        case .archive(let file):
            return try LabelledImages(archive: file, split: split, keeping: isKept)
        case .matlab(let file):
            return try LabelledImages(matlab: file, split: split)
        case .folder(let folder, let preparation):
            return try LabelledImages(folder: folder, split: split, preparation, keeping: isKept)
        case .classes(let classes, let source):
            return try source.load(split, under: root).keeping(classes: classes)
        }
    }

    private static func loadCIFAR10(_ split: Split, under root: DatasetRoot) throws(DatasetError) -> LabelledImages {
        let folders = ["cifar10/cifar-10-batches-bin", "data/cifar10/cifar-10-batches-bin", "cifar-10-batches-bin"]
        let python = folders.map { $0.replacing("-bin", with: "-py") }
        guard split == .train else {
            let files = try findBatches([("test_batch.bin", folders), ("test_batch", python)], of: "cifar10", under: root)
            return try LabelledImages(name: "cifar10", split: split, batches: files)
        }
        let batches = (folders.map { ($0, ".bin") } + python.map { ($0, "") }).lazy
            .map { folder, suffix in
                (1...5).map { root.url.appendingPathComponent(folder).appendingPathComponent("data_batch_\($0)\(suffix)") }
            }
            .map { files in files.filter { FileManager.default.fileExists(atPath: $0.path) } }
            .first { !$0.isEmpty }
        guard let batches else { throw missing("data_batch_1.bin … data_batch_5.bin", of: "cifar10", folders, root) }
        let note = batches.count == 5 ? nil : """
            \(batches.count) of the 5 training batches were found \
            (\(batches.map(\.lastPathComponent).joined(separator: ", "))).
            """
        return try LabelledImages(name: "cifar10", split: split, batches: batches, note: note)
    }

    /// The file in the first form that exists: CIFAR's binary form, which `data fetch` gets, or Python's.
    private static func findBatches(
        _ forms: [(name: String, folders: [String])], of set: String, under root: DatasetRoot
    ) throws(DatasetError) -> [URL] {
        for form in forms {
            if let files = try? find([form.name], of: set, in: form.folders, packed: false, under: root) { return files }
        }
        throw missing(forms.map(\.name).joined(separator: ", or Python's "), of: set, forms.flatMap(\.folders), root)
    }

    /// The files of these names in the first folder that holds them all.
    private static func find(
        _ names: [String], of set: String, in folders: [String], packed: Bool, under root: DatasetRoot
    ) throws(DatasetError) -> [URL] {
        let suffixes = packed ? ["", ".gz"] : [""]
        for folder in folders {
            let files = names.compactMap { name in
                suffixes.map { root.url.appendingPathComponent(folder).appendingPathComponent(name + $0) }
                    .first { FileManager.default.fileExists(atPath: $0.path) }
            }
            if files.count == names.count { return files }
        }
        let wanted = names.map { packed ? "\($0)[.gz]" : $0 }.joined(separator: " and ")
        throw missing(wanted, of: set, folders, root)
    }

    private static func missing(
        _ wanted: String, of set: String, _ folders: [String], _ root: DatasetRoot
    ) -> DatasetError {
        let places = folders.map { "  " + root.url.appendingPathComponent($0).path }.joined(separator: "\n")
        return DatasetError(.missing, """
            The data set \(set) was not found. Looked for \(wanted) in
            \(places)
            Run 'surety data fetch \(set)', or name the folder that holds it with --data-root or SURETY_DATA.
            """)
    }
}

extension URL {
    fileprivate var isFolder: Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}
