import Foundation
import Testing

@testable import SQL

@Suite("Damaged statements")
struct ResolutionFuzzTests {
  /// SplitMix64, so that every run damages alike.
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
  }

  @Test("no statement traps, however its words are mixed", arguments: AnsweredScript.all)
  func mixed(_ script: AnsweredScript) throws {
    let statements = try script.read(".sql").components(separatedBy: ";\n")
    let words = statements.map { $0.split(separator: " ").map(String.init) }
    let all = words.flatMap { $0 }
    var generator = Generator(state: 7)
    for statement in words where !statement.isEmpty {
      for _ in 0..<6 {
        var mixed = statement
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let place = Int.random(in: 0..<mixed.count, using: &generator)
          switch Int.random(in: 0..<3, using: &generator) {
          case 0 where mixed.count > 1: mixed.remove(at: place)
          case 1: mixed[place] = all.randomElement(using: &generator) ?? ""
          default: mixed.insert(all.randomElement(using: &generator) ?? "", at: place)
          }
        }
        let schema = statements.filter { $0.hasPrefix("CREATE") }.joined(separator: ";\n")
        check(mixed.joined(separator: " "), schema: schema)
      }
    }
  }

  /// A statement that is refused says why; one that is not leaves code that holds together.
  private func check(_ text: String, schema: String) {
    let parsed = SQLReader.statements(in: SourceFile(path: "", text: text))
    guard parsed.isUsable, let statement = parsed.value.first else { return }
    let builder = ProgramBuilder(sources: SourceMap(SourceFile(path: "", text: text)))
    let definitions = SQLReader.statements(in: SourceFile(path: "", text: schema)).value
    builder.define(definitions, isWorld: false)
    builder.diagnostics = []
    let scope = Scope(variables: VariableScope(label: nil), access: .databaseOrWorld)
    let compiled = builder.statement(statement, in: scope)
    let errors = builder.diagnostics.filter { $0.severity == .error }
    if compiled == nil { #expect(!errors.isEmpty, "refused without a word: \(text)") }
    for query in builder.program.queries {
      guard case .select(let select) = query.body else { continue }
      for output in select.outputs {
        for operation in builder.program.operations[builder.program.range(of: output)] {
          guard case .column(0, let offset) = operation else { continue }
          #expect(Int(offset) < select.tupleWidth, "\(text)")
        }
      }
    }
  }
}
