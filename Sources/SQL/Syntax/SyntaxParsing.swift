/// What a parser made of a text: as much of the tree as it could read, and what is wrong with it.
package struct Parsed<Value: Sendable>: Sendable {
  package var value: Value

  /// In the order of the file, at most ``Diagnostic/countLimit``.
  package var diagnostics: [Diagnostic]

  package init(value: Value, diagnostics: [Diagnostic]) {
    self.value = value
    self.diagnostics = diagnostics
  }

  /// Whether nothing is wrong beyond warnings; otherwise the tree has gaps.
  package var isUsable: Bool { !diagnostics.contains { $0.severity == .error } }
}
