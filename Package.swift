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
  "RaceSim": ["Conformance", "Specs"],
]

let package = Package(
  name: "RaceSim",
  products: [.executable(name: "racesim", targets: ["RaceSim"])],
  targets: modules.map {
    .target(name: $0, dependencies: dependencies(of: $0), swiftSettings: strict)
  } + [
    .executableTarget(
      name: "RaceSim", dependencies: dependencies(of: "RaceSim"), swiftSettings: strict),
    .executableTarget(
      name: "ExplorationBenchmark",
      dependencies: dependencies(of: "RaceSim") + ["AllocationCounter"],
      path: "Benchmarks/ExplorationBenchmark", swiftSettings: strict),
    .target(name: "AllocationCounter", path: "Benchmarks/AllocationCounter"),
  ]
    + (modules + ["RaceSim"]).map {
      .testTarget(
        name: "\($0)Tests", dependencies: dependencies(of: $0) + [.target(name: $0)],
        exclude: goldenFolders[$0] ?? [], swiftSettings: strict)
    }
)
