// swift-tools-version: 6.1
import PackageDescription

// Folders have the names by which their content is known. Modules have a prefix, so that those of a package that depends on
// Surety may be called what they like: `SuretyGraphs` is Sources/Graphs, and `CSuretyGSL` Sources/CGSL.

/// Modules of Surety, from the names of their folders.
func modules(_ folders: [String]) -> [Target.Dependency] {
    folders.map { .target(name: module($0)) }
}

func module(_ folder: String) -> String {
    let isC = folder.first == "C" && folder.dropFirst().first?.isUppercase == true
    return isC ? "CSurety\(folder.dropFirst())" : folder.hasPrefix("Surety") || folder == "TestSupport" ? folder : "Surety\(folder)"
}

/// A library of Surety: its sources, and a test target of the same name.
func library(
    _ folder: String, needs folders: [String], products: [Target.Dependency] = [], testsNeed more: [String] = [],
    excluding excluded: [String] = [], testResources: [Resource] = []
) -> [Target] {
    [
        .target(
            name: module(folder), dependencies: modules(folders) + products, path: "Sources/\(folder)", exclude: excluded),
        .testTarget(
            name: "\(folder)Tests", dependencies: modules([folder, "TestSupport"] + more), resources: testResources),
    ]
}

/// A library in C or C++ of ours, or a shim of another one.
func native(_ folder: String, linking settings: [LinkerSetting] = []) -> Target {
    .target(name: module(folder), path: "Sources/\(folder)", linkerSettings: settings)
}

/// A library of the system, in Debian's package.
func system(_ folder: String, pkgConfig: String? = nil, in package: String) -> Target {
    .systemLibrary(name: module(folder), path: "Sources/\(folder)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A program in examples/.
func example(_ name: String, needs folders: [String]) -> Target {
    .executableTarget(name: name, dependencies: modules(folders), path: "examples/\(name)")
}

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
    targets: [
        system("COpenBLAS", pkgConfig: "openblas", in: "libopenblas-dev"),
        system("COpenSSL", pkgConfig: "libcrypto", in: "libssl-dev"),
        system("CZip", pkgConfig: "libzip", in: "libzip-dev"),
        system("CZlib", pkgConfig: "zlib", in: "zlib1g-dev"),
        // Without pkg-config: its flags would also link GSL's own CBLAS, which is slow.
        system("CGSL", in: "libgsl-dev"),
        native("COneDNN", linking: [.linkedLibrary("dnnl"), .linkedLibrary("gomp", .when(platforms: [.linux]))]),
        native("CKernels"),
        native("CImages", linking: [.linkedLibrary("png16"), .linkedLibrary("jpeg"), .linkedLibrary("webp")]),
        native("CBoostMath"),
        native("CLEMON"),
        native("CSimplex", linking: [.linkedLibrary("gsl")]),
    ]
        + library("Tensors", needs: ["Statistics", "CKernels"], testsNeed: ["CKernels"])
        + library("Records", needs: ["COpenSSL"], testsNeed: ["Datasets"])
        + library("Sharing", needs: ["Records"], testsNeed: ["Records"], testResources: [.copy("Fixtures")])
        + library("Statistics", needs: ["CGSL", "CSimplex", "CBoostMath"])
        + library("Graphs", needs: ["Tensors", "COneDNN", "COpenBLAS", "CKernels"])
        + library(
            "Datasets", needs: ["Tensors", "Records", "CZip", "CZlib", "CImages"], testsNeed: ["Records", "CImages"],
            testResources: [.copy("Fixtures")])
        + library(
            "Networks", needs: ["Graphs", "Tensors", "Records", "Datasets", "CKernels"],
            products: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            excluding: ["ONNX/Schema"], testResources: [.copy("Fixtures")])
        + library("Smoothing", needs: ["Networks", "Graphs", "Tensors", "Statistics", "Records", "Datasets", "CKernels"])
        + library("Bounds", needs: ["Networks", "Graphs", "Tensors", "Statistics", "Records", "Datasets", "CKernels"])
        + library("Attacks", needs: ["Networks", "Graphs", "Tensors", "Records", "Datasets", "CKernels", "COpenBLAS", "CLEMON"])
        + library("Training", needs: ["Attacks", "Networks", "Graphs", "Tensors", "Records", "Datasets", "CKernels"])
        + library("Reports", needs: ["Smoothing", "Bounds", "Attacks", "Statistics", "Records", "Datasets", "Tensors"])
        + library(
            "Surety",
            needs: [
                "Reports", "Smoothing", "Sharing", "Bounds", "Training", "Attacks", "Networks", "Datasets", "Records",
                "Statistics", "Graphs", "Tensors",
            ])
        + [
            .target(name: module("Recipes"), dependencies: ["Surety", "Yams"], path: "Sources/Recipes"),
            .executableTarget(
                name: "SuretyCommand",
                dependencies: ["Surety"] + modules(["Recipes"]) + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
                // A link to examples/recipes: they are part of the executable, wherever it is installed.
                resources: [.embedInCode("Recipes")]),
            example("certify-images", needs: ["Surety"]),
            example("planes", needs: ["Surety"]),
            example("wasserstein", needs: ["Surety"]),
            // The program of the package `examples/extensions`, which `make test-extensions` builds by itself. Here the suite builds
            // and runs it in seconds; as there, it sees only public declarations.
            .executableTarget(
                name: "outside-extensions", dependencies: ["Surety"], path: "examples/extensions/Sources/extensions",
                packageAccess: false),
            .testTarget(
                name: "SuretyCommandTests",
                dependencies: [
                    "SuretyCommand", "Surety", "TestSupport", "FuzzedReaders", "certify-images", "planes", "wasserstein",
                    "outside-extensions",
                ],
                exclude: ["Fixtures"]),
            .target(
                name: "TestSupport", dependencies: modules(["Networks", "Datasets", "Graphs", "Tensors"]), path: "Tests/TestSupport"),
            .target(name: "FuzzedReaders", dependencies: ["Surety"] + modules(["Recipes"]), path: "Tests/FuzzedReaders", exclude: ["Corpus"]),
        ]
        // Links only with libFuzzer, which has its `main`: see Tests/fuzz.sh.
        + (Context.environment["SURETY_FUZZING"] == nil ? [] : [
            .executableTarget(
                name: "fuzzing", dependencies: ["FuzzedReaders"], path: "Tests/Fuzzing",
                swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
        ]),
    cxxLanguageStandard: .cxx17
)
