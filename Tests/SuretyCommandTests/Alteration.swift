/// What someone with an editor may do to a file of a run of twelve images, every third of the data set, and what
/// verification has to say about that file.
struct Alteration {
    let file: String
    let finding: String
    let apply: (String) -> String

    static var all: [Alteration] { certificates + table + record }

    private static var certificates: [Alteration] {
        let altered = "the result does not match its digest: a number, label or hash in it was altered"
        return [
            inLine(1, /"counts":\[/, "\"counts\":[1", "line 1, image 0: \(altered)"),
            inLine(2, /"label":./, "\"label\":4", "line 2, image 3: \(altered)"),
            inLine(3, /"radius":/, "\"radius\":1", "line 3, image 6: \(altered)"),
            inLine(4, /"class":./, "\"class\":3", "line 4, image 9: \(altered)"),
            inLine(5, /"pALower":0\./, "\"pALower\":0.9", "line 5, image 12: \(altered)"),
            inLine(6, /"imageSHA256":"./, "\"imageSHA256\":\"x", "line 6, image 15: \(altered)"),
            inLine(7, /"digest":"./, "\"digest\":\"x", "line 7, image 18: \(altered)"),
            inLine(8, /"seconds":[^}]+/, "\"seconds\":9", "line 8, image 21: the time 9"),
            inLine(9, /,/, ", ", "line 9, image 24: it is not in the form that Surety writes"),
            inLine(10, /"highProbability"/, "\"proven\"", "line 10: it is not a certificate"),
            lines("image 9 is missing") { $0.remove(at: 3) },
            lines("line 5, image 9: the image is on line 4 already") { $0.insert($0[3], at: 4) },
            lines("line 6, image 12: it is out of order") { $0.swapAt(4, 5) },
            lines("line 3: it is not a certificate") { $0.insert("", at: 2) },
            Alteration(file: "certificates.jsonl", finding: "line 12: the line is torn") { String($0.dropLast(9)) },
        ]
    }

    private static var table: [Alteration] {
        [
            rows("line 3, image 3: ") { $0[2] = $0[2].replacing(/\t\d\.\d+\t/, with: "\t2.500000\t") },
            rows("line 13, image 33: the line is missing") { $0.removeLast() },
            rows("line 14: there are 1 lines more than certificates") { $0.append("36\t0\t0\t1.0\t1\t0.1") },
        ]
    }

    private static var record: [Alteration] {
        [
            inRecord(/"sigma": 1/, "\"sigma\": 2", "settingsDigest"),
            inRecord(/"alpha": 0.001/, "\"alpha\": 0.01", "settingsDigest"),
            inRecord(/"split": 0.98/, "\"split\": 0.97", "no \"two-bound\" bound gives 0.97 of alpha to pA"),
            inRecord(/"seed": 0/, "\"seed\": 1", "settingsDigest"),
            inRecord(/"sha256": "./, "\"sha256\": \"x", "settingsDigest"),
            inRecord(/"settingsDigest": "./, "\"settingsDigest\": \"x", "settingsDigest x"),
            inRecord(/"digest": "./, "\"digest\": \"x", "the record does not match its digest"),
            inRecord(/"processor": "/, "\"processor\": \"quantum ", "the record does not match its digest"),
            inRecord(/"samplesPerSecond":./, "\"samplesPerSecond\": 9", "something in it was altered"),
            inRecord(/"completed": 12/, "\"completed\": 11", "progress.completed is 11, but the certificates"),
            inRecord(/"schema": 1/, "\"schema\": 2", "2 is not known to this version"),
        ]
    }

    private static func inLine(_ number: Int, _ old: Regex<Substring>, _ new: String, _ finding: String) -> Alteration {
        lines(finding) { $0[number - 1] = $0[number - 1].replacing(old, with: new, maxReplacements: 1) }
    }

    private static func lines(_ finding: String, _ change: @escaping (inout [String]) -> Void) -> Alteration {
        byLine("certificates.jsonl", finding, change)
    }

    private static func rows(_ finding: String, _ change: @escaping (inout [String]) -> Void) -> Alteration {
        byLine("certificates.tsv", finding, change)
    }

    private static func byLine(
        _ file: String, _ finding: String, _ change: @escaping (inout [String]) -> Void
    ) -> Alteration {
        Alteration(file: file, finding: finding) { text in
            var lines = text.split(separator: "\n").map(String.init)
            change(&lines)
            return lines.map { $0 + "\n" }.joined()
        }
    }

    private static func inRecord(_ old: Regex<Substring>, _ new: String, _ finding: String) -> Alteration {
        Alteration(file: "run.json", finding: finding) { $0.replacing(old, with: new, maxReplacements: 1) }
    }
}
