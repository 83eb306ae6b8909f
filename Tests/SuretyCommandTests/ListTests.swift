import Testing

@Suite struct ListTests {
    @Test(arguments: [
        ("attacks", ["pgd", "wasser", "sinkhorn", "voronoi"], "pgd", "step=2.5·radius/steps"),
        ("defenses", ["standard", "trades", "wassertrain"], "gaussian", "sigma=0.25  standard deviation of the noise"),
    ])
    func listsMethodsWithTheirSettings(_ kind: String, _ names: [String], _ one: String, _ setting: String) throws {
        let all = try Command("list", kind)
        #expect(all.status == 0 && all.output.contains("  \(setting)"), "\(all)")
        for name in names { #expect("\n\(all.output)".contains(try Regex("\n\(name)[: ]")), "\(name)") }
        let alone = try Command("list", kind, one)
        #expect(alone.status == 0 && all.output.contains(alone.output) && alone.output.contains("  \(setting)"), "\(alone)")
        #expect(try Command("list", kind, "unheard-of").refused(naming: "'unheard-of'"))
    }

    @Test func refusesOtherKinds() throws { #expect(try Command("list", "recipes").refused(naming: "recipes")) }
}
