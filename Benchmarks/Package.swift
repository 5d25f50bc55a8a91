// swift-tools-version: 6.2
import PackageDescription

// What is measured has package access, which ends at the border of a package. So this package compiles the modules
// that it measures for itself, through the link `Rhizome`, and builds in seconds: no server, no database.

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "rhizome-benchmarks",
  platforms: [.macOS(.v15)],
  targets: [
    .systemLibrary(
      name: "CYAML",
      path: "Rhizome/System/CYAML",
      pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"])]
    ),
    .target(name: "RhizomeModel", path: "Rhizome/Core/RhizomeModel", swiftSettings: settings),
    .target(
      name: "RhizomeManifest",
      dependencies: ["CYAML", "RhizomeModel"],
      path: "Rhizome/Core/RhizomeManifest",
      swiftSettings: settings
    ),
    .target(
      name: "RhizomePlanner",
      dependencies: ["RhizomeModel"],
      path: "Rhizome/Core/RhizomePlanner",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "RhizomeBenchmarks",
      dependencies: ["RhizomeManifest", "RhizomeModel", "RhizomePlanner"],
      swiftSettings: settings
    ),
  ],
  swiftLanguageModes: [.v6]
)
