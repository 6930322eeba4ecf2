import SQL
import Testing
import Writers

/// Sebastiano Vigna's SplitMix64: the same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number below `bound`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}

/// Whether every span in a tree lies inside its file.
func spansAreInside(_ value: Any, fileLengths: [Int]) -> Bool {
  if let span = value as? SourceSpan {
    let file = Int(span.file)
    return file < fileLengths.count && span.start >= 0 && span.start <= span.end
      && Int(span.end) <= fileLengths[file]
  }
  return Mirror(reflecting: value).children.allSatisfy {
    spansAreInside($0.value, fileLengths: fileLengths)
  }
}

@Suite("Syntax of damaged scenario files")
struct ScenarioFuzzTests {
  private func check(_ bytes: [UInt8], walksTree: Bool = false) -> Parsed<ScenarioSource> {
    let parsed = ScenarioReader.read(path: "f.race") { $0 == "f.race" ? bytes : nil }
    let lengths = parsed.value.sources.files.map(\.bytes.count)
    let renderer = DiagnosticRenderer(parsed.value.sources)
    for diagnostic in parsed.diagnostics {
      #expect(spansAreInside(diagnostic, fileLengths: lengths))
      _ = renderer.oneLine(diagnostic)
    }
    if let last = parsed.diagnostics.last { _ = renderer.render(last) }
    #expect(parsed.diagnostics.count <= Diagnostic.countLimit)
    if walksTree { #expect(spansAreInside(parsed.value.scenario, fileLengths: lengths)) }
    return parsed
  }

  @Test("a file cut inside a block is refused")
  func truncated() {
    let bytes = Array(ScenarioSamples.full.utf8)
    var open = 0
    var isQuiet = true
    for length in 0..<bytes.count {
      if length % 5 == 0 {
        let parsed = check(Array(bytes[..<length]), walksTree: length % 100 == 0)
        if open > 0, parsed.isUsable { isQuiet = false }
      }
      if bytes[length] == UInt8(ascii: "{") { open += 1 }
      if bytes[length] == UInt8(ascii: "}") { open -= 1 }
    }
    #expect(open == 0)
    #expect(isQuiet, "a file that was cut inside a block must not be usable")
  }

  @Test("tokens deleted, doubled, swapped and replaced", arguments: [1, 2, 3] as [UInt64])
  func mutated(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let words = Self.words(in: ScenarioSamples.full)
    for round in 0..<120 {
      var changed = words
      for _ in 0...random.below(4) {
        let index = random.below(changed.count)
        switch random.below(4) {
        case 0: changed.remove(at: index)
        case 1: changed.insert(changed[index], at: index)
        case 2: changed[index] = words[random.below(words.count)]
        default: changed.swapAt(index, random.below(changed.count))
        }
      }
      let separator = round % 2 == 0 ? " " : "\n"
      _ = check(Array(changed.joined(separator: separator).utf8), walksTree: round % 40 == 0)
    }
  }

  @Test("words in any order", arguments: [4, 5] as [UInt64])
  func soup(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let words = Self.words(in: ScenarioSamples.full)
    for _ in 0..<300 {
      let text = (0...random.below(60)).map { _ in words[random.below(words.count)] }
      _ = check(Array(text.joined(separator: random.below(2) == 0 ? " " : "\n").utf8))
    }
  }

  @Test("long files take time in proportion to their length")
  func longFiles() {
    for piece in [
      "writer a {\n", "{\n", "}\n", "data\n", "writer a(", "variant \"v\" {", "expect\n",
    ] {
      _ = check(Array(String(repeating: piece, count: 10_000).utf8))
    }
    let many = String(repeating: "writer a { SELECT 1; }\n", count: 5_000)
    #expect(check(Array(many.utf8)).value.scenario.writers.count == 5_000)
  }

  /// The words, texts and marks of a text.
  private static func words(in text: String) -> [String] {
    var parser = Parser(SourceFile(path: "w", text: text))
    var words: [String] = []
    while !parser.isAtEnd { words.append(parser.input.text(parser.advance().span)) }
    return words
  }
}
