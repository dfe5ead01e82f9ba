// swift-tools-version:6.2
import PackageDescription

// Settings that hold for every target of ours, applied in one loop at the end of this file.
let strictness: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // The router's inner loop is dominated by exclusivity checks otherwise: 1.82 -> 1.68 CPU-s per GB.
    // Debug builds, and so all tests, keep the checks.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
    static let heap = product(name: "HeapModule", package: "swift-collections")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let grpcCore = product(name: "GRPCCore", package: "grpc-swift-2")
    static let grpcProtobuf = product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
    static let grpcTransport = product(name: "GRPCNIOTransportHTTP2", package: "grpc-swift-nio-transport")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTLS = product(name: "HummingbirdTLS", package: "hummingbird")
    static let jwtKit = product(name: "JWTKit", package: "jwt-kit")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHPACK = product(name: "NIOHPACK", package: "swift-nio-http2")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTP2 = product(name: "NIOHTTP2", package: "swift-nio-http2")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let x509 = product(name: "X509", package: "swift-certificates")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "jumpstarter-service",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "jumpstarter", targets: ["jumpstarter"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .executableTarget(
            name: "jumpstarter",
            dependencies: [
                "AllocatorSettings", "Authentication", "ServiceConfiguration", "ControllerService", "Fleet",
                "KubernetesAPI", "KubernetesStore", "Manifests", "Moving", "Observability",
                "Reconciling", "Resources", "Router", "SQLiteStore", "ObjectStore", "Transport", "Web",
                .argumentParser, .asyncHTTPClient, .lifecycle, .unixSignals, .logging, .metrics, .nioCore, .nioHTTP1,
                .nioPosix, .grpcCore,
            ],
            // The router's copies and queues cost 15 % less on it than on glibc's allocator. See also RouterTests.
            linkerSettings: [.linkedLibrary("jemalloc", .when(platforms: [.linux]))]
        ),
        .target(name: "AllocatorSettings"),
        .target(
            name: "Web",
            dependencies: ["Observability", .hummingbird, .hummingbirdCore, .logging, .lifecycle, .nioCore]
        ),
        .target(
            name: "KubernetesAPI",
            dependencies: [
                "ObjectStore", "Resources", .hummingbird, .hummingbirdCore, .hummingbirdTLS, .nioSSL, .nioCore,
                .logging,
                .lifecycle, .yams,
            ]
        ),
        .target(
            name: "ControllerService",
            dependencies: [
                "Fleet", "JumpstarterProtocol", "Reconciling", "Leasing", "Authentication", "ObjectStore", "Resources",
                "Transport", .deque,
                .grpcCore, .grpcProtobuf, .grpcTransport, .protobuf, .logging, .nioSSL, .nioCore, .nioHTTP2, .lifecycle,
            ]
        ),
        .target(
            name: "Fleet",
            dependencies: ["Authentication", .grpcCore, .grpcTransport, .logging, .lifecycle]
        ),
        .target(
            name: "Reconciling",
            dependencies: ["ObjectStore", "Leasing", "Resources", .heap, .logging, .lifecycle]
        ),
        .target(
            name: "Router",
            dependencies: [
                "RouterCore", "Transport", "Authentication", .nioCore, .nioPosix, .nioSSL, .nioTLS, .nioHPACK, .logging,
                .metrics, .lifecycle,
            ]
        ),
        .target(name: "RouterCore", dependencies: [.deque, .heap]),
        .target(
            name: "Transport",
            dependencies: [.nioCore, .nioSSL, .x509, .asn1, .crypto, .logging]
        ),
        .target(name: "Authentication", dependencies: [.crypto]),
        .target(name: "SQLiteStore", dependencies: ["ObjectStore", "Resources", .grdb, .logging]),
        .target(
            name: "KubernetesStore",
            dependencies: [
                "ObjectStore", "Resources", .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .logging, .yams,
            ]
        ),
        .target(name: "Manifests", dependencies: ["KubernetesAPI", "ObjectStore", "Resources", .yams]),
        .target(name: "Moving", dependencies: ["ObjectStore", "Resources", .yams]),
        .target(name: "ObjectStore", dependencies: ["Resources"]),
        .target(name: "Leasing", dependencies: ["Resources"]),
        .target(name: "Resources"),
        .target(name: "JumpstarterProtocol", dependencies: [.grpcCore, .grpcProtobuf, .protobuf]),
        .target(name: "ServiceConfiguration", dependencies: ["Resources", .yams]),
        .target(name: "Observability", dependencies: [.logging, .metrics]),
        .target(name: "RouterModels", dependencies: ["RouterCore"], path: "Tests/RouterModels"),
        .target(name: "TestSupport", dependencies: ["ObjectStore", "Resources"], path: "Tests/TestSupport"),

        .testTarget(name: "ResourcesTests", dependencies: ["Resources", "TestSupport"]),
        .testTarget(name: "ObjectStoreTests", dependencies: ["ObjectStore", "Resources"]),
        .testTarget(name: "LeasingTests", dependencies: ["Leasing", "Resources", "TestSupport"]),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: ["SQLiteStore", "ObjectStore", "Resources", "TestSupport", .grdb, .logging]
        ),
        .testTarget(
            name: "KubernetesStoreTests",
            dependencies: [
                "KubernetesStore", "KubernetesAPI", "ObjectStore", "SQLiteStore", "Resources", "TestSupport",
                "Transport",
                .lifecycle, .logging, .nioCore, .nioPosix, .nioSSL, .nioHTTP1, .x509, .asn1, .crypto,
            ]
        ),
        .testTarget(
            name: "ManifestsTests",
            dependencies: ["Manifests", "KubernetesAPI", "ObjectStore", "Resources"]
        ),
        .testTarget(
            name: "MovingTests",
            dependencies: ["Moving", "ObjectStore", "SQLiteStore", "Resources", "TestSupport", .logging, .yams]
        ),
        .testTarget(name: "JumpstarterProtocolTests", dependencies: ["JumpstarterProtocol", .protobuf]),
        .testTarget(
            name: "ControllerServiceTests",
            dependencies: [
                "ControllerService", "Fleet", "Reconciling", "Leasing", "Authentication", "ObjectStore", "SQLiteStore",
                "Resources",
                "JumpstarterProtocol", "TestSupport", "Transport", .grpcCore, .grpcTransport, .grpcProtobuf, .protobuf,
                .logging,
                .lifecycle,
            ]
        ),
        .testTarget(
            name: "ReconcilingTests",
            dependencies: [
                "Reconciling", "Leasing", "ObjectStore", "SQLiteStore", "Resources", "TestSupport", .logging,
            ]
        ),
        .testTarget(
            name: "FleetTests",
            dependencies: ["Fleet", "Authentication", "TestSupport", .grpcCore, .grpcTransport, .logging]
        ),
        .testTarget(
            name: "AuthenticationTests",
            dependencies: ["Authentication", "Resources", "TestSupport", .jwtKit, .crypto]
        ),
        .testTarget(name: "ServiceConfigurationTests", dependencies: ["ServiceConfiguration", "Resources"]),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability", .logging, .metrics]),
        .testTarget(
            name: "KubernetesAPITests",
            dependencies: [
                "KubernetesAPI", "ObjectStore", "SQLiteStore", "Resources", "TestSupport", "Transport", .hummingbird,
                .logging, .lifecycle, .nioCore, .nioPosix, .nioSSL,
            ]
        ),
        .testTarget(name: "RouterCoreTests", dependencies: ["RouterCore", "RouterModels"]),
        .testTarget(
            name: "RouterTests",
            dependencies: [
                "Router", "RouterCore", "Transport", "Authentication", "Observability", "TestSupport", .nioCore,
                .nioPosix, .nioSSL, .nioHTTP1, .nioHTTP2, .nioHPACK, .nioEmbedded, .nioTLS, .logging, .metrics,
            ],
            // Tests run on the allocator of the service. It also keeps a fault of Foundation's Process harmless, which
            // with more than a thousand open descriptors reads some bytes beyond what readdir has allocated
            // (swiftlang/swift-corelibs-foundation, pull request 5472): on glibc's allocator that ends the process.
            linkerSettings: [.linkedLibrary("jemalloc", .when(platforms: [.linux]))]
        ),
        .testTarget(
            name: "FuzzingTests",
            dependencies: [
                "Authentication", "ControllerService", "ObjectStore", "Resources", "Router", "RouterCore",
                "RouterModels", "ServiceConfiguration", "Transport", .crypto, .nioCore, .nioEmbedded, .nioHPACK,
            ],
            exclude: ["Corpus"]
        ),
        .testTarget(
            name: "TransportTests",
            dependencies: ["Transport", "TestSupport", .nioSSL, .x509, .nioCore, .nioEmbedded]
        ),
    ]
)

for target in package.targets where target.type != .plugin {
    target.swiftSettings = (target.swiftSettings ?? []) + strictness
}
