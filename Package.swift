// swift-tools-version: 6.1
import PackageDescription

/// A library of Surety: its sources, and a test target of the same name.
func library(
    _ name: String, needs dependencies: [Target.Dependency], testsNeed testDependencies: [Target.Dependency] = [],
    excluding excluded: [String] = [], testResources: [Resource] = []
) -> [Target] {
    [
        .target(name: name, dependencies: dependencies, exclude: excluded),
        .testTarget(
            name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + testDependencies,
            resources: testResources),
    ]
}

let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let systemLibraries: [Target] = [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Without pkg-config: its flags would also link GSL's own CBLAS, which is slow.
    .systemLibrary(name: "CGSL", providers: [.apt(["libgsl-dev"])]),
    .target(
        name: "COneDNN",
        linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp", .when(platforms: [.linux]))]),
    .target(name: "CKernels"),
    .target(name: "CBoostMath"),
    .target(name: "CLEMON"),
    .target(name: "CSimplex", linkerSettings: [.linkedLibrary("gsl")]),
]

let package = Package(
    name: "surety",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "surety", targets: ["SuretyCommand"]),
        .library(name: "Surety", targets: ["Surety"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: systemLibraries
        + library("Tensors", needs: ["Statistics", "CKernels"], testsNeed: ["CKernels"])
        + library("Records", needs: ["COpenSSL"], testsNeed: ["Datasets"])
        + library("Statistics", needs: ["CGSL", "CSimplex", "CBoostMath"])
        + library("Graphs", needs: ["Tensors", "COneDNN", "COpenBLAS", "CKernels"])
        + library(
            "Networks", needs: ["Graphs", "Tensors", "Records", "Datasets", "CKernels", protobuf],
            excluding: ["ONNX/Schema"], testResources: [.copy("Fixtures")])
        + library("Datasets", needs: ["Tensors", "Records", "CZip", "CZlib"])
        + library("Attacks", needs: ["Networks", "Graphs", "Tensors", "Records", "Datasets", "CKernels", "COpenBLAS", "CLEMON"])
        + library("Training", needs: ["Attacks", "Networks", "Graphs", "Tensors", "Records", "Datasets", "CKernels"])
        + library("Certification", needs: ["Networks", "Graphs", "Tensors", "Statistics", "Records", "Datasets", "CKernels"])
        + library("Bounds", needs: ["Networks", "Graphs", "Tensors", "Statistics", "Records", "Datasets", "CKernels"])
        + library("Reports", needs: ["Certification", "Bounds", "Attacks", "Statistics", "Records", "Datasets", "Tensors"])
        + library(
            "Surety",
            needs: [
                "Reports", "Certification", "Bounds", "Training", "Attacks", "Networks", "Datasets", "Records", "Statistics",
                "Graphs", "Tensors",
            ])
        + [
            .executableTarget(
                name: "SuretyCommand",
                dependencies: [
                    "Surety", .product(name: "ArgumentParser", package: "swift-argument-parser"), "Yams",
                ],
                // A link to examples/recipes: they are part of the executable, wherever it is installed.
                resources: [.embedInCode("Recipes")]),
            .executableTarget(
                name: "certify-images", dependencies: ["Certification", "Datasets", "Networks", "Tensors"],
                path: "examples/certify-images"),
            .executableTarget(
                name: "planes",
                dependencies: ["Attacks", "Datasets", "Graphs", "Networks", "Reports", "Tensors", "Training"],
                path: "examples/planes"),
            .executableTarget(
                name: "wasserstein",
                dependencies: ["Attacks", "Datasets", "Graphs", "Networks", "Statistics", "Tensors"],
                path: "examples/wasserstein"),
            .testTarget(
                name: "SuretyCommandTests",
                dependencies: [
                    "SuretyCommand", "Surety", "certify-images", "planes", "wasserstein", "TestSupport", "Attacks", "Certification",
                    "Bounds", "Records", "Statistics", "Datasets", "Reports", "Networks", "Tensors",
                ]),
            .target(name: "TestSupport", dependencies: ["Networks", "Datasets", "Graphs", "Tensors"], path: "Tests/TestSupport"),
        ],
    cxxLanguageStandard: .cxx17
)
