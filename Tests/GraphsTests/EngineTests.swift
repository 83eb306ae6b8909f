import Graphs
import Testing

@Suite struct EngineTests {
    @Test func theLibraryIsNamedWithItsVersion() throws {
        _ = try Engine()
        #expect(Engine.libraryVersion.wholeMatch(of: /oneDNN 2\.\d+\.\d+/) != nil)
    }
}
