import Attacks
import Datasets
import Graphs
import Tensors

/// CE on images that gradient ascent moved within their Voronoi cells: the largest region around each training image that
/// belongs to it rather than to one of another class, in place of a ball of one radius for all (Khoury and Hadfield-Menell,
/// Adversarial training with Voronoi constraints, equation 4).
public struct VoronoiTraining: Defense {
    public static let name = "voronoi"
    public static let summary = "cross entropy on images moved within their Voronoi cells: no radius to choose"

    /// Samples of each other class that bound a cell.
    public var m: Int
    /// Of the cells.
    public var norm: Norm
    /// Of the steps: along the gradient's sign in ℓ∞, its direction in ℓ2.
    public var stepNorm: Norm
    public var stepSize: Float
    public var steps: Int
    /// Epochs over which the size of a step, and so the attack's reach, rises to its full value.
    public var warmUp: Int
    public var confinement: VoronoiAttack.Confinement
    /// When the samples that bound the cells are sought.
    public var time: VoronoiCells.Time
    /// Of the training images; known once they are.
    private var cells: VoronoiCells?

    /// - Parameter stepNorm: That of the cells, where nil.
    public init(
        m: Int = 10, norm: Norm, stepNorm: Norm? = nil, stepSize: Float, steps: Int, warmUp: Int = 0,
        confinement: VoronoiAttack.Confinement = .stop, time: VoronoiCells.Time = .once
    ) {
        self.m = m
        self.norm = norm
        self.stepNorm = stepNorm ?? norm
        self.stepSize = stepSize
        self.steps = steps
        self.warmUp = warmUp
        self.confinement = confinement
        self.time = time
    }

    public init(_ settings: inout DefenseSettings) throws(TrainingError) {
        m = try settings.integer("m", default: 10, in: 1...10_000, "nearest samples of each other class that bound a cell")
        norm = try settings.choice("norm", default: Norm.linf, "norm of the cells")
        stepNorm = try settings.choice("step-norm", default: norm, "norm of the steps; that of the cells, unless given")
        stepSize = try settings.number(
            "step", default: stepNorm == .linf ? 0.01 : 0.1, in: 0...1000,
            "size of a step in its norm (l2: 0.1); pixels are in [0, 1]")
        steps = try settings.integer("steps", default: 40, in: 0...10_000, "steps of the attack")
        warmUp = try settings.integer(
            "warm-up", default: 0, in: 0...100_000, "epochs over which the step rises to its size")
        confinement = try settings.choice(
            "confinement", default: VoronoiAttack.Confinement.stop,
            "rest before the step that leaves the cell, or project each step onto it, which needs norm=l2")
        time = try settings.choice(
            "cells", default: VoronoiCells.Time.once,
            "seek the nearest samples once before training, or for each batch as augmented")
        guard confinement == .stop || norm == .l2 else {
            throw TrainingError("confinement=project needs norm=l2: other Voronoi cells need not be convex")
        }
    }

    public var parameters: [String: String] {
        [
            "m": "\(m)", "norm": norm.rawValue, "step-norm": stepNorm.rawValue, "step": "\(stepSize)",
            "steps": "\(steps)", "warm-up": "\(warmUp)", "confinement": confinement.rawValue, "cells": time.rawValue,
        ]
    }

    public func prepared(for images: LabelledImages) throws -> Self {
        var prepared = self
        prepared.cells = try VoronoiCells(of: images, m: m, time: time)
        return prepared
    }

    public func adversary(epoch: Int) -> (any Attack)? {
        let size = warmUp > 0 ? min(stepSize, Float(epoch + 1) * stepSize / Float(warmUp)) : stepSize
        return cells.map {
            VoronoiAttack(
                cells: $0, norm: norm, stepNorm: stepNorm, stepSize: size, steps: steps, confinement: confinement)
        }
    }

    public func objective(_ graph: ObjectiveGraph) throws -> Node {
        guard cells != nil else { throw TrainingError("Voronoi cells are of training images: call prepared(for:) first") }
        return try graph.crossEntropy(graph.logits(of: graph.adversarial), labels: graph.labels)
    }
}
