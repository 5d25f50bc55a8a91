// swift-tools-version: 6.2
import PackageDescription

// What is measured has package access, which ends at the border of a package. So this package compiles the modules
// that it measures for itself, through the link `Rhizome`. `RhizomeBenchmarks` builds in seconds: no server, no
// database. `EngineBenchmarks` needs both, and takes minutes the first time.

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

// MARK: - Planning

let planning: [Target] = [
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
  .systemLibrary(
    name: "COpenSSL",
    path: "Rhizome/System/COpenSSL",
    pkgConfig: "libssl",
    providers: [.apt(["libssl-dev"])]
  ),
  .target(name: "OpenSSL", dependencies: ["COpenSSL"], path: "Rhizome/System/OpenSSL", swiftSettings: settings),
  .executableTarget(
    name: "RhizomeBenchmarks",
    dependencies: ["OpenSSL", "RhizomeManifest", "RhizomeModel", "RhizomePlanner"],
    swiftSettings: settings
  ),
]

// MARK: - Engines

let servers = [
  "Answer", "HTTPService", "RequestReading", "S3Responder+Perform", "S3Responder+Uploads", "S3Responder", "S3Server",
  "WebServer",
]

let engines: [Target] = [
  .target(
    name: "LDAPProtocol",
    dependencies: [.product(name: "NIOCore", package: "swift-nio")],
    path: "Rhizome/Components/Directory/LDAPProtocol",
    swiftSettings: settings
  ),
  .target(
    name: "LDAPClient",
    dependencies: [
      "LDAPProtocol",
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Rhizome/Components/Directory/LDAPClient",
    swiftSettings: settings
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
    path: "Rhizome/Components/Directory/DirectoryServer",
    swiftSettings: settings
  ),
  .target(
    name: "DirectoryTestSupport",
    dependencies: [
      "DirectoryServer", "LDAPClient", "LDAPProtocol",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Rhizome/Testing/DirectoryTestSupport",
    swiftSettings: settings
  ),
  .target(
    name: "S3Protocol",
    dependencies: ["OpenSSL"],
    path: "Rhizome/Components/Storage/S3Protocol",
    swiftSettings: settings
  ),
  // The engine without its HTTP servers; what puts and gets objects is internal to it, hence the flag.
  .target(
    name: "ObjectStore",
    dependencies: [
      "OpenSSL", "S3Protocol",
      .product(name: "GRDB", package: "GRDB.swift"),
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    path: "Rhizome/Components/Storage/ObjectStore",
    exclude: servers.map { "Server/\($0).swift" },
    swiftSettings: settings + [.unsafeFlags(["-enable-testing"])]
  ),
  .executableTarget(
    name: "EngineBenchmarks",
    dependencies: [
      "DirectoryTestSupport", "LDAPClient", "LDAPProtocol", "ObjectStore", "OpenSSL", "S3Protocol",
      .product(name: "Logging", package: "swift-log"),
      .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOPosix", package: "swift-nio"),
    ],
    swiftSettings: settings
  ),
]

// MARK: - The package

let package = Package(
  name: "rhizome-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: planning + engines,
  swiftLanguageModes: [.v6]
)
