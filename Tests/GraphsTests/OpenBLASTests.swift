import Foundation
import SuretyGraphs
import SuretyTensors
import Testing

#if os(Linux)
@Suite struct OpenBLASTests {
    /// GSL brings its own slow CBLAS, with functions of the same names: matrix products must not be bound to it.
    @Test func matrixProductsAreBoundToOpenBLAS() throws {
        // Something that uses the function, so that its library is loaded.
        let matrix = Node.constant(Tensor(shape: [2, 2], values: [1, 2, 3, 4]))
        let program = try Program(computing: [matrix.product(matrix)], from: [], optimising: false)
        #expect(try program.makeExecutor().run([])[0].values == [7, 10, 15, 22])

        let address = UInt(bitPattern: try #require(dlsym(nil, "cblas_sgemm")))
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
        let table = try #require(try file.readToEnd())
        let maps = String(decoding: table, as: UTF8.self).split(separator: "\n")
        let library = try #require(maps.first { line in
            let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            return bounds.count == 2 && (bounds[0]..<bounds[1]).contains(address)
        })
        #expect(library.contains("openblas"), "cblas_sgemm comes from \(library)")
    }
}
#endif
