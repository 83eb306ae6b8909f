import Foundation

/// What a command tells its user when it cannot go on.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The operating system's own words for a failure, without Foundation's wrapping.
func reason(_ error: any Error) -> String {
    let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
    if let cause { return String(cString: strerror(cause.code.rawValue)) }
    return error.localizedDescription
}
