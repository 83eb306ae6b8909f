import Foundation
import SuretyDatasets
import SuretyNetworks
import SuretyTraining
import Testing

struct PseudoLabelsTests {
    private func archive(_ images: LabelledImages) throws -> UnlabelledImages {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("surety-\(UUID().uuidString).npz")
        defer { try? FileManager.default.removeItem(at: file) }
        try images.write(archive: file)
        return try UnlabelledImages(archive: file)
    }

    /// A trained network names the classes of images that it can tell apart; joined with the labelled ones, they train on.
    @Test func aTrainedNetworkNamesTheClasses() throws {
        let labelled = try TinyTraining.images()
        let truth = try TinyTraining.images(count: 130, seed: 9)
        var found = truth
        let agreement = try TinyTraining.mean { settings in
            var settings = settings
            settings.epochs = 40
            let teacher = try TinyTraining.finished(
                Trainer(TinyTraining.network(), StandardTraining(), on: labelled, settings)).trainedNetwork()
            found = try archive(truth).pseudoLabelled(by: teacher, batchSize: 48)
            #expect(found.pixels == truth.pixels && found.classCount == 3)
            return Double(zip(found.labels, truth.labels).count { $0 == $1 }) / 130
        }
        #expect(agreement > 0.9)

        let joined = try labelled.joined(with: found)
        #expect(joined.count == 152 && joined.labels == labelled.labels + found.labels)
        let trainer = try TinyTraining.finished(
            Trainer(TinyTraining.network(), StandardTraining(), on: joined, TinyTraining.settings))
        #expect(trainer.history.count == TinyTraining.settings.epochs)
    }

    @Test func otherImagesAreAnError() throws {
        let network = try Architecture.mlp.network(imageShape: [1, 3, 4], classCount: 2, seed: 0)
        let images = try archive(TinyTraining.images())
        #expect(throws: TrainingError.self) { try images.pseudoLabelled(by: network) }
    }
}
