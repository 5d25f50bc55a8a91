// swift-tools-version: 6.2
import PackageDescription

// MARK: - House settings, applied to every target by the loop at the end of this file.

let houseSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
  .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
  .enableUpcomingFeature("ImmutableWeakCaptures"),  // SE-0481
  .treatAllWarnings(as: .error),
]

/// A hundred thousand relocations in a few pages, and no table of names that nobody looks up: 5 MB less in memory. Loading
/// packed relocations takes glibc 2.36.
let smallInMemory: [LinkerSetting] = [
  .unsafeFlags(
    ["-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic"],
    .when(platforms: [.linux], configuration: .release)
  )
]

// MARK: - System: one wall per C library

let system: [Target] = [
  .systemLibrary(
    name: "CMiniUPnPc",
    path: "Sources/System/CMiniUPnPc",
    pkgConfig: "miniupnpc",
    providers: [.apt(["libminiupnpc-dev"])]
  ),
  .systemLibrary(
    name: "CYAML",
    path: "Sources/System/CYAML",
    pkgConfig: "yaml-0.1",
    providers: [.apt(["libyaml-dev"])]
  ),
  .systemLibrary(
    name: "COpenSSL",
    path: "Sources/System/COpenSSL",
    pkgConfig: "libssl",
    providers: [.apt(["libssl-dev"])]
  ),
  .target(name: "OpenSSL", dependencies: ["COpenSSL"], path: "Sources/System/OpenSSL"),
  .testTarget(name: "OpenSSLTests", dependencies: ["OpenSSL"], path: "Tests/OpenSSLTests"),
  .target(name: "CProcessSpawn", path: "Sources/System/CProcessSpawn"),
  .target(name: "PrivateFiles", path: "Sources/System/PrivateFiles"),
  .testTarget(name: "PrivateFilesTests", dependencies: ["PrivateFiles"], path: "Tests/PrivateFilesTests"),
  .target(
    name: "ProgramRunner",
    dependencies: [.product(name: "Subprocess", package: "swift-subprocess")],
    path: "Sources/System/ProgramRunner"
  ),
  .testTarget(name: "ProgramRunnerTests", dependencies: ["ProgramRunner"], path: "Tests/ProgramRunnerTests"),
]

// MARK: - Core: pure, no I/O, no clock, no randomness

let core: [Target] = [
  .target(name: "RhizomeManifest", dependencies: ["CYAML", "RhizomeModel"], path: "Sources/Core/RhizomeManifest"),
  .testTarget(
    name: "RhizomeManifestTests",
    dependencies: ["RhizomeManifest", "RhizomeModel"],
    path: "Tests/RhizomeManifestTests"
  ),
  .target(name: "RhizomeModel", path: "Sources/Core/RhizomeModel"),
  .target(name: "RhizomePlanner", dependencies: ["RhizomeModel"], path: "Sources/Core/RhizomePlanner"),
  .testTarget(
    name: "RhizomePlannerTests",
    dependencies: ["RhizomeModel", "RhizomePlanner"],
    path: "Tests/RhizomePlannerTests",
    exclude: ["Golden"]
  ),
  .testTarget(name: "RhizomeModelTests", dependencies: ["RhizomeModel"], path: "Tests/RhizomeModelTests"),
]

// MARK: - Engine: the imperative shell

let engine: [Target] = [
  .target(
    name: "RhizomeSource",
    dependencies: [
      "OpenSSL", "PrivateFiles", "ProgramRunner", "RhizomeManifest", "RhizomeModel",
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Engine/RhizomeSource"
  ),
  .testTarget(
    name: "RhizomeSourceTests",
    dependencies: ["OpenSSL", "RhizomeManifest", "RhizomeModel", "RhizomeSource"],
    path: "Tests/RhizomeSourceTests"
  ),
  .target(name: "RhizomeDriver", dependencies: ["RhizomeModel"], path: "Sources/Engine/RhizomeDriver"),
  .target(
    name: "RhizomeReconciler",
    dependencies: [
      "RhizomeDriver",
      "RhizomeModel",
      "RhizomePlanner",
      "RhizomeStateStore",
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Engine/RhizomeReconciler"
  ),
  .testTarget(
    name: "RhizomeReconcilerTests",
    dependencies: [
      "RhizomeDriver", "RhizomeModel", "RhizomePlanner", "RhizomeReconciler", "RhizomeStateStore", "RhizomeTestSupport",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Tests/RhizomeReconcilerTests"
  ),
  .target(
    name: "RhizomeReports",
    dependencies: ["PrivateFiles", "ProgramRunner", "RhizomeModel", "RhizomePlanner", "RhizomeStateStore"],
    path: "Sources/Engine/RhizomeReports"
  ),
  .testTarget(
    name: "RhizomeReportsTests",
    dependencies: [
      "PrivateFiles", "ProgramRunner", "RhizomeModel", "RhizomePlanner", "RhizomeReports", "RhizomeStateStore",
      "RhizomeTestSupport",
    ],
    path: "Tests/RhizomeReportsTests"
  ),
  .target(
    name: "RhizomeStateStore",
    dependencies: [
      "OpenSSL",
      "PrivateFiles",
      "RhizomeModel",
      .product(name: "GRDB", package: "GRDB.swift"),
    ],
    path: "Sources/Engine/RhizomeStateStore"
  ),
  .testTarget(
    name: "RhizomeStateStoreTests",
    dependencies: [
      "OpenSSL",
      "PrivateFiles",
      "RhizomeModel",
      "RhizomeStateStore",
      "RhizomeTestSupport",
      "StateStoreConformance",
      .product(name: "GRDB", package: "GRDB.swift"),
    ],
    path: "Tests/RhizomeStateStoreTests"
  ),
]

// MARK: - Components/Storage

let storage: [Target] = [
  .target(
    name: "EmbeddedStorageDriver",
    dependencies: ["ObjectStore", "RhizomeDriver", "RhizomeModel", "S3Protocol"],
    path: "Sources/Components/Storage/EmbeddedStorageDriver"
  ),
  .testTarget(
    name: "EmbeddedStorageDriverTests",
    dependencies: [
      "EmbeddedStorageDriver", "ObjectStore", "RhizomeDriver", "RhizomeModel", "RhizomePlanner", "S3Protocol",
      .product(name: "Logging", package: "swift-log"),
    ],
    path: "Tests/EmbeddedStorageDriverTests"
  ),
  .target(name: "S3Protocol", dependencies: ["OpenSSL"], path: "Sources/Components/Storage/S3Protocol"),
  .testTarget(name: "S3ProtocolTests", dependencies: ["S3Protocol", "OpenSSL"], path: "Tests/S3ProtocolTests"),
  .target(
    name: "ObjectStore",
    dependencies: [
      "OpenSSL", "S3Protocol",
      .product(name: "GRDB", package: "GRDB.swift"),
      .product(name: "HTTPTypes", package: "swift-http-types"),
      .product(name: "HummingbirdCore", package: "hummingbird"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Components/Storage/ObjectStore"
  ),
  .testTarget(
    name: "ObjectStoreTests",
    dependencies: [
      "ObjectStore", "OpenSSL", "S3Protocol",
      .product(name: "GRDB", package: "GRDB.swift"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Tests/ObjectStoreTests",
    resources: [.copy("Resources")]
  ),
]

// MARK: - Components/Directory

let directory: [Target] = [
  .target(
    name: "LDAPProtocol",
    dependencies: [.product(name: "NIOCore", package: "swift-nio")],
    path: "Sources/Components/Directory/LDAPProtocol"
  ),
  .target(
    name: "DirectoryServer",
    dependencies: [
      "LDAPProtocol", "OpenSSL",
      .product(name: "HashTreeCollections", package: "swift-collections"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Components/Directory/DirectoryServer"
  ),
  .target(
    name: "LDAPClient",
    dependencies: [
      "LDAPProtocol", .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Sources/Components/Directory/LDAPClient"
  ),
  .target(
    name: "LDAPDriver",
    dependencies: ["LDAPClient", "LDAPProtocol", "RhizomeDriver", "RhizomeModel"],
    path: "Sources/Components/Directory/LDAPDriver"
  ),
  .target(
    name: "DirectoryTestSupport",
    dependencies: [
      "DirectoryServer", "LDAPClient", "LDAPProtocol",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Sources/Testing/DirectoryTestSupport"
  ),
  .testTarget(
    name: "LDAPDriverTests",
    dependencies: [
      "DirectoryServer", "DirectoryTestSupport", "LDAPClient", "LDAPDriver", "LDAPProtocol", "RhizomeDriver",
      "RhizomeModel", "RhizomePlanner",
    ],
    path: "Tests/LDAPDriverTests"
  ),
  .testTarget(
    name: "DirectoryServerTests",
    dependencies: [
      "DirectoryServer", "DirectoryTestSupport", "LDAPClient", "LDAPProtocol",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
    ],
    path: "Tests/DirectoryServerTests"
  ),
  .testTarget(
    name: "LDAPProtocolTests",
    dependencies: ["LDAPProtocol", .product(name: "NIOTestUtils", package: "swift-nio")],
    path: "Tests/LDAPProtocolTests"
  ),
  .target(
    name: "EmbeddedDirectory",
    dependencies: [
      "DirectoryServer", "LDAPProtocol", "OpenSSL", "RhizomeDriver", "RhizomeModel", "RhizomeStateStore",
      .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Components/Directory/EmbeddedDirectory"
  ),
  .testTarget(
    name: "EmbeddedDirectoryTests",
    dependencies: [
      "DirectoryServer", "EmbeddedDirectory", "LDAPDriver", "RhizomeDriver", "RhizomeModel", "RhizomeStateStore",
      .product(name: "Logging", package: "swift-log"),
    ],
    path: "Tests/EmbeddedDirectoryTests"
  ),
]

// MARK: - Components/Gateway

let gateway: [Target] = [
  .target(name: "NFTables", dependencies: ["ProgramRunner"], path: "Sources/Components/Gateway/NFTables"),
  .testTarget(
    name: "NFTablesTests",
    dependencies: ["NFTables", "ProgramRunner"],
    path: "Tests/NFTablesTests"
  ),
  .target(
    name: "FirewallDriver",
    dependencies: [
      "NFTables", "PrivateFiles", "ProgramRunner", "RhizomeDriver", "RhizomeModel",
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Components/Gateway/FirewallDriver"
  ),
  .testTarget(
    name: "FirewallDriverTests",
    dependencies: ["FirewallDriver", "NFTables", "PrivateFiles", "ProgramRunner", "RhizomeDriver", "RhizomeModel"],
    path: "Tests/FirewallDriverTests"
  ),
  .target(
    name: "GatewayDriver",
    dependencies: [
      "PortControl", "RhizomeDriver", "RhizomeModel", "UPnP",
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Components/Gateway/GatewayDriver"
  ),
  .testTarget(
    name: "GatewayDriverTests",
    dependencies: [
      "GatewayDriver", "PortControl", "RhizomeDriver", "RhizomeModel", "RhizomeReconciler", "RhizomeStateStore",
      "RouterLab", "UPnP",
    ],
    path: "Tests/GatewayDriverTests"
  ),
  .target(name: "PortControl", dependencies: ["UPnP"], path: "Sources/Components/Gateway/PortControl"),
  .testTarget(
    name: "PortControlTests",
    dependencies: ["PortControl", "RouterLab", "UPnP"],
    path: "Tests/PortControlTests"
  ),
  .target(
    name: "OutsideView",
    dependencies: [
      "OpenSSL", "Reachability", "RhizomeDriver", "RhizomeModel", "STUN", "UPnP",
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Components/Gateway/OutsideView"
  ),
  .testTarget(
    name: "OutsideViewTests",
    dependencies: ["OpenSSL", "OutsideView", "Reachability", "RhizomeDriver", "RhizomeModel", "STUN", "UPnP"],
    path: "Tests/OutsideViewTests"
  ),
  .target(
    name: "Reachability",
    dependencies: [
      "OpenSSL", "UPnP", .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Sources/Components/Gateway/Reachability"
  ),
  .testTarget(
    name: "ReachabilityTests",
    dependencies: [
      "OpenSSL", "Reachability", "UPnP", .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Tests/ReachabilityTests",
    exclude: ["Golden"]
  ),
  .target(
    name: "STUN",
    dependencies: [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")],
    path: "Sources/Components/Gateway/STUN"
  ),
  .testTarget(
    name: "STUNTests",
    dependencies: [
      "STUN", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Tests/STUNTests"
  ),
  .target(name: "UPnP", dependencies: ["CMiniUPnPc"], path: "Sources/Components/Gateway/UPnP"),
  .testTarget(name: "UPnPTests", dependencies: ["RouterLab", "UPnP"], path: "Tests/UPnPTests"),
]

// MARK: - Components/Services

let services: [Target] = [
  .target(
    name: "ProcessSupervisor",
    dependencies: ["CProcessSpawn", "OpenSSL", "PrivateFiles"],
    path: "Sources/Components/Services/ProcessSupervisor"
  ),
  .testTarget(
    name: "ProcessSupervisorTests",
    dependencies: ["ProcessSupervisor", "PrivateFiles", "RhizomeTestSupport"],
    path: "Tests/ProcessSupervisorTests"
  ),
  .target(
    name: "ServiceDrivers",
    dependencies: ["OpenSSL", "PrivateFiles", "ProcessSupervisor", "RhizomeDriver", "RhizomeModel"],
    path: "Sources/Components/Services/ServiceDrivers"
  ),
  .testTarget(
    name: "ServiceDriversTests",
    dependencies: [
      "PrivateFiles", "ProcessSupervisor", "RhizomeDriver", "RhizomeModel", "RhizomePlanner", "RhizomeTestSupport",
      "ServiceDrivers",
    ],
    path: "Tests/ServiceDriversTests"
  ),
]

// MARK: - Surfaces and programs

let surfaces: [Target] = [
  .target(name: "RhizomeAPI", dependencies: ["RhizomeModel"], path: "Sources/Surfaces/RhizomeAPI"),
  .target(
    name: "RhizomeClient",
    dependencies: [
      "RhizomeAPI", "RhizomeModel", "RhizomePlanner", .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Sources/Surfaces/RhizomeClient"
  ),
  .target(
    name: "RhizomeAPIServer",
    dependencies: [
      "RhizomeAPI", "RhizomeManifest", "RhizomeModel", "RhizomePlanner", "RhizomeReconciler", "RhizomeStateStore",
      .product(name: "Hummingbird", package: "hummingbird"),
      .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "HTTPTypes", package: "swift-http-types"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Surfaces/RhizomeAPIServer"
  ),
  .target(
    name: "RhizomeCommands",
    dependencies: [
      "OpenSSL", "PrivateFiles", "RhizomeAPI", "RhizomeClient", "RhizomeManifest", "RhizomeModel", "RhizomePlanner",
      "RhizomeSource",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: "Sources/Surfaces/RhizomeCommands"
  ),
  .testTarget(
    name: "RhizomeAPIServerTests",
    dependencies: [
      "RhizomeAPI", "RhizomeAPIServer", "RhizomeClient", "RhizomeManifest", "RhizomeModel", "RhizomePlanner",
      "RhizomeReconciler", "RhizomeStateStore",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ],
    path: "Tests/RhizomeAPIServerTests"
  ),
  .testTarget(
    name: "EmbeddedEngineTests",
    dependencies: [
      "DirectoryServer", "DirectoryTestSupport", "EmbeddedStorageDriver", "LDAPClient", "LDAPDriver", "LDAPProtocol",
      "ObjectStore", "RhizomeAPI", "RhizomeAPIServer", "RhizomeDriver", "RhizomeManifest", "RhizomeModel",
      "RhizomePlanner", "RhizomeReconciler", "RhizomeStateStore", "S3Protocol", "ServiceDrivers",
      .product(name: "Logging", package: "swift-log"),
    ],
    path: "Tests/EmbeddedEngineTests"
  ),
  .testTarget(
    name: "RhizomeCommandsTests",
    dependencies: ["OpenSSL", "RhizomeAPI", "RhizomeCommands", "RhizomeModel"],
    path: "Tests/RhizomeCommandsTests"
  ),
  .executableTarget(
    name: "rhizome",
    dependencies: [
      "EmbeddedDirectory", "EmbeddedStorageDriver", "FirewallDriver", "GatewayDriver", "LDAPDriver", "ObjectStore",
      "OpenSSL", "OutsideView", "Reachability", "UPnP",
      "PrivateFiles", "ProcessSupervisor",
      "RhizomeAPI", "RhizomeAPIServer", "RhizomeClient", "RhizomeCommands", "RhizomeDriver", "RhizomeManifest",
      "RhizomeModel", "RhizomePlanner", "RhizomeReconciler", "RhizomeReports", "RhizomeSource", "RhizomeStateStore",
      "S3Protocol", "ServiceDrivers",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
      .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      .product(name: "UnixSignals", package: "swift-service-lifecycle"),
    ],
    path: "Sources/Programs/rhizome",
    linkerSettings: smallInMemory
  ),
]

// MARK: - Testing: support libraries and whole-system tests

let testing: [Target] = [
  .target(
    name: "RhizomeTestSupport",
    dependencies: ["RhizomeDriver", "RhizomeModel", "RhizomeReconciler", "RhizomeStateStore"],
    path: "Sources/Testing/RhizomeTestSupport"
  ),
  .target(
    name: "RhizomeSimulator",
    dependencies: [
      "RhizomeDriver", "RhizomeManifest", "RhizomeModel", "RhizomePlanner", "RhizomeReconciler", "RhizomeStateStore",
      "RhizomeTestSupport",
    ],
    path: "Sources/Testing/RhizomeSimulator"
  ),
  .executableTarget(
    name: "rhizome-simulate",
    dependencies: ["RhizomeSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
    path: "Sources/Testing/rhizome-simulate"
  ),
  .testTarget(name: "SimulationTests", dependencies: ["RhizomeSimulator"], path: "Tests/Simulation"),
  .target(name: "RouterLab", dependencies: ["UPnP"], path: "Sources/Testing/RouterLab"),
  .testTarget(name: "RouterLabTests", dependencies: ["RouterLab", "UPnP"], path: "Tests/RouterLabTests"),
  .target(
    name: "StateStoreConformance",
    dependencies: ["RhizomeStateStore"],
    path: "Sources/Testing/StateStoreConformance"
  ),
]

// MARK: - The package

let package = Package(
  name: "rhizome",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
  ],
  targets: system + core + engine + storage + directory + gateway + services + surfaces + testing,
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = (target.swiftSettings ?? []) + houseSettings
}
