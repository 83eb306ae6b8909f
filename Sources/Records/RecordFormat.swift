/// What every record says about the program that wrote it.
public enum RecordFormat {
    /// The format version of the files in a run's directory.
    public static let schema = 1

    /// The version of Surety.
    public static let version = "0.3.0"
}
