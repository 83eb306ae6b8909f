import Foundation
import SuretyRecords
import Synchronization

/// Images that are kept as pictures in a folder: see `PictureList` for the forms.
///
/// Several threads decode pictures, which are read from first to last; pictures that are not kept take no memory. The set's
/// digest is that of the pixels as a classifier gets them, whatever the files' formats.
extension LabelledImages {
    /// Reads a folder of PNG, JPEG and WebP files.
    ///
    /// If any of the first pictures is in colour, all have three channels.
    ///
    /// - Parameters:
    ///   - preparation: What is done with each.
    ///   - isKept: Whether the image with this index is kept, given it and the number of images; nil keeps all.
    /// - Throws: `DatasetError` that names a picture that cannot be decoded or has another size, or says which forms are
    ///   supported.
    public init(
        folder: URL, split: Split = .test, _ preparation: PicturePreparation = .none,
        keeping isKept: ((_ image: Int, _ count: Int) -> Bool)? = nil
    ) throws(DatasetError) {
        let list = try PictureList(folder, split: split)
        let count = list.files.count, portion = 64
        try Self.check(labels: list.labels, count: count, source: folder.path)
        let begin = try Picture.decoded(Array(list.files.prefix(portion)), preparation)
        let channels = begin.contains { $0.channels == 3 } ? 3 : 1
        let shape = [channels, begin[0].height, begin[0].width]
        try Self.checkExtents(count: count, shape: shape, source: folder.path)
        let kept = isKept.map { isKept in (0..<count).filter { isKept($0, count) } }
        let size = shape.reduce(1, *)
        try MemoryShare.require((kept?.count ?? count) * size, of: 1, for: "pixels", in: folder.path)
        let wanted = kept.map(Set.init)
        var digest = Self.digest(of: list.labels, shape: shape, type: "uint8"), pixels: [UInt8] = []
        pixels.reserveCapacity((kept?.count ?? count) * size)
        for start in stride(from: 0, to: count, by: portion) {
            let places = start..<min(start + portion, count)
            let pictures = start == 0 ? begin : try Picture.decoded(Array(list.files[places]), preparation)
            for (place, picture) in zip(places, pictures) {
                guard [picture.height, picture.width] == [shape[1], shape[2]] else {
                    throw DatasetError(.invalidContent, """
                        \(list.files[place].path): it is \(picture.height)×\(picture.width), and \(list.files[0].path) \
                        \(shape[1])×\(shape[2]). Give --resize and --crop, as the model was trained with: for ImageNet --resize 256 --crop 224.
                        """)
                }
                guard picture.channels <= channels else {
                    throw DatasetError(.invalidContent, """
                        \(list.files[place].path): it is in colour, and the first \(begin.count) pictures are grey. Save all in one way.
                        """)
                }
                let planes = picture.planes(channels)
                digest.update(planes)
                if wanted?.contains(place) ?? true { pixels += planes }
            }
        }
        let names = list.classNames.map { names in
            let shown = names.prefix(10).enumerated().map { "\($0) \($1)" }.joined(separator: ", ")
            return "Its \(names.count) classes are numbered in the order of their folders or names: \(shown)\(names.count > 10 ? ", …" : "")."
        }
        self.init(
            name: folder.lastPathComponent, split: split, shape: shape, pixels: .uint8(pixels), labels: list.labels,
            classNames: list.classNames, note: names, sha256: digest.hexadecimal(), kept: kept, grid: .levels8,
            preparation: preparation.recorded)
    }
}

extension Picture {
    /// Pictures of several files, in their order.
    ///
    /// - Throws: The error of the first one that cannot be read.
    static func decoded(_ files: [URL], _ preparation: PicturePreparation) throws(DatasetError) -> [Picture] {
        let found = Mutex<[Int: Result<Picture, DatasetError>]>([:])
        DispatchQueue.concurrentPerform(iterations: files.count) { place in
            let picture = Result { () throws(DatasetError) in try Picture(files[place], preparation) }
            found.withLock { $0[place] = picture }
        }
        var pictures: [Picture] = []
        for place in files.indices {
            if let picture = try found.withLock({ $0[place] })?.get() { pictures.append(picture) }
        }
        return pictures
    }
}
