package import Store

/// A compiled expression with its type.
package struct TypedExpression {
  package var expression: Expression
  /// `unknown` for a quoted literal that nothing gave a type.
  package var type: DataType
  package var facts: Facts

  package init(expression: Expression, type: DataType, facts: Facts) {
    self.expression = expression
    self.type = type
    self.facts = facts
  }
}

/// What evaluating needs, so that the caller knows whether it is a step of its own.
package struct Facts {
  package var readsTables = false
  package var readsWorld = false
  package var readsClock = false
  /// Takes a sequence's next value.
  package var usesSequence = false
  /// Calls a function on advisory locks.
  package var callsLocks = false
  /// Reads or changes a setting of the session.
  package var usesSettings = false
  /// To be made before, in this order.
  package var calls: [HoistedCall] = []

  package init() {}
}

/// A VOLATILE function of the scenario that a statement or expression calls.
///
/// It is compiled as a call before the statement, its result in a temporary slot that the statement
/// reads. That is right only where the call is evaluated exactly once and unconditionally.
package struct HoistedCall {
  package var routine: RoutineID
  /// Cast to the parameters' types; defaults filled in.
  package var arguments: Expressions
  /// `nil` for a function that returns rows.
  package var slot: UInt16?
  package var span: SourceSpan

  package init(routine: RoutineID, arguments: Expressions, slot: UInt16?, span: SourceSpan) {
    self.routine = routine
    self.arguments = arguments
    self.slot = slot
    self.span = span
  }
}

/// A compiled statement: an entry of ``Program/statements`` and what its caller must know.
package struct CompiledStatement {
  /// The statement's kind, for its command tag.
  package enum Kind: String, Hashable, Sendable {
    case select = "SELECT"
    case insert = "INSERT"
    case update = "UPDATE"
    case delete = "DELETE"
    case lockTable = "LOCK TABLE"
    case truncate = "TRUNCATE"
    case merge = "MERGE"
  }

  package var index: Int32
  package var columns: [OutputColumn]
  package var facts: Facts
  package var kind: Kind

  package init(index: Int32, columns: [OutputColumn], facts: Facts, kind: Kind) {
    self.index = index
    self.columns = columns
    self.facts = facts
    self.kind = kind
  }
}

/// A function or procedure chosen for a call's arguments.
package struct ResolvedCall {
  package var function: FunctionSignature
  /// For the function's ``FunctionSignature/parameters``, cast; defaults filled in.
  package var arguments: Expressions
  /// What evaluating the arguments needs.
  package var facts: Facts

  package init(function: FunctionSignature, arguments: Expressions, facts: Facts) {
    self.function = function
    self.arguments = arguments
    self.facts = facts
  }
}
