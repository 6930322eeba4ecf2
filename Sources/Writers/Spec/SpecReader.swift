package import SQL

/// Reads spec files (`specparse.y`), and checks what isolationtester checks before it runs one.
package enum SpecReader {
  package static func read(_ file: SourceFile, index: UInt16 = 0) -> Parsed<Spec> {
    var lexer = SpecLexer(file, index: index)
    var parser = SpecParser(tokens: lexer.tokens())
    let spec = parser.parse()
    var diagnostics = lexer.diagnostics + parser.diagnostics
    if diagnostics.isEmpty { diagnostics += SpecChecker.problems(of: spec) }
    return Parsed(value: spec, diagnostics: diagnostics)
  }
}

/// Thrown where a spec cannot be read on; the diagnostic has been recorded.
private struct SpecFailure: Error {}

private struct SpecParser {
  private let tokens: [SpecToken]
  private var position = 0
  private(set) var diagnostics: [Diagnostic] = []

  init(tokens: [SpecToken]) { self.tokens = tokens }

  private var current: SpecToken { tokens[position] }

  private mutating func take() -> SpecToken {
    let token = tokens[position]
    if position + 1 < tokens.count { position += 1 }
    return token
  }

  private func isKeyword(_ word: String) -> Bool {
    current.kind == .keyword && current.text == word
  }

  private func isMark(_ mark: String) -> Bool { current.kind == .mark && current.text == mark }

  /// The order of the parts is fixed, so that reading ends at the first that is out of place.
  mutating func parse() -> Spec {
    var spec = Spec()
    do throws(SpecFailure) {
      while isKeyword("setup") { spec.setups.append(try parseBlock()) }
      if isKeyword("teardown") { spec.teardown = try parseBlock() }
      while isKeyword("session") { spec.sessions.append(try parseSession()) }
      if spec.sessions.isEmpty {
        throw unexpected(
          "`setup`, `teardown` or `session`", help: "a spec has at least one session")
      }
      while isKeyword("permutation") { spec.permutations.append(try parsePermutation()) }
      guard current.kind == .end else {
        let isStep = isKeyword("step") || isKeyword("setup") || isKeyword("teardown")
        throw unexpected(
          spec.permutations.isEmpty ? "`session` or `permutation`" : "`permutation`",
          help: isStep
            ? "in a session `setup` comes first, then the steps, then `teardown`" : nil)
      }
    } catch {}
    return spec
  }

  private mutating func unexpected(_ expected: String, help: String? = nil) -> SpecFailure {
    let found = current.kind == .end ? "the end of the file" : "`\(shown(current))`"
    var diagnostic = Diagnostic(
      .syntaxError, "expected \(expected), not \(found)", at: current.span)
    if let help {
      diagnostic.help = Diagnostic.Help(help)
    } else if current.kind == .keyword, expected.contains("name") {
      diagnostic.help = Diagnostic.Help(
        "as a name, this word is written in quotes: `\"\(current.text)\"`")
    } else if current.kind == .identifier,
      let word = didYouMean(current.text, among: SpecLexer.keywords.sorted())
    {
      diagnostic.help = Diagnostic.Help(
        "did you mean `\(word)`?",
        replacement: Diagnostic.Replacement(word, at: current.span))
    } else {
      diagnostic.help = Diagnostic.Help(
        "the order is: `setup` blocks, `teardown`, sessions, permutations")
    }
    diagnostics.append(diagnostic)
    return SpecFailure()
  }

  private func shown(_ token: SpecToken) -> String { token.kind == .block ? "{" : token.text }

  private mutating func parseBlock() throws(SpecFailure) -> SpecBlock {
    let word = take().text
    guard current.kind == .block else {
      throw unexpected("`{`", help: "as in `\(word) { SELECT 1; }`")
    }
    let token = take()
    return SpecBlock(token.text, at: token.span)
  }

  private mutating func parseName(_ what: String) throws(SpecFailure) -> SpecName {
    guard current.kind == .identifier else { throw unexpected("the name of a \(what)") }
    let token = take()
    return SpecName(token.text, at: token.span)
  }

  private mutating func parseSession() throws(SpecFailure) -> SpecSession {
    _ = take()
    var session = SpecSession(name: try parseName("session"))
    if isKeyword("setup") { session.setup = try parseBlock() }
    while isKeyword("step") {
      _ = take()
      let name = try parseName("step")
      guard current.kind == .block else {
        throw unexpected("`{`", help: "as in `step \(name.text) { SELECT 1; }`")
      }
      let token = take()
      session.steps.append(
        SpecStep(name: name, block: SpecBlock(token.text, at: token.span)))
    }
    if session.steps.isEmpty {
      throw unexpected("`step`", help: "a session has at least one step")
    }
    if isKeyword("teardown") { session.teardown = try parseBlock() }
    return session
  }

  private mutating func parsePermutation() throws(SpecFailure) -> SpecPermutation {
    let start = take().span
    var permutation = SpecPermutation(steps: [], span: start)
    while current.kind == .identifier {
      var step = SpecPermutation.Step(name: try parseName("step"))
      permutation.span = start.through(step.name.span)
      if isMark("(") {
        repeat {
          _ = take()
          step.blockers.append(try parseBlocker())
        } while isMark(",")
        guard isMark(")") else { throw unexpected("`,` or `)`", help: "close the bracket") }
        permutation.span = start.through(take().span)
      }
      permutation.steps.append(step)
    }
    if permutation.steps.isEmpty { throw unexpected("the name of a step") }
    return permutation
  }

  private mutating func parseBlocker() throws(SpecFailure) -> SpecPermutation.Blocker {
    if isMark("*") {
      _ = take()
      return .once
    }
    let name = try parseName("step")
    guard isKeyword("notices") else { return .step(name) }
    _ = take()
    guard current.kind == .integer, let count = Int(current.text), count <= Int(Int32.max) else {
      throw unexpected("a number", help: "as in `\(name.text) notices 1`")
    }
    _ = take()
    return .notices(name, count)
  }
}

/// What is wrong with a spec that can be read (`check_testspec` in isolationtester.c).
private enum SpecChecker {
  static func problems(of spec: Spec) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    var steps: [String: SpecName] = [:]
    for step in spec.sessions.flatMap(\.steps) {
      if let first = steps[step.name.text] {
        problems.append(
          Diagnostic(
            .duplicateName, "there are two steps called `\(step.name.text)`", at: step.name.span,
            labels: [.init("the first one", at: first.span)],
            help: Diagnostic.Help("give each step of the file a name of its own")))
      } else {
        steps[step.name.text] = step.name
      }
    }
    for permutation in spec.permutations { problems += self.problems(of: permutation, spec) }
    return Array(problems.prefix(Diagnostic.countLimit))
  }

  private static func problems(of permutation: SpecPermutation, _ spec: Spec) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    let names = spec.sessions.flatMap(\.steps).map(\.name.text)
    func unknown(_ name: SpecName) -> Diagnostic {
      var problem = Diagnostic.misspelt(
        .invalidTimeline, "there is no step `\(name.text)`", at: name.span, name: name.text,
        among: names)
      problem.help =
        problem.help ?? Diagnostic.Help("declare it in its session: `step \(name.text) { … }`")
      return problem
    }
    for step in permutation.steps {
      guard let place = spec.place(ofStep: step.name.text) else {
        problems.append(unknown(step.name))
        continue
      }
      for blocker in step.blockers {
        let name: SpecName
        switch blocker {
        case .once: continue
        case .step(let other), .notices(let other, _): name = other
        }
        guard let other = spec.place(ofStep: name.text) else {
          problems.append(unknown(name))
          continue
        }
        if !permutation.steps.contains(where: { $0.name.text == name.text }) {
          problems.append(
            Diagnostic(
              .invalidTimeline, "step `\(name.text)` is not part of this permutation",
              at: name.span, help: "a step can be held up by one of the same permutation"))
        } else if other.session == place.session {
          problems.append(
            Diagnostic(
              .invalidTimeline, "step `\(name.text)` is one of the same session", at: name.span,
              help: "a step can be held up by one of another session"))
        }
      }
    }
    return problems
  }
}
