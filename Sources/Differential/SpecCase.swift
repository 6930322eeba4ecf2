import RandomCases
package import SQL
import Store
import Writers

/// Cases from isolation specs: what they set up, and their sessions' steps, in orders that are drawn.
extension DifferentialCase {
  /// The case of a spec; what a session sets up is its first step.
  ///
  /// - Returns: `nil` with the first mistake if the text is no spec.
  package static func read(_ file: SourceFile) -> (it: DifferentialCase?, problem: String) {
    let (compiled, diagnostics, _) = SpecCompiler.compile(file)
    guard let compiled else {
      let first = diagnostics.first
      return (nil, "\(first?.code.rawValue ?? ""): \(first?.message ?? "")")
    }
    var it = DifferentialCase()
    it.setups = compiled.spec.setups.map(\.text)
    // What begins with a `$` is no table, but a name or an index that is locked.
    it.setupTables = compiled.model.program.schema.tables.map(\.name).filter { !$0.hasPrefix("$") }
    it.sessions = compiled.spec.sessions.map { session in
      let first = session.setup.map { Step(name: "\(session.name.text)_setup", sql: piece($0)) }
      let steps = session.steps.map { Step(name: $0.name.text, sql: piece($0.block)) }
      return Session(name: session.name.text, steps: (first.map { [$0] } ?? []) + steps)
    }
    return (it, "")
  }

  /// The text without a semicolon at its end, which a spec of cases gives it.
  private static func piece(_ block: SpecBlock) -> Piece {
    var text = block.text[...]
    while let last = text.last, last == ";" || last.isWhitespace { text.removeLast() }
    return .text(String(text))
  }
}
