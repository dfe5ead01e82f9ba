// swift-tools-version:6.2
import PackageDescription

// Kept apart from the service because everything of ours is compiled with libFuzzer's instrumentation here. The sources
// are the service's own, by symbolic links; of the modules that speak TLS only the parsers are taken, so that the
// build is short. Scripts/fuzz builds and runs it. The package has the service's name for the access level `package`.
let instrumented: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags(["-sanitize=fuzzer"]),
]

extension Target.Dependency {
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let heap = product(name: "HeapModule", package: "swift-collections")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHPACK = product(name: "NIOHPACK", package: "swift-nio-http2")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "jumpstarter-service",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Authentication", "ControllerService", "ObjectStore", "Resources", "Router", "RouterCore",
                "RouterModels", "ServiceConfiguration", "Transport", .crypto, .nioCore, .nioEmbedded, .nioHPACK,
            ],
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]
        ),
        .target(name: "Authentication", dependencies: [.crypto]),
        .target(
            name: "ControllerService",
            dependencies: ["Resources"],
            sources: ["Mapping/ResourceName.swift"]
        ),
        .target(name: "ObjectStore", dependencies: ["Resources"]),
        .target(name: "Resources"),
        .target(
            name: "Router",
            dependencies: ["RouterCore", "Transport", .nioCore, .nioHPACK],
            sources: [
                "CallHeaders.swift", "DataLane.swift", "FrameCutter.swift", "HTTP2Call.swift", "HTTP2Code.swift",
                "HTTP2Connection.swift", "HTTP2Connection+Frame.swift", "HTTP2Connection+Incoming.swift",
                "HTTP2Connection+Outgoing.swift", "HTTP2ConnectionDelegate.swift", "HeaderBlock.swift",
                "HeaderRules.swift", "PeerAddress.swift", "RouterConfiguration.swift", "TimeAmount+Duration.swift",
                "TunnelChunk.swift", "WriteCoalescer.swift",
            ]
        ),
        .target(name: "RouterCore", dependencies: [.deque, .heap]),
        .target(name: "RouterModels", dependencies: ["RouterCore"]),
        .target(name: "ServiceConfiguration", dependencies: ["Resources", .yams]),
        .target(
            name: "Transport",
            dependencies: [.nioCore],
            sources: [
                "FrameBorders.swift", "PingAnswerer.swift",
            ]
        ),
    ]
)

for target in package.targets {
    target.swiftSettings = instrumented
}
