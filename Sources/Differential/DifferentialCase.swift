package import RandomCases
package import Writers

/// A schema, its data, and sessions with their programs, in orders that are run one after the other.
package struct DifferentialCase: Hashable, Sendable {
  /// A table or a function.
  package struct Relation: Hashable, Sendable {
    package var name: String
    /// `TABLE`, `FUNCTION`, `SEQUENCE`: what DROP calls it.
    package var kind: String
    /// How it is created, and what belongs to it.
    package var definitions: [Piece]
    /// What fills it.
    package var data: Piece?
  }

  package struct Session: Hashable, Sendable {
    package var name: String
    /// What it prepares before its steps.
    package var setup: [Piece] = []
    package var steps: [Step]
  }

  package struct Step: Hashable, Sendable {
    package var name: String
    package var sql: Piece
  }

  /// What a spec sets up, as it is written there; before the relations.
  package var setups: [String] = []
  /// The tables of that.
  package var setupTables: [String] = []
  package var relations: [Relation] = []
  package var sessions: [Session] = []
  /// Orders of the steps, by name.
  package var orders: [[String]] = []

  /// The names of the tables, whose rows are compared at the end.
  package var tables: [String] {
    setupTables + relations.filter { $0.kind == "TABLE" }.map(\.name)
  }

  /// The first session's `deadlock_timeout`; each further session's is so much longer.
  ///
  /// Sessions that begin to wait at the same time look for deadlocks one after the other, so that it is
  /// known who is the victim.
  package static let firstTimeout = 10
  package static let nextTimeout = 30

  /// The session that looks at the tables.
  static let judge = "judge"

  /// The case as a spec; the last steps of each order look at the tables.
  package var spec: Spec {
    var spec = Spec()
    let definitions = relations.flatMap(\.definitions).map(\.text).filter { !$0.isEmpty }
      .map { $0 + ";" }
    spec.setups = setups.map { SpecBlock($0) }
    if setups.isEmpty || !definitions.isEmpty {
      spec.setups.append(SpecBlock("\n  " + definitions.joined(separator: "\n  ") + "\n"))
    }
    let data = relations.compactMap(\.data?.text).filter { !$0.isEmpty }.map { $0 + ";" }
    if !data.isEmpty {
      spec.setups.append(SpecBlock("\n  " + data.joined(separator: "\n  ") + "\n"))
    }
    let drops = relations.reversed().map { "DROP \($0.kind) \($0.name);" }
    spec.teardown = SpecBlock(drops.joined(separator: " "))
    for (position, session) in sessions.enumerated() {
      let timeout = Self.firstTimeout + Self.nextTimeout * position
      spec.sessions.append(
        SpecSession(
          name: SpecName(session.name),
          setup: SpecBlock(
            (["SET deadlock_timeout = '\(timeout)ms'"] + session.setup.map(\.text))
              .map { $0 + ";" }.joined(separator: " ")),
          steps: session.steps.map {
            SpecStep(name: SpecName($0.name), block: SpecBlock($0.sql.text + ";"))
          }))
    }
    let looks = tables.map { table in
      SpecStep(
        name: SpecName("look_\(table)"),
        block: SpecBlock("SELECT * FROM \(table) ORDER BY \(setups.isEmpty ? "1, 2, 3" : "1");"))
    }
    spec.sessions.append(SpecSession(name: SpecName(Self.judge), steps: looks))
    spec.permutations = orders.map { order in
      SpecPermutation(
        steps: (order + looks.map(\.name.text)).map { SpecPermutation.Step(name: SpecName($0)) })
    }
    return spec
  }
}
