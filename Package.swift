// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled alike: language mode 6, and a warning is an error.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The modules from the lowest to the highest; each may import only those before it.
let modules = ["Store", "SQL", "Writers", "Invariants", "Scheduler", "Reports", "Postgres"]

func dependencies(of name: String) -> [Target.Dependency] {
  modules.prefix { $0 != name }.map { .target(name: $0) }
}

/// Folders of scripts, scenarios and expected output beside the tests.
let goldenFolders = [
  "SQL": ["Resolution/Golden", "Routines/Golden"],
  "Scheduler": ["Scenarios"],
  "Reports": ["Golden"],
  "RaceSim": ["Conformance", "Golden", "Specs"],
]

let package = Package(
  name: "RaceSim",
  products: [
    .executable(name: "racesim", targets: ["RaceSim"]),
    .library(name: "RaceSimTesting", targets: ["RaceSimTesting"]),
    .executable(name: "racesim-difftest", targets: ["DifferentialTester"]),
    .executable(name: "racesim-searchtest", targets: ["SearchTester"]),
  ],
  targets: modules.map {
    .target(name: $0, dependencies: dependencies(of: $0), swiftSettings: strict)
  } + [
    .target(
      name: "RaceSimTesting", dependencies: dependencies(of: "Postgres"), swiftSettings: strict),
    .executableTarget(
      name: "RaceSim", dependencies: dependencies(of: "RaceSim"), swiftSettings: strict),
    .target(
      name: "RandomCases", dependencies: dependencies(of: "Reports"), swiftSettings: strict),
    .testTarget(
      name: "RandomCasesTests", dependencies: ["RandomCases"], swiftSettings: strict),
    .target(name: "TesterCommandLine", swiftSettings: strict),
    .target(
      name: "Differential", dependencies: dependencies(of: "RaceSim") + ["RandomCases"],
      swiftSettings: strict),
    .executableTarget(
      name: "DifferentialTester",
      dependencies: dependencies(of: "RaceSim") + ["Differential", "TesterCommandLine"],
      swiftSettings: strict),
    .testTarget(
      name: "DifferentialTests", dependencies: dependencies(of: "RaceSim") + ["Differential"],
      swiftSettings: strict),
    .target(
      name: "SearchTesting", dependencies: dependencies(of: "Reports") + ["RandomCases"],
      swiftSettings: strict),
    .executableTarget(
      name: "SearchTester", dependencies: ["SearchTesting", "TesterCommandLine"],
      swiftSettings: strict),
    .testTarget(
      name: "SearchTestingTests",
      dependencies: dependencies(of: "Reports") + ["RandomCases", "SearchTesting"],
      swiftSettings: strict),
    .executableTarget(
      name: "ExplorationBenchmark",
      dependencies: dependencies(of: "Reports") + ["AllocationCounter", "BenchmarkModels"],
      path: "Benchmarks/ExplorationBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "PeerComparison", dependencies: ["BenchmarkModels"],
      path: "Benchmarks/PeerComparison", swiftSettings: strict),
    .target(name: "BenchmarkModels", path: "Benchmarks/Models", swiftSettings: strict),
    .target(name: "AllocationCounter", path: "Benchmarks/AllocationCounter"),
  ]
    + (modules + ["RaceSim", "RaceSimTesting"]).map {
      .testTarget(
        name: "\($0)Tests",
        dependencies: dependencies(of: $0) + [.target(name: $0)]
          + ($0 == "Scheduler" ? [.target(name: "SearchTesting")] : []),
        exclude: goldenFolders[$0] ?? [], swiftSettings: strict)
    }
)
