/// What `racesim explain RS0104` prints: a title, the reason, a wrong and a right example.
package struct DiagnosticExplanation: Sendable {
  /// What is wrong, in one line.
  package let title: String

  /// Why it matters, or what the rule is.
  package let text: String

  /// A piece of a scenario file that has the mistake.
  package let wrong: String

  /// The same piece without it.
  package let right: String

  init(_ title: String, _ text: String, wrong: String, right: String) {
    self.title = title
    self.text = text
    self.wrong = wrong
    self.right = right
  }
}

extension DiagnosticCode {
  /// The kind of mistake in one line.
  package var title: String { explanation.title }

  /// The kind of mistake with its reason and examples.
  package var explanation: DiagnosticExplanation {
    if let explanation = syntaxExplanation { return explanation }
    if let explanation = nameExplanation { return explanation }
    if let explanation = unsupportedExplanation { return explanation }
    if let explanation = blockExplanation { return explanation }
    return DiagnosticExplanation(rawValue, "", wrong: "", right: "")
  }
}
