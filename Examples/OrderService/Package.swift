// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "OrderService",
  dependencies: [
    // In a repository of its own: .package(url: "…/racesim", from: "…")
    .package(name: "RaceSim", path: "../..")
  ],
  targets: [
    .target(name: "OrderService"),
    .testTarget(
      name: "OrderServiceTests",
      dependencies: [
        "OrderService", .product(name: "RaceSimTesting", package: "RaceSim"),
      ],
      exclude: ["Stock.race"]),
  ]
)
