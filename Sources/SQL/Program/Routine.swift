package import Store

/// A compiled body: a PL/pgSQL function, a DO-like block, or a writer's program.
package struct Routine: Sendable {
  /// Slots that every frame has.
  package enum Slot {
    package static let found: UInt16 = 0
    package static let rowCount: UInt16 = 1
    package static let sqlState: UInt16 = 2
    package static let sqlMessage: UInt16 = 3
    /// The parameters, then the variables and temporaries.
    package static let first: UInt16 = 4
  }

  package enum Kind: Hashable, Sendable { case writer, function, procedure, trigger }

  /// What a trigger's function returns.
  package enum TriggerRow: UInt8, Hashable, Sendable { case old, new, other }

  package var name: String
  package var kind: Kind
  package var parameters: [Variable]
  /// All slots, the fixed four included, in order.
  package var variables: [Variable]
  package var instructions: [Instruction] = []
  /// The source text that each instruction comes from.
  package var spans: [SourceSpan] = []
  /// For each instruction, the slots that may still be read at or after it: bit `slot`, in
  /// `liveWords` words.
  ///
  /// The others are cleared between steps.
  package var live: [UInt64] = []
  package var liveWords = 1
  package var blocks: [Block] = []
  package var raises: [Raise] = []
  package var returnType: DataType = .void
  package var volatility: Volatility = .volatile
  /// The number of columns, if it returns rows and not one value.
  package var rowWidth: Int?
  /// Holds no statement that writes, locks, sleeps or commits, here or in what it calls.
  package var isReadOnly = false
  /// Reads the transaction's or statement's start or the clock, here or in what it calls.
  package var readsClock = false

  package init(name: String, kind: Kind, parameters: [Variable]) {
    self.name = name
    self.kind = kind
    self.parameters = parameters
    variables = []
  }

  package struct Variable: Hashable, Sendable {
    package var name: String
    package var type: DataType

    package init(name: String, type: DataType) {
      self.name = name
      self.type = type
    }
  }

  /// A block with an EXCEPTION part.
  package struct Block: Hashable, Sendable {
    package var handlers: [Handler]
    /// A block of a writer program, around client statements: no subtransaction; its handler finds the
    /// transaction failed.
    package var isClient = false

    package init(handlers: [Handler], isClient: Bool = false) {
      self.handlers = handlers
      self.isClient = isClient
    }
  }

  /// `WHEN condition OR … THEN` at `target`; `nil` conditions is OTHERS (all but 57014 and P0004).
  package struct Handler: Hashable, Sendable {
    package var conditions: [SQLState]?
    package var target: Int32
    /// Where it keeps what the error names, beside its state and message.
    package var fields: [ErrorField] = []

    package init(conditions: [SQLState]?, target: Int32) {
      self.conditions = conditions
      self.target = target
    }
  }

  /// What an error names, and the slot that a handler keeps it in.
  package struct ErrorField: Hashable, Sendable {
    package enum Item: String, Hashable, CaseIterable, Sendable {
      case constraint = "constraint_name"
      case table = "table_name"
      case column = "column_name"
    }

    package var item: Item
    package var slot: UInt16

    package init(item: Item, slot: UInt16) {
      self.item = item
      self.slot = slot
    }
  }

  package enum RaiseLevel: UInt8, Hashable, Sendable {
    case debug, log, info, notice, warning, exception
  }

  /// `RAISE level 'format', arguments USING …`.
  package struct Raise: Hashable, Sendable {
    package var level: RaiseLevel
    /// Already resolved: the message is one text expression.
    package var message: Expression
    package var state: SQLState
    /// `ERRCODE = expression`, when it is not a constant.
    package var stateExpression: Expression?

    package init(
      level: RaiseLevel, message: Expression, state: SQLState, stateExpression: Expression? = nil
    ) {
      self.level = level
      self.message = message
      self.state = state
      self.stateExpression = stateExpression
    }
  }
}
