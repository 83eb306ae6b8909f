import Foundation
import SuretyDatasets
import SuretyRecords

/// Writes the first lines of a run to a directory, whatever they say.
func writeRun<Settings: RunSettings>(
    _ settings: Settings, _ lines: [Settings.Line], of model: ModelRecord, _ images: LabelledImages, to url: URL
) throws {
    let directory = try RunDirectory(at: url, for: record(settings, model, images))
    try directory.append(lines)
    try directory.save()
}

/// The same as older versions wrote it: of any images, and without digests.
func writeUnsealedRun<Settings: RunSettings>(
    _ settings: Settings, _ lines: [Settings.Line], of model: ModelRecord, _ images: LabelledImages, to url: URL
) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let contents = String(decoding: try JSONEncoder().encode(record(settings, model, images)), as: UTF8.self)
    try Data(contents.replacing("\"schema\":2", with: "\"schema\":1").utf8).write(to: url.appending(path: "run.json"))
    let bytes = try lines.map { try JSONEncoder().encode($0) + Data("\n".utf8) }.joined()
    try Data(bytes).write(to: url.appending(path: Settings.linesFile))
}

private func record<Settings: RunSettings>(
    _ settings: Settings, _ model: ModelRecord, _ images: LabelledImages
) -> RunRecord<Settings> {
    RunRecord(
        model: model, data: DataRecord(images), settings: settings, selection: .all,
        environment: .init(processor: "any", threads: 1, libraries: "none"))
}
