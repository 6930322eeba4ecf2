package import SQL

/// An isolation spec, as PostgreSQL's isolationtester reads it.
///
///     setup { CREATE TABLE seat (id int PRIMARY KEY, taken_by text); INSERT INTO seat VALUES (1, NULL); }
///     teardown { DROP TABLE seat; }
///
///     session s1
///     setup   { BEGIN; }
///     step r1 { SELECT * FROM seat FOR UPDATE; }
///     step c1 { COMMIT; }
///
///     session s2
///     step r2 { SELECT * FROM seat FOR UPDATE; }
///
///     permutation r1 r2 c1
///
/// Source: `src/test/isolation/specparse.y`.
package struct Spec: Hashable, Sendable {
  package var setups: [SpecBlock]
  package var teardown: SpecBlock?
  package var sessions: [SpecSession]
  /// Empty for all orders of the steps that keep those of each session.
  package var permutations: [SpecPermutation]

  package init(
    setups: [SpecBlock] = [], teardown: SpecBlock? = nil, sessions: [SpecSession] = [],
    permutations: [SpecPermutation] = []
  ) {
    self.setups = setups
    self.teardown = teardown
    self.sessions = sessions
    self.permutations = permutations
  }
}

/// SQL between braces: what is sent to the server as one string.
package struct SpecBlock: Hashable, Sendable {
  /// The text without the blanks next to the braces; line breaks are kept.
  package var text: String
  /// Of the text.
  package var span: SourceSpan

  package init(_ text: String, at span: SourceSpan = .nowhere) {
    self.text = text
    self.span = span
  }
}

/// A name, and where it is written.
package struct SpecName: Hashable, Sendable {
  package var text: String
  package var span: SourceSpan

  package init(_ text: String, at span: SourceSpan = .nowhere) {
    self.text = text
    self.span = span
  }
}

/// One connection, and the steps that it can take.
package struct SpecSession: Hashable, Sendable {
  package var name: SpecName
  package var setup: SpecBlock?
  package var steps: [SpecStep]
  package var teardown: SpecBlock?

  package init(
    name: SpecName, setup: SpecBlock? = nil, steps: [SpecStep] = [], teardown: SpecBlock? = nil
  ) {
    self.name = name
    self.setup = setup
    self.steps = steps
    self.teardown = teardown
  }
}

package struct SpecStep: Hashable, Sendable {
  /// Unique in the whole file.
  package var name: SpecName
  package var block: SpecBlock

  package init(name: SpecName, block: SpecBlock) {
    self.name = name
    self.block = block
  }
}

/// An order in which steps are launched.
package struct SpecPermutation: Hashable, Sendable {
  package var steps: [Step]
  package var span: SourceSpan

  package init(steps: [Step], span: SourceSpan = .nowhere) {
    self.steps = steps
    self.span = span
  }

  package struct Step: Hashable, Sendable {
    package var name: SpecName
    package var blockers: [Blocker]

    package init(name: SpecName, blockers: [Blocker] = []) {
      self.name = name
      self.blockers = blockers
    }
  }

  /// What keeps a step from being reported as done.
  package enum Blocker: Hashable, Sendable {
    /// `*`: the step is reported as waiting, without a look.
    case once
    /// Another step, while it has not been reported as done.
    case step(SpecName)
    /// `other notices N`: as long as the other's session has not had that many more notices.
    case notices(SpecName, Int)
  }
}

extension SourceSpan {
  /// The place of what is in no file.
  package static let nowhere = SourceSpan(file: 0, start: 0, end: 0)
}

extension Spec {
  /// The session (a position in ``sessions``) and step (a position in its steps) of a name.
  package func place(ofStep name: String) -> (session: Int, step: Int)? {
    for (session, it) in sessions.enumerated() {
      if let step = it.steps.firstIndex(where: { $0.name.text == name }) { return (session, step) }
    }
    return nil
  }
}
