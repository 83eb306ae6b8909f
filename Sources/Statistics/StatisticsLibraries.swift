import CSuretyBoostMath
import CSuretyGSL

/// The numerical libraries behind the bounds, for the provenance of results.
public enum StatisticsLibraries {
    /// Their names and versions.
    public static var versions: String {
        let boost = String(cString: CBoostMathVersion()).split(separator: "_").joined(separator: ".")
        return "GSL \(String(cString: CGSLVersion())), Boost.Math \(boost)"
    }
}
