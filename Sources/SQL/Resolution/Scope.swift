/// What names mean at a place in a program: the routine's variables, and the queries around it.
package struct Scope {
  /// What a statement may touch.
  package enum Access: Hashable, Sendable {
    /// A writer's own statement, or one of the data block: the database or the world.
    case databaseOrWorld
    /// A function's body.
    case database
    /// An invariant: both, and `outcomes`.
    case everything
  }

  /// The routine's variables; `nil` in schemas and invariants.
  package var variables: VariableScope?
  package var access: Access

  /// The queries around the place, outermost first.
  var levels: [LevelReference] = []
  /// The common table expressions in sight, the innermost last.
  var commonTables: [CommonTable] = []
  /// The statement that is being compiled.
  var statement: StatementContext?
  /// Where in a query the place is.
  var clause = Clause.none
  /// Why a VOLATILE function may not be called here; `nil` where it may.
  var callRefusal: String?
  /// Inside CASE and its like, where locks might not be taken.
  var isConditional = false

  package init(variables: VariableScope? = nil, access: Access) {
    self.variables = variables
    self.access = access
  }

  /// The parts of a query, for what may stand in them.
  enum Clause: String {
    case none = ""
    case output = "SELECT"
    case from = "FROM"
    case join = "JOIN conditions"
    case condition = "WHERE"
    case groupBy = "GROUP BY"
    case having = "HAVING"
    case orderBy = "ORDER BY"
    case limit = "LIMIT"
    case values = "VALUES"
    case assignment = "UPDATE"
    case returning = "RETURNING"
    case check = "check constraints"
    case defaultValue = "DEFAULT expressions"
    case index = "index expressions"
    case indexPredicate = "index predicates"
    case generation = "column generation expressions"
    case window = "window functions"
    case aggregate = "aggregate function calls"
    case filter = "FILTER"
    case trigger = "trigger WHEN conditions"
  }

  /// The same place, in another clause.
  func inside(_ clause: Clause) -> Scope {
    var scope = self
    scope.clause = clause
    return scope
  }

  /// The same place, one query further in.
  func entering(_ level: QueryLevel, isVisible: Bool = true) -> Scope {
    var scope = self
    scope.levels.append(LevelReference(level: level, isVisible: isVisible))
    return scope
  }

  /// The same place, in a part of an expression that is not always evaluated.
  func conditional(_ reason: String) -> Scope {
    var scope = refusingCalls(reason)
    scope.isConditional = true
    return scope
  }

  /// The same place, where a VOLATILE function would not be evaluated exactly once.
  func refusingCalls(_ reason: String) -> Scope {
    guard callRefusal == nil else { return self }
    var scope = self
    scope.callRefusal = reason
    return scope
  }
}

/// A query around a place, and whether its columns can be named there.
struct LevelReference {
  var level: QueryLevel
  var isVisible: Bool
}
