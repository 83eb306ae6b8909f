import SuretyRecords

extension Certifier {
    /// This certifier as the continuation of a run: images that stop have a last bound where they had one there, and at n.
    ///
    ///     let larger = try certifier.continuing(run.record.settings)
    ///     try model.certify(images, with: larger, extending: run, into: url)
    ///
    /// - Parameter earlier: The run's settings. Those of predict have no such bounds, and cannot be continued.
    /// - Throws: `RunError.invalidSettings` if n is smaller than it was there, or larger and fixed.
    public func continuing(_ earlier: SmoothingSettings) throws(RunError) -> Certifier {
        guard case .certify(let before) = earlier.procedure else { return self }
        return try Certifier(
            noise: noise, alpha: alpha, n0: n0, n: n, bound: bound, norm: norm, stopping: stopping,
            earlierCaps: n == before.n ? before.caps.dropLast() : before.caps)
    }
}

extension Certifier {
    /// This certifier with the caps of an earlier one: what it was there, if nothing else differs.
    fileprivate func capped(as earlier: Certifier) throws(RunError) -> Certifier {
        try Certifier(
            noise: noise, alpha: alpha, n0: n0, n: earlier.n, bound: bound, norm: norm, stopping: stopping,
            earlierCaps: earlier.caps.dropLast())
    }
}

extension SmoothingSettings {
    /// The same settings, but for a larger n of images that stop by their votes.
    public func canExtend(_ earlier: SmoothingSettings) -> Bool {
        guard case .certify(let here) = procedure, case .certify(let there) = earlier.procedure,
            (try? here.continuing(earlier)) != nil, let before = try? here.capped(as: there)
        else { return false }
        return SmoothingSettings(.certify(before), seed: seed).looking(as: earlier) == earlier
    }

    /// These settings with the looks of a run that goes on, and what it expects of further samples: both were fixed when it began.
    package func looking(as earlier: SmoothingSettings?) -> SmoothingSettings {
        guard case .certify(var certifier) = procedure, let stopping = certifier.stopping, let before = earlier?.procedure.stopping
        else { return self }
        certifier.stopping = stopping.looking(as: before)
        return SmoothingSettings(.certify(certifier), seed: seed)
    }
}

extension RunContents where Settings == SmoothingSettings {
    /// Requires that `record` can continue a run of certify: with the same model, data and settings, but possibly with other
    /// images or, if images stop by their votes, with a larger n.
    ///
    /// The noise is keyed, so the votes are those that the larger run would count itself. e-values hold however often one
    /// looks; the last bound was taken at the cap that the run had, and takes its share of α again at the next cap
    /// (`LevelReserve`).
    ///
    /// - Throws: `RunError.differentSettings` that names what differs.
    package func requireExtension(by record: SmoothingRecord) throws(RunError) {
        guard case .certify(let there) = self.record.settings.procedure, case .certify(let here) = record.settings.procedure,
            self.record.isSealed
        else { throw RunError(.differentSettings, "only a sealed run of certify can be continued") }
        guard here.caps.starts(with: there.caps) else {
            throw RunError(.differentSettings, "the earlier run had n = \(there.caps), which \(here.caps) does not continue")
        }
        let before = SmoothingSettings(.certify(try here.capped(as: there)), seed: record.settings.seed)
        let differences: [String]
        do { differences = try record.differences(extending: self.record, as: before) } catch {
            throw RunError(.invalidSettings, "the settings cannot be compared: \(error)")
        }
        guard self.record.convolves(as: record) else {
            throw RunError(.differentSettings, """
                the earlier run was computed with \(self.record.convolutionName), and a run with \(record.convolutionName) cannot \
                continue it
                """)
        }
        guard differences.isEmpty else {
            let options = record.settings.options(continuing: self.record.settings).map { " (\($0))" } ?? ""
            throw RunError(.differentSettings, """
                The earlier run has different settings:
                \(differences.map { "  \($0)" }.joined(separator: "\n"))
                Give those it has\(options).
                """)
        }
    }
}
