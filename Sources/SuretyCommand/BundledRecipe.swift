import Foundation
import Surety
import SuretyRecipes

/// A recipe that is part of this program: examples/recipes, embedded when it was built.
struct BundledRecipe {
    let name: String
    private let bytes: [UInt8]

    private init(_ name: String, _ bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }

    var yaml: String { String(decoding: bytes, as: UTF8.self) }

    func recipe() throws(SuretyError) -> TrainingRecipe { try TrainingRecipe(yaml: yaml, name: "the recipe \(name)") }

    /// - Throws: `SuretyError` for a name that no bundled recipe has.
    static func named(_ name: String) throws(SuretyError) -> BundledRecipe {
        guard let recipe = all.first(where: { $0.name == name }) else {
            throw SuretyError("""
                there is no recipe '\(name)': 'surety recipes' lists those that are part of this program. Your own are files \
                whose names end in .yaml.
                """)
        }
        return recipe
    }

    /// The recipe that a person means: a file's, or a bundled one's.
    static func recipe(named name: String) throws(SuretyError) -> TrainingRecipe {
        let isFile = name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        return try isFile ? TrainingRecipe(contentsOf: name) : named(name).recipe()
    }

    /// Each file in examples/recipes has a line here; a test compares them.
    static let all = [
        BundledRecipe("synthetic-gaussian-0.5", PackageResources.synthetic_gaussian_0_5_yaml),
        BundledRecipe("mnist-gaussian-0.25", PackageResources.mnist_gaussian_0_25_yaml),
        BundledRecipe("mnist-gaussian-0.5", PackageResources.mnist_gaussian_0_5_yaml),
        BundledRecipe("mnist-gaussian-1.0", PackageResources.mnist_gaussian_1_0_yaml),
        BundledRecipe("mnist-smoothadv-0.5", PackageResources.mnist_smoothadv_0_5_yaml),
        BundledRecipe("mnist-smoothadv-0.5-short", PackageResources.mnist_smoothadv_0_5_short_yaml),
        BundledRecipe("mnist-smoothadv-ddn-0.5", PackageResources.mnist_smoothadv_ddn_0_5_yaml),
        BundledRecipe("mnist-trades-0.3", PackageResources.mnist_trades_0_3_yaml),
        BundledRecipe("mnist-trades-0.3-short", PackageResources.mnist_trades_0_3_short_yaml),
        BundledRecipe("mnist-trades-0.1", PackageResources.mnist_trades_0_1_yaml),
        BundledRecipe("mnist-trades-0.1-short", PackageResources.mnist_trades_0_1_short_yaml),
        BundledRecipe("mnist-trades-binary", PackageResources.mnist_trades_binary_yaml),
        BundledRecipe("mnist-madry-0.3", PackageResources.mnist_madry_0_3_yaml),
        BundledRecipe("mnist-madry-0.3-short", PackageResources.mnist_madry_0_3_short_yaml),
        BundledRecipe("mnist-free-0.3", PackageResources.mnist_free_0_3_yaml),
        BundledRecipe("mnist-madry", PackageResources.mnist_madry_yaml),
        BundledRecipe("mnist-voronoi", PackageResources.mnist_voronoi_yaml),
        BundledRecipe("wong-standard", PackageResources.wong_standard_yaml),
        BundledRecipe("wong-gradient-regularisation-l2", PackageResources.wong_gradient_regularisation_l2_yaml),
        BundledRecipe("wong-gradient-regularisation-l2-exact", PackageResources.wong_gradient_regularisation_l2_exact_yaml),
        BundledRecipe("wong-gradient-regularisation-l1", PackageResources.wong_gradient_regularisation_l1_yaml),
        BundledRecipe("wong-gradient-regularisation-l1-exact", PackageResources.wong_gradient_regularisation_l1_exact_yaml),
        BundledRecipe("wong-jacobian", PackageResources.wong_jacobian_yaml),
        BundledRecipe("wong-pgd-l2", PackageResources.wong_pgd_l2_yaml),
        BundledRecipe("wong-wassertrain", PackageResources.wong_wassertrain_yaml),
        BundledRecipe("wong-sinkhorn", PackageResources.wong_sinkhorn_yaml),
        BundledRecipe("cifar10-standard", PackageResources.cifar10_standard_yaml),
        BundledRecipe("cifar10-gaussian-0.25", PackageResources.cifar10_gaussian_0_25_yaml),
        BundledRecipe("cifar10-gaussian-0.5-short", PackageResources.cifar10_gaussian_0_5_short_yaml),
        BundledRecipe("cifar10-smoothadv-0.5-short", PackageResources.cifar10_smoothadv_0_5_short_yaml),
        BundledRecipe("cifar10-trades", PackageResources.cifar10_trades_yaml),
    ]
}
