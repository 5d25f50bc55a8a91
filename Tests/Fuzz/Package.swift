// swift-tools-version: 6.2
import PackageDescription

// The decoders of untrusted input under libFuzzer and AddressSanitizer. A package of its own, because every flag set
// needs its own build; the sources are links to those of the product. `run.sh` builds and runs it.

let languageSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]),
]
let linking: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]

let package = Package(
  name: "rhizome-fuzz",
  dependencies: [.package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2")],
  targets: [
    .systemLibrary(name: "CLibFuzzer", path: "Sources/CLibFuzzer"),
    .systemLibrary(name: "CYAML", path: "Sources/CYAML", pkgConfig: "yaml-0.1"),
    .target(name: "RhizomeModel", path: "Sources/RhizomeModel", swiftSettings: languageSettings),
    .target(
      name: "RhizomeManifest",
      dependencies: ["CYAML", "RhizomeModel"],
      path: "Sources/RhizomeManifest",
      swiftSettings: languageSettings
    ),
    .systemLibrary(name: "CMiniUPnPc", path: "Sources/CMiniUPnPc", pkgConfig: "miniupnpc"),
    .target(name: "UPnP", dependencies: ["CMiniUPnPc"], path: "Sources/UPnP", swiftSettings: languageSettings),
    .target(name: "PortControl", dependencies: ["UPnP"], path: "Sources/PortControl", swiftSettings: languageSettings),
    .target(
      name: "LDAPProtocol",
      dependencies: [.product(name: "NIOCore", package: "swift-nio")],
      path: "Sources/LDAPProtocol",
      swiftSettings: languageSettings
    ),
    .executableTarget(
      name: "FuzzGateway",
      dependencies: ["CLibFuzzer", "CMiniUPnPc", "UPnP"],
      path: "Sources/FuzzGateway",
      swiftSettings: languageSettings,
      linkerSettings: linking
    ),
    .executableTarget(
      name: "FuzzManifest",
      dependencies: ["CLibFuzzer", "RhizomeManifest", "RhizomeModel"],
      path: "Sources/FuzzManifest",
      swiftSettings: languageSettings,
      linkerSettings: linking
    ),
    .executableTarget(
      name: "FuzzLDAP",
      dependencies: ["CLibFuzzer", "LDAPProtocol", .product(name: "NIOCore", package: "swift-nio")],
      path: "Sources/FuzzLDAP",
      swiftSettings: languageSettings,
      linkerSettings: linking
    ),
    .executableTarget(
      name: "FuzzPortControl",
      dependencies: ["CLibFuzzer", "PortControl"],
      path: "Sources/FuzzPortControl",
      swiftSettings: languageSettings,
      linkerSettings: linking
    ),
  ],
  swiftLanguageModes: [.v6]
)
