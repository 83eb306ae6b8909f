import Foundation

extension Error {
    /// The operating system's own description of a failure, without Foundation's wrapping: "No space left on device".
    package var systemReason: String {
        if let code = (self as? POSIXError)?.code ?? ((self as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError)?.code {
            return String(cString: strerror(code.rawValue))
        }
        return localizedDescription
    }
}
