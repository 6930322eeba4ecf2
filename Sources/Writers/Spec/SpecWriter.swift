import SQL

extension Spec {
  /// The text of the spec file.
  ///
  /// Reading it gives the same spec, but for places. A block must not hold a `}`: the grammar has no way
  /// to write one.
  package var text: String {
    var text = ""
    for setup in setups { text += "setup \(setup.braced)\n" }
    if let teardown { text += "teardown \(teardown.braced)\n" }
    for session in sessions {
      text += text.isEmpty ? "" : "\n"
      text += "session \(session.name.written)\n"
      if let setup = session.setup { text += "setup \(setup.braced)\n" }
      let width = session.steps.map(\.name.written.count).max() ?? 0
      for step in session.steps {
        let name = step.name.written
        let padding = String(repeating: " ", count: width - name.count)
        text += "step \(name)\(padding) \(step.block.braced)\n"
      }
      if let teardown = session.teardown { text += "teardown \(teardown.braced)\n" }
    }
    if !permutations.isEmpty { text += "\n" }
    for permutation in permutations {
      text += "permutation " + permutation.steps.map(\.written).joined(separator: " ") + "\n"
    }
    return text
  }
}

extension SpecBlock {
  fileprivate var braced: String {
    let isEmpty = text.isEmpty
    return isEmpty ? "{ }" : text.hasPrefix("\n") ? "{\(text)}" : "{ \(text) }"
  }
}

extension SpecName {
  /// The name, in quotes where it needs them.
  fileprivate var written: String {
    let bytes = Array(text.utf8)
    let isPlain =
      bytes.first.map(SpecLexer.beginsName) == true && bytes.allSatisfy(SpecLexer.continuesName)
      && !SpecLexer.keywords.contains(text)
    return isPlain
      ? text
      : "\""
        + text.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
  }
}

extension SpecPermutation.Step {
  fileprivate var written: String {
    guard !blockers.isEmpty else { return name.written }
    let list = blockers.map { blocker in
      switch blocker {
      case .once: "*"
      case .step(let other): other.written
      case .notices(let other, let count): "\(other.written) notices \(count)"
      }
    }
    return "\(name.written)(\(list.joined(separator: ", ")))"
  }
}
