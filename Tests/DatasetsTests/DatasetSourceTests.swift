import Foundation
import SuretyDatasets
import SuretyRecords
import Testing
import TestSupport

@Suite struct DatasetSourceTests {
    @Test func knowsItsNames() throws {
        #expect(try DatasetSource("mnist") == .mnist)
        #expect(try DatasetSource("cifar10") == .cifar10)
        #expect(try DatasetSource("synthetic") == .synthetic)
        #expect(try DatasetSource("some/set.npz") == .archive(URL(fileURLWithPath: "some/set.npz")))
        let error = #expect(throws: DatasetError.self) { try DatasetSource("cifar") }
        #expect(error?.description.contains("mnist, cifar10, cifar100, synthetic") == true)
    }

    @Test func knowsClassesOfASet() throws {
        #expect(try DatasetSource("mnist:1,3") == .classes([1, 3], of: .mnist))
        #expect(try DatasetSource("a:b.npz:7") == .classes([7], of: .archive(URL(fileURLWithPath: "a:b.npz"))))
        for wrong in ["mnist:", "mnist:1,", "mnist:one", "cifar:1"] {
            #expect(throws: DatasetError.self, "\(wrong)") { try DatasetSource(wrong) }
        }
        let set = try DatasetSource("synthetic:3,1").load(.test, under: DatasetRoot())
        #expect(set.name == "synthetic:3,1" && set.classCount == 2 && Set(set.labels) == [0, 1])
    }

    @Test func looksWhereItIsTold() {
        let environment = ["SURETY_DATA": "/sets"]
        #expect(DatasetRoot("/given", environment: environment).url.path == "/given")
        #expect(DatasetRoot(environment: environment).url.path == "/sets")
        #expect(DatasetRoot("", environment: ["SURETY_DATA": ""]).url.path.hasSuffix("/.cache/surety"))
        #expect(DatasetRoot(environment: [:]).url.path.hasSuffix("/.cache/surety"))
    }

    @Test(arguments: [
        ("mnist", Split.test, "t10k-images-idx3-ubyte"), ("mnist", .train, "train-labels-idx1-ubyte"),
        ("cifar10", .test, "test_batch.bin"), ("cifar10", .train, "data_batch_1.bin"),
    ])
    func aMissingSetIsExplained(name: String, split: Split, file: String) throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: DatasetError.self) {
            try DatasetSource(name).load(split, under: DatasetRoot(folder.root.path))
        }
        #expect(error?.reason == .missing)
        for words in [file, folder.url("\(name)").path, folder.url("data/\(name)").path, "surety data fetch \(name)"] {
            #expect(error?.description.contains(words) == true)
        }
    }
}
