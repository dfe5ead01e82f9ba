import Foundation

/// libFuzzer's loop; see its documentation for the arguments.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ function: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Runs one target under libFuzzer: `FUZZ_TARGET=TARGET Fuzz [argument of libFuzzer]...`; without a target, lists them.
/// The environment names it because libFuzzer starts itself again, for merges, with arguments of its own.
@main
enum Fuzz {
    static func main() {
        if target == nil {
            for target in FuzzTarget.allCases { print(target.rawValue) }
            return
        }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runDriver(&count, &arguments, feed))
    }
}

/// A C function has no other place for it.
private let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"].flatMap(FuzzTarget.init)

private func feed(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target?.run(UnsafeBufferPointer(start: bytes, count: count))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
