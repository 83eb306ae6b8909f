import SuretyRecords
import Testing

@Suite struct RunDifferencesTests {
    private func differences(
        _ there: RunRecord<Tally>, _ here: RunRecord<Tally>, comparesSelection: Bool = true
    ) throws -> [String] {
        try here.differences(from: there, comparesSelection: comparesSelection)
    }

    /// Each setting by itself, with its values as people read them.
    @Test(arguments: [
        (Tally(step: 0.2), ["settings.step: 0.1 there, 0.2 here"]),
        (Tally(seed: 7), ["settings.seed: 18446744073709551615 there, 7 here"]),
        (Tally(seed: .max - 1), ["settings.seed: 18446744073709551615 there, 18446744073709551614 here"]),
        (Tally(radii: [0.25, 1]), ["settings.radii: [] there, [0.25, 1] here"]),
        (Tally(names: ["a": "b"]), ["settings.names.a: nothing there, b here"]),
        (Tally(isExact: true), ["settings.isExact: false there, true here"]),
        (Tally(limit: -2.5), ["settings.limit: nothing there, -2.5 here"]),
        (Tally(), []),
    ] as [(Tally, [String])])
    func namesEachSetting(settings: Tally, expected: [String]) throws {
        #expect(try differences(Tally.record(), Tally.record(settings)) == expected)
    }

    @Test func saysWhichIsThereAndWhichIsHere() throws {
        let (there, here) = (Tally.record(Tally(limit: 1, key: 1)), Tally.record(Tally(step: 3, limit: 2, key: 2)))
        #expect(try differences(there, here) == ["settings.limit: 1 there, 2 here", "settings.step: 0.1 there, 3 here"])
        #expect(try differences(here, there) == ["settings.limit: 2 there, 1 here", "settings.step: 3 there, 0.1 here"])
    }

    /// The generator's key follows from the rest, and is named only where nothing else explains the difference.
    @Test func namesTheGeneratorOnlyIfNothingElseDiffers() throws {
        #expect(try differences(Tally.record(Tally(key: 1)), Tally.record(Tally(key: 2))) == ["random.key: 1 there, 2 here"])
        #expect(try differences(Tally.record(Tally(seed: 1, key: 1)), Tally.record(Tally(seed: 2, key: 2)))
            == ["settings.seed: 1 there, 2 here"])
    }

    @Test func namesModelAndData() throws {
        func model(_ sha256: String = "aa", mean: [Double]? = nil, made: String = "by hand") -> RunRecord<Tally> {
            Tally.record(model: .init(file: "other.onnx", sha256: sha256, mean: mean, std: mean, metadata: ["made": made]))
        }
        #expect(try differences(Tally.record(), model("cc")) == ["model.sha256: aa there, cc here"])
        #expect(try differences(Tally.record(), model(made: "by machine"))
            == ["model.metadata.made: by hand there, by machine here"])
        #expect(try differences(Tally.record(), model(mean: [0.5]))
            == ["model.mean: nothing there, [0.5] here", "model.std: nothing there, [0.5] here"])
        let data = DataRecord(name: "four", split: .train, sha256: "dd", count: 4, shape: [3, 1, 1], preparation: "cut")
        #expect(try differences(Tally.record(), Tally.record(data: data)) == [
            "data.count: 3 there, 4 here", "data.name: three there, four here", "data.preparation: nothing there, cut here",
            "data.sha256: bb there, dd here", "data.shape: [1, 2, 2] there, [3, 1, 1] here", "data.split: test there, train here",
        ])
    }

    @Test func comparesTheImagesIfAsked() throws {
        let other = try Tally.record(selection: ImageSelection(skip: 2, max: 1, shard: .init("0/2")))
        #expect(try differences(Tally.record(), other)
            == ["selection.max: none there, 1 here", "selection.shard: 0/1 there, 0/2 here", "selection.skip: 1 there, 2 here"])
        #expect(try differences(Tally.record(), other, comparesSelection: false).isEmpty)
    }

    /// Where a run took place, by which version, and what the model's file is called: no result depends on it.
    @Test func provenanceIsNoDifference() throws {
        var other = Tally.record(
            model: .init(file: "other.onnx", sha256: "aa", metadata: ["made": "by hand"]),
            environment: .init(processor: "another", threads: 9, batch: 3, libraries: "all", convolution: "winograd"))
        other.version = "0.0.1"
        #expect(try differences(Tally.record(), other).isEmpty)
        #expect(try other.settingsDigest() == Tally.record().settingsDigest() && other.digest() != Tally.record().digest())
    }
}
