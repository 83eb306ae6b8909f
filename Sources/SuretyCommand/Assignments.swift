import Surety

/// The settings that `--set key=value`, given several times, asks for.
///
/// - Throws: `SuretyError` for what is not an assignment, or a key given twice.
func settings(from assignments: [String]) throws(SuretyError) -> [String: String] {
    var settings: [String: String] = [:]
    for assignment in assignments {
        guard let sign = assignment.firstIndex(of: "=") else {
            throw SuretyError("--set \(assignment): write key=value.")
        }
        let key = String(assignment[..<sign])
        guard settings.updateValue(String(assignment[assignment.index(after: sign)...]), forKey: key) == nil else {
            throw SuretyError("--set \(assignment): \(key) is given twice.")
        }
    }
    return settings
}
