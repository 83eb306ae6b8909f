import Foundation
import FuzzedReaders

// What libFuzzer calls, which has the program's `main`: `fuzzing [flags] CORPUS…`. The environment variable READER names the reader,
// as it chooses between programs, and not within one. See Tests/fuzz.sh.

private let reader: FuzzedReader = {
    guard let name = ProcessInfo.processInfo.environment["READER"], let reader = FuzzedReader(rawValue: name) else {
        fatalError("READER is one of \(FuzzedReader.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return reader
}()

/// In memory, if the system has such a folder: a million files are written to it.
private let folder: URL = {
    let root = URL(filePath: FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
    let folder = root.appending(path: "surety-fuzz-\(reader.rawValue)-\(getpid())")
    guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil else {
        fatalError("cannot make \(folder.path)")
    }
    return folder
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    reader.read(Data(bytes: bytes, count: count), in: folder)
    return 0
}
