import SuretyAttacks
import Testing
import TestSupport

struct HalfSpaceProjectionTests {
    private func projected(_ point: [Float], _ normals: [[Float]], _ limits: [Float]) -> [Float] {
        HalfSpaceProjection(normals: normals.flatMap(\.self), limits: limits, dimension: point.count)(point)
    }

    private func isNear(_ a: [Float], _ b: [Float], _ tolerance: Float = 1e-5) -> Bool {
        zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
    }

    @Test func ontoOneHalfSpace() {
        // y − (a·y − b)/‖a‖² a
        #expect(isNear(projected([3, 1, 2], [[2, 0, 1]], [3]), [3 - 2, 1, 2 - 1]))
        #expect(projected([1, 1, 1], [[2, 0, 1]], [3]) == [1, 1, 1])
        #expect(projected([-5, 9, 0], [[2, 0, 1]], [3]) == [-5, 9, 0])
    }

    @Test func ontoABoxAndACorner() {
        let walls: [[Float]] = [[1, 0], [-1, 0], [0, 1], [0, -1]]
        let limits: [Float] = [1, 2, 3, 0.5]
        #expect(isNear(projected([4, 7], walls, limits), [1, 3]))
        #expect(isNear(projected([-4, 1], walls, limits), [-2, 1]))
        #expect(isNear(projected([0.2, -9], walls, limits), [0.2, -0.5]))
        #expect(projected([0.5, 0.5], walls, limits) == [0.5, 0.5])
    }

    /// Half-spaces that say the same, or nothing, or more than there are dimensions.
    @Test func dependentHalfSpaces() {
        #expect(isNear(projected([5, 0], [[1, 0], [1, 0], [2, 0]], [1, 1, 2]), [1, 0]))
        #expect(isNear(projected([5, 0], [[1, 0], [0, 0]], [1, 0]), [1, 0]))
        // The vertex (1, 1), through which three boundaries run, and one that the point does not meet.
        #expect(isNear(projected([4, 4], [[1, 0], [0, 1], [1, 1], [1, -1]], [1, 1, 2, 5]), [1, 1]))
        #expect(projected([7, 7], [], []) == [7, 7])
        // 0 on the boundary.
        #expect(isNear(projected([3, 2], [[1, 0]], [0]), [0, 2]))
    }

    /// Against every set of half-spaces met with equality in turn: the nearest of the points inside is the projection.
    @Test func agreesWithEnumeration() {
        var generator = SeededGenerator(seed: 11)
        for trial in 0..<200 {
            let (dimension, count) = (2 + trial % 3, 3 + trial % 5)
            let normals = (0..<count).map { _ in (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) } }
            let limits = (0..<count).map { _ in Float.random(in: 0.05...1, using: &generator) }
            let point = (0..<dimension).map { _ in Float.random(in: -3...3, using: &generator) }
            let found = projected(point, normals, limits)
            let expected = enumerated(point, normals, limits)
            #expect(isNear(found, expected.map(Float.init), 2e-4), "trial \(trial): \(found), \(expected)")
        }
    }

    /// In many dimensions by the conditions of Karush, Kuhn and Tucker, which no other point meets: inside, and the way back
    /// to the point is a sum of normals of the half-spaces met, with weights that are not negative.
    @Test func meetsTheConditionsOfTheOptimum() {
        var generator = SeededGenerator(seed: 5)
        let (dimension, count) = (60, 25)
        for _ in 0..<5 {
            let normals = (0..<count).map { _ in (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) } }
            let limits = (0..<count).map { _ in Float.random(in: 0.1...2, using: &generator) }
            let point = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
            let found = projected(point, normals, limits)
            let reached = normals.map { dot($0, found) }
            #expect(zip(reached, limits).allSatisfy { $0 <= Double($1) + 1e-5 })
            let active = normals.indices.filter { reached[$0] > Double(limits[$0]) - 1e-4 }
            let way = zip(point, found).map { Double($0) - Double($1) }
            let gram = active.map { i in active.map { dot(normals[i], normals[$0]) } }
            let weights = solved(gram, active.map { i in zip(normals[i], way).reduce(0) { $0 + Double($1.0) * $1.1 } })
            #expect(active.count > 2 && weights.allSatisfy { $0 > -1e-4 })
            for k in 0..<dimension {
                let sum = zip(active, weights).reduce(0) { $0 + Double(normals[$1.0][k]) * $1.1 }
                #expect(abs(sum - way[k]) < 1e-4)
            }
        }
    }

    private func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }

    private func enumerated(_ point: [Float], _ normals: [[Float]], _ limits: [Float]) -> [Double] {
        var best: (distance: Double, point: [Double])?
        for mask in 0..<(1 << normals.count) {
            let active = normals.indices.filter { mask >> $0 & 1 == 1 }
            guard active.count <= point.count else { continue }
            let gram = active.map { i in active.map { dot(normals[i], normals[$0]) } }
            let weights = solved(gram, active.map { dot(normals[$0], point) - Double(limits[$0]) })
            let candidate = point.indices.map { k in
                zip(active, weights).reduce(Double(point[k])) { $0 - Double(normals[$1.0][k]) * $1.1 }
            }
            let isInside = zip(normals, limits).allSatisfy { normal, limit in
                zip(normal, candidate).reduce(0) { $0 + Double($1.0) * $1.1 } <= Double(limit) + 1e-9
            }
            let distance = zip(candidate, point).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
            if isInside, distance < best?.distance ?? .infinity { best = (distance, candidate) }
        }
        return best?.point ?? []
    }

    /// The solution of a system of equations, by Gaussian elimination with row exchanges.
    private func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var rows = zip(matrix, right).map { $0 + [$1] }
        let n = rows.count
        for k in 0..<n {
            let pivot = (k..<n).max { abs(rows[$0][k]) < abs(rows[$1][k]) } ?? k
            rows.swapAt(k, pivot)
            for i in 0..<n where i != k {
                let factor = rows[i][k] / rows[k][k]
                for j in k...n { rows[i][j] -= factor * rows[k][j] }
            }
        }
        return rows.enumerated().map { $1[n] / $1[$0] }
    }
}
