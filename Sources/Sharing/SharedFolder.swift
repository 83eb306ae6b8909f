import Foundation
import SuretyRecords

/// The only operations that workers on a shared folder need from its file system: NFS has guaranteed them since version 3. No
/// lock is taken and no file is renamed over another, because replies to both can be lost.
///
/// Names are paths relative to the folder.
public protocol SharedFolder: Sendable {
    /// Makes a file that must not exist. If several workers try at once, only one succeeds; if its reply is lost, it may be
    /// told that it did not.
    ///
    /// - Returns: Whether it was made.
    func create(_ name: String, _ contents: Data) throws(RunError) -> Bool

    /// The seconds since a file was made or renewed, by the file server's clock; nil if there is none. A cached answer may be
    /// some seconds out of date.
    func age(of name: String) throws(RunError) -> Double?

    /// Sets a file's time to now, by the file server's clock.
    ///
    /// - Returns: false if there is no such file.
    func renew(_ name: String) throws(RunError) -> Bool

    /// Removes a file, if it is there.
    func remove(_ name: String) throws(RunError)

    /// The names of the files in a folder of the shared one, without the folder's; empty if the folder is missing.
    func names(in folder: String) throws(RunError) -> [String]

    /// A file's content from an offset on: empty if there is no such file, or nothing more in it.
    func read(_ name: String, from offset: Int) throws(RunError) -> Data

    /// Adds to the end of a file that only this process writes, making it if need be. It is on disk when this returns.
    func append(_ name: String, _ contents: Data) throws(RunError)
}
