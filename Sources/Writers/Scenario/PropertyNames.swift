import SQL

/// What `expect violated` may name in a model: its invariants and the built-in properties.
struct PropertyNames {
  /// The invariants that the model checks.
  var invariants: [String]
  /// Invariants of the scenario that the model's variant leaves out.
  var absent: Set<String> = []
  /// Built-in properties that the model does not check, with the reason.
  var unchecked: [String: String] = [:]

  /// The expectation as the model has it; names that nothing has are reported.
  func expectation(
    _ expectation: ExpectationSyntax?, _ diagnostics: inout DiagnosticList
  ) -> Expectation {
    guard let expectation else { return .none }
    switch expectation.verdict {
    case .proved: return .proved
    case .inconclusive: return .inconclusive
    case .violated(let names):
      var kept: [String] = []
      for name in names where check(name, &diagnostics) {
        if kept.contains(name.text) {
          diagnostics.add(
            Diagnostic(
              .duplicateName, "`\(name.text)` is expected twice", at: name.span,
              help: "name it once"))
        } else {
          kept.append(name.text)
        }
      }
      return .violated(kept)
    }
  }

  private func check(_ name: NameSyntax, _ diagnostics: inout DiagnosticList) -> Bool {
    if invariants.contains(name.text) { return true }
    if absent.contains(name.text) {
      diagnostics.add(
        Diagnostic(
          .contradiction, "the variant does not check invariant `\(name.text)`", at: name.span,
          help: "keep the invariant, or do not expect it to be violated"))
      return false
    }
    if let reason = unchecked[name.text] {
      diagnostics.add(
        Diagnostic(.contradiction, "`\(name.text)` cannot be violated", at: name.span, help: reason)
      )
      return false
    }
    let builtIn = BuiltInProperty.allCases.map(\.rawValue)
    if builtIn.contains(name.text) { return true }
    diagnostics.add(
      Diagnostic.unknown(
        name, what: "invariant", code: .unknownInvariant, among: invariants + builtIn))
    return false
  }
}
