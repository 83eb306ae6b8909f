/// What every record says of the program that wrote it.
public enum RecordFormat {
    /// The version of the form of the files in a run's directory.
    public static let schema = 1

    /// The version of Surety.
    public static let version = "0.3.0"
}
