import Foundation
import Resources
import TestSupport
import Testing

@Suite("JSONValue")
struct JSONValueTests {
    @Test(
        "reads every shape",
        arguments: [
            ("null", nil), (" true ", true), ("false", false), ("0", 0), ("-12", -12), ("1.5", .number(1.5)),
            ("1.0", 1), ("1e3", 1000), ("1E-1", .number(0.1)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("\"\"", ""), ("[]", []), ("{}", [:]),
            (#"[1,[2],{"a":null}]"#, [1, [2], ["a": nil]]), (#"{"a":1,"a":2}"#, ["a": 2]),
            (#""\"\\\/\b\f\n\r\t\u0041\u00e4\ud83d\ude00""#, "\"\\/\u{8}\u{c}\n\r\tAä😀"), ("\u{FEFF}1", 1),
            ("\t[ 1 ,\r\n2 ] ", [1, 2]),
        ] as [(String, JSONValue)]
    )
    func reading(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(json: Data(text.utf8)) == value)
    }

    @Test(
        "refuses what is not JSON",
        arguments: [
            "", " ", "nul", "tru", "01", "-", "1.", ".5", "1e", "+1", "NaN", "1 2", "[1,]", "[1", "[,]", "{", "{\"a\"}",
            "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude00\"",
            "\"\n\"", "'a'", "1e999", "[1}",
        ]
    )
    func refusing(_ text: String) {
        #expect(throws: DecodingError.self) { try JSONValue(json: Data(text.utf8)) }
    }

    @Test("refuses text that is not UTF-8 and nesting without end")
    func hostile() {
        #expect(throws: DecodingError.self) { try JSONValue(json: Data([0x22, 0xFF, 0x22])) }
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: DecodingError.self) { try JSONValue(json: Data(deep.utf8)) }
    }

    @Test("prints without spaces, members sorted, slashes as they are")
    func printing() throws {
        let value: JSONValue = ["b": [1, .number(1.5), nil], "a/b": "\"\\\n\u{1}ä", "A": true]
        let text = String(decoding: try value.jsonData(), as: UTF8.self)
        #expect(text == #"{"A":true,"a/b":"\"\\\n\u0001ä","b":[1,1.5,null]}"#)
        #expect(throws: EncodingError.self) { try JSONValue.number(.nan).jsonData() }
    }

    @Test("what is printed reads back to the same, here and with Foundation", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let value = Self.value(&generator, depth: 4)
            #expect(try JSONValue(json: value.jsonData()) == value)
            #expect(try JSONDecoder().decode(JSONValue.self, from: value.jsonData()) == value)
            #expect(try JSONValue(json: JSONEncoder().encode(value)) == value)
        }
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return nil
        case 1: return .bool(.random(using: &generator))
        case 2:
            return .integer(
                .random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<63, using: &generator)
            )
        case 3: return .number(.random(in: 0..<1, using: &generator) + 0.000_1)
        case 4: return .string(text(&generator))
        case 5: return .array((0..<3).map { _ in value(&generator, depth: depth - 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<3 { members[text(&generator)] = value(&generator, depth: depth - 1) }
            return .object(members)
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let scalars = "ab/\"\\\n\u{1}\u{7F}äß€😀".unicodeScalars.map { $0 }
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            if let scalar = scalars.randomElement(using: &generator) { text.append(scalar) }
        }
        return String(text)
    }
}
