import SQL

extension Diagnostic {
  /// A name that nothing has, with the closest one or all of them as the help.
  static func unknown(
    _ name: NameSyntax, what: String, code: DiagnosticCode, among names: [String]
  ) -> Diagnostic {
    var problem = Diagnostic.misspelt(
      code, "there is no \(what) `\(name.text)`", at: name.span, name: name.text, among: names)
    if problem.help == nil {
      problem.help = Help(
        names.isEmpty ? "the scenario has no \(what)s" : "the \(what)s are \(enumerated(names))")
    }
    return problem
  }
}

/// `a`, `b` and `c`, in backticks; the tenth and later ones are counted.
func enumerated(_ names: [String]) -> String {
  let limit = 9
  var shown = names.prefix(limit).map { "`\($0)`" }
  if names.count > limit {
    shown.append("\(names.count - limit) more")
  }
  guard let last = shown.popLast() else { return "none" }
  return shown.isEmpty ? last : shown.joined(separator: ", ") + " and " + last
}

/// `1 value`, `2 values`.
func plural(_ count: Int, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
