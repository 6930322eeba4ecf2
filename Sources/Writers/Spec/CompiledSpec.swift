package import SQL
package import Store

/// A spec whose SQL is compiled: what ``SpecRunner`` runs.
package struct CompiledSpec: Sendable {
  package var spec: Spec
  /// Its sessions are those of the spec, then the control connection, then one for each transaction that is prepared.
  package var model: Model
  package var setups: [SpecString]
  package var teardown: SpecString?
  package var sessions: [SpecSessionStrings]

  /// Whether statements are compiled when they run, because steps change definitions.
  package var definesInSteps = false

  /// The control connection's position among the model's sessions.
  package var control: Int { sessions.count }
}

package struct SpecSessionStrings: Sendable {
  package var setup: SpecString?
  package var steps: [SpecString]
  package var teardown: SpecString?
}

/// What is sent to the server at once.
package struct SpecString: Sendable {
  package enum Part: Hashable, Sendable {
    case run(RoutineID)
    case create(SpecRelation)
    /// With the word for what is dropped: `table`, `view`, `sequence`.
    case drop(String, ifExists: Bool, kind: String)
    /// What steps have done to functions of that name is undone.
    case forgetFunction(String)
    /// With the sequences that begin again.
    case truncate(TableID, sequences: [Int])
    /// Statements that are compiled one by one when they run (``CompiledSpec/definesInSteps``).
    case text(SpecText)
  }

  /// In order; definitions are parts of their own.
  package var parts: [Part] = []
  package var span: SourceSpan
}

/// A table (with its sequences), or a sequence, that a setup creates.
package struct SpecRelation: Hashable, Sendable {
  package var name: String
  package var ifNotExists: Bool
  /// Positions in the schema.
  package var tables: Range<Int>
  package var sequences: Range<Int>
}

/// Statements that a session sends as one string, and that are compiled when they run.
package struct SpecText: Hashable, Sendable {
  package var name: String
  package var statements: [StatementSyntax]
  package var span: SourceSpan
  /// The session's position among the model's.
  package var session: Int
  /// Whether definitions among them take their locks.
  package var locksDefinitions: Bool
}
