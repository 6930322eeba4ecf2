import SQL
import Testing

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

@Suite("Syntax of damaged texts")
struct SyntaxFuzzTests {
  /// Reads a text in both ways and checks what must hold for any bytes.
  private func check(_ bytes: [UInt8], walksTree: Bool) {
    let file = SourceFile(path: "f.sql", bytes: bytes)
    let statements = SQLReader.statements(in: file)
    let program = SQLReader.program(in: file)
    let renderer = DiagnosticRenderer(SourceMap(file))
    for diagnostic in statements.diagnostics + program.diagnostics {
      #expect(spansAreInside(diagnostic, fileLengths: [bytes.count]))
    }
    #expect(statements.diagnostics.count <= Diagnostic.countLimit)
    if let first = statements.diagnostics.first { _ = renderer.render(first) }
    guard walksTree else { return }
    #expect(spansAreInside(statements.value, fileLengths: [bytes.count]))
    #expect(spansAreInside(program.value, fileLengths: [bytes.count]))
  }

  @Test("a statement cut anywhere is read or refused", arguments: SyntaxSamples.statements)
  func truncated(text: String) {
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      check(Array(bytes[..<length]), walksTree: length % 64 == 0)
    }
  }

  @Test("a program cut anywhere is read or refused", arguments: SyntaxSamples.programs)
  func truncatedProgram(text: String) {
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count { check(Array(bytes[..<length]), walksTree: false) }
  }

  @Test("tokens deleted, doubled, swapped and replaced", arguments: [1, 2, 3, 4] as [UInt64])
  func mutatedTokens(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let samples = SyntaxSamples.statements + SyntaxSamples.programs
    let pool = samples.flatMap { Self.words(in: $0) }
    for round in 0..<1_000 {
      var words = Self.words(in: samples[random.below(samples.count)])
      for _ in 0...random.below(3) where !words.isEmpty {
        let index = random.below(words.count)
        switch random.below(4) {
        case 0: words.remove(at: index)
        case 1: words.insert(words[index], at: index)
        case 2: words[index] = pool[random.below(pool.count)]
        default: words.swapAt(index, random.below(words.count))
        }
      }
      check(Array(words.joined(separator: " ").utf8), walksTree: round % 20 == 0)
    }
  }

  @Test("bytes changed at random", arguments: [5, 6] as [UInt64])
  func mutatedBytes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let samples = SyntaxSamples.statements + SyntaxSamples.programs
    let marks = Array("'\"$(){}[];:.,-/*\\\u{0}\n <>=0aE".utf8) + [0xFF, 0xC3, 0xE2]
    for _ in 0..<1_000 {
      var bytes = Array(samples[random.below(samples.count)].utf8)
      for _ in 0...random.below(4) where !bytes.isEmpty {
        let index = random.below(bytes.count)
        bytes[index] =
          random.below(3) == 0 ? UInt8(random.below(256)) : marks[random.below(marks.count)]
      }
      check(bytes, walksTree: false)
    }
  }

  @Test("a broken statement always has a diagnostic, a whole one never")
  func usability() {
    for text in SyntaxSamples.statements where !isIgnored(text) {
      let parsed = SQLReader.statements(in: SourceFile(path: "f.sql", text: text + " )"))
      #expect(!parsed.isUsable, "\(text)")
    }
  }

  /// Whether the text is a statement of which only the first words are read.
  private func isIgnored(_ text: String) -> Bool {
    let parsed = SQLReader.statements(in: SourceFile(path: "f.sql", text: text))
    guard case .ignored = parsed.value.first?.kind else { return false }
    return true
  }

  @Test("long texts take time in proportion to their length")
  func longTexts() {
    let pieces = [
      "'", "\"", "$", "$$", "$a$", "/*", "*/", "--", "(", ")", "{", "}", ";", "a", ".", "::", ":a ",
      "DECLARE a int; ", "BEGIN ", "IF ", "END ", "CASE ", "SELECT ", "<<a>> ", "E'\\", "a,", "1e",
      "x := ", "\n'a'", "- ", "= ", "IN (", "DECLARE ",
    ]
    for piece in pieces {
      let text = String(repeating: piece, count: 5_000)
      let file = SourceFile(path: "f.sql", text: text)
      _ = SQLReader.statements(in: file)
      _ = SQLReader.program(in: file)
    }
  }

  /// The words, texts and marks of a text.
  static func words(in text: String) -> [String] {
    var parser = Parser(SourceFile(path: "w", text: text))
    var words: [String] = []
    while !parser.isAtEnd { words.append(parser.input.text(parser.advance().span)) }
    return words
  }
}
