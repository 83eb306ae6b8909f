import Foundation
import SuretyRecords
import Testing
import TestSupport

@Suite struct AttachedFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The digest of "abc" is NIST's.
    @Test func keepsDigestsByName() throws {
        var files = AttachedFiles()
        #expect(files.names.isEmpty && files["b.txt"] == nil)
        files.add("b.txt", Data("abc".utf8))
        files.add("a.txt", Data())
        #expect(files.names == ["a.txt", "b.txt"])
        #expect(files["b.txt"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        files.add("a.txt", Data("abc".utf8))
        let digest = try #require(files["a.txt"])
        #expect(digest == files["b.txt"])
        let json = try CanonicalJSON.data(files)
        #expect(String(decoding: json, as: UTF8.self) == #"{"a.txt":"\#(digest)","b.txt":"\#(digest)"}"#)
        #expect(try JSONDecoder().decode(AttachedFiles.self, from: json) == files)
    }

    /// A record must not lead out of its directory, nor to itself.
    @Test(arguments: ["../file", "/etc/passwd", "a/b", ".", "..", ".hidden", "run.json", "file/"])
    func refusesPlacesElsewhere(name: String) throws {
        let error = try #require(throws: DecodingError.self) {
            try JSONDecoder().decode([String: AttachedFiles].self, from: CanonicalJSON.data(["files": [name: "", "file": ""]]))
        }
        #expect(CanonicalJSON.explain(error) == "files: \"\(name)\" is not the name of a file beside run.json")
    }

    @Test func namesAlteredAndMissingFiles() throws {
        var files = AttachedFiles()
        for name in ["a", "b", "c"] { files.add(name, Data(name.utf8)) }
        for name in ["a", "b", "c"] { try folder.write(Data(name.utf8), to: name) }
        #expect(files.findings(in: folder.root).isEmpty)
        try folder.write(Data("B".utf8), to: "b")
        try FileManager.default.removeItem(at: folder.url("c"))
        #expect(files.findings(in: folder.root).map(\.description)
            == ["b: it does not match the digest that run.json has of it: it was altered", "c: the file is missing"])
    }

    /// The record is bound to what is attached to its directory, also when the directory is opened again.
    @Test func aRunIsBoundToItsFiles() throws {
        do {
            let directory = try RunDirectory(at: folder.url("run"), for: Tally.record())
            try directory.attach(Data("fits".utf8), as: "fits.json")
            try folder.write(Data("images".utf8), to: "run/images.npz")
            try directory.attach(fileNamed: "images.npz")
            for image in directory.remaining { try directory.append(Tally.Line(image: image)) }
            try directory.save()
        }
        let reopened = try RunDirectory(at: folder.url("run"), for: Tally.record())
        #expect(reopened.record.files.names == ["fits.json", "images.npz"])
        #expect(Verification<Tally>.findings(in: folder.url("run")).isEmpty)
        for name in reopened.record.files.names {
            let content = try #require(folder.contents(of: "run/\(name)"))
            try folder.write(content + Data([0]), to: "run/\(name)")
            #expect(Verification<Tally>.findings(in: folder.url("run")).map(\.file) == [name])
            try folder.write(content, to: "run/\(name)")
        }
        #expect(throws: RunError.self) { try reopened.attach(fileNamed: "nothing") }
        #expect(reopened.record.files.names == ["fits.json", "images.npz"])
    }

    /// What the lines depend on can change only as long as there are none.
    @Test func whatLinesDependOnStays() throws {
        let directory = try RunDirectory(at: folder.url("run"), for: Tally.record())
        for content in ["one", "two"] { try directory.attach(Data(content.utf8), as: "fits.json", isFixed: true) }
        try directory.append(Tally.Line(image: 0))
        try directory.attach(Data("two".utf8), as: "fits.json", isFixed: true)
        let error = #expect(throws: RunError.self) { try directory.attach(Data("three".utf8), as: "fits.json", isFixed: true) }
        #expect(error?.reason == .differentSettings && error?.description.contains("was begun with another fits.json") == true)
        #expect(folder.contents(of: "run/fits.json") == Data("two".utf8))
        #expect(directory.record.files["fits.json"] == SHA256.hexadecimal(of: "two"))
    }
}
