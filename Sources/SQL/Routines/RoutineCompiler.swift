import Store

/// Compiles one body (a function, a procedure, a DO block or a writer's program) into a ``Routine``.
///
/// Instructions are written front to back. A jump's target is the number of a ``Label`` until
/// ``finish()`` knows where each label stands. What a jump out has to close lives in
/// ``enclosures``, innermost last:
///
///     <<outer>> FOR r IN SELECT … LOOP        enclosures: loop(outer, cursor)
///       BEGIN                                              loop(outer, cursor), block
///         EXIT outer;                         leaveBlock, closeCursor, jump to the loop's end
///       EXCEPTION WHEN … THEN …                            loop(outer, cursor)
///
/// Everything that a statement computes on the way (a condition that reads tables, a function's
/// result) is kept in temporaries, which the next statement of that type uses again.
final class RoutineCompiler {
  /// A position in the instructions that is not known yet.
  struct Label: Hashable {
    let index: Int32
  }

  let builder: ProgramBuilder
  /// The names that can be seen, and the frame's slots.
  let variables: VariableScope
  /// The function being compiled; `nil` in a writer's program and in DO.
  let signature: FunctionSignature?
  var routine: Routine
  /// The source text that the instructions being written come from.
  var span: SourceSpan

  /// Where each label stands.
  private var labelPositions: [Int32?] = []

  /// Loops and blocks around the statement being compiled, innermost last.
  var enclosures: [Enclosure] = []
  /// Where the current handler's SQLSTATE and SQLERRM are; `nil` outside handlers.
  var handler: HandlerSlots?
  /// What the current handler keeps of its error besides.
  var handlerFields: [Routine.ErrorField] = []
  /// The OUT arguments, or the columns of RETURNS TABLE, which are the function's result.
  var outputSlots: [UInt16] = []
  /// The statements of a string that a client sends at once are one transaction, unless the string says
  /// otherwise.
  var isOneTransaction = false
  /// Statements that PREPARE names somewhere in the writer.
  var prepared: [PrepareSyntax] = []
  /// Variables declared NOT NULL, with the names under which errors speak of them.
  var notNullVariables: [UInt16: String] = [:]
  /// Records of a fixed shape (`%ROWTYPE`), by their first fields' slots.
  var rowVariables: Set<UInt16> = []
  /// Cursors of PL/pgSQL by the slots of their positions.
  var cursors: [UInt16: PLCursor] = [:]
  /// Arguments that a call gives as constants, by their slots.
  var constants: [UInt16: Value] = [:]
  /// RECORD variables, and where the blocks begin that declare them.
  var recordEntries: [RecordEntry] = []

  private var freeTemporaries: [UInt16] = []
  private var usedTemporaries: [UInt16] = []

  /// A compiler of an empty body; `label` qualifies the outermost variables (the function's name).
  init(
    builder: ProgramBuilder, routine: Routine, label: String?,
    signature: FunctionSignature? = nil, span: SourceSpan
  ) {
    self.builder = builder
    self.routine = routine
    self.signature = signature
    self.span = span
    variables = VariableScope(label: label)
  }

  /// What names mean where the compiler stands.
  var scope: Scope {
    Scope(variables: variables, access: isWriter ? .databaseOrWorld : .database)
  }

  var isWriter: Bool { routine.kind == .writer }

  // MARK: Instructions

  @discardableResult
  func emit(_ instruction: Instruction) -> Int {
    routine.instructions.append(instruction)
    routine.spans.append(span)
    return routine.instructions.count - 1
  }

  func newLabel() -> Label {
    labelPositions.append(nil)
    return Label(index: Int32(labelPositions.count - 1))
  }

  /// Lets a label stand for the next instruction.
  func place(_ label: Label) {
    labelPositions[Int(label.index)] = Int32(routine.instructions.count)
  }

  /// A label that stands for the next instruction.
  func labelHere() -> Label {
    let label = newLabel()
    place(label)
    return label
  }

  func jump(to label: Label) { emit(.jump(label.index)) }

  func jump(unless condition: Expression, to label: Label) {
    emit(.jumpUnless(condition, label.index))
  }

  func position(of label: Label) -> Int? { labelPositions[Int(label.index)].map { Int($0) } }

  /// Replaces labels by positions; the routine is complete.
  func finish() -> Routine {
    func resolved(_ label: Int32) -> Int32 {
      labelPositions[Int(label)] ?? Int32(routine.instructions.count - 1)
    }
    for position in routine.instructions.indices {
      let instruction = routine.instructions[position]
      if let label = instruction.target {
        routine.instructions[position] = instruction.retargeted(to: resolved(label))
      }
    }
    for block in routine.blocks.indices {
      for handler in routine.blocks[block].handlers.indices {
        let label = routine.blocks[block].handlers[handler].target
        routine.blocks[block].handlers[handler].target = resolved(label)
      }
    }
    routine.variables = variables.slots
    if variables.isOverfull {
      report(
        Diagnostic(
          .limitExceeded,
          "`\(routine.name)` has more than \(VariableScope.slotsLimit) variables", at: span,
          help: "split it into several functions"))
    }
    return routine
  }

  // MARK: Slots

  /// A slot that holds a value until the statement being compiled ends.
  func newTemporary(_ type: DataType) -> UInt16 {
    let free = freeTemporaries.firstIndex { variables.slots[Int($0)].type == type }
    let slot = free.map { freeTemporaries.remove(at: $0) } ?? variables.temporary(type)
    usedTemporaries.append(slot)
    return slot
  }

  /// Compiles something and frees the temporaries that it took.
  func withTemporaries(_ body: () -> Void) {
    let mark = usedTemporaries.count
    body()
    freeTemporaries.append(contentsOf: usedTemporaries[mark...])
    usedTemporaries.removeLast(usedTemporaries.count - mark)
    // The lowest first, so that the same text always gives the same slots.
    freeTemporaries.sort()
  }

  // MARK: Small expressions

  /// Appends operations to the program as one expression.
  func expression(_ operations: [Operation]) -> Expression {
    let start = builder.program.operations.count
    builder.program.operations.append(contentsOf: operations)
    return Expression(start: Int32(start), count: Int32(operations.count))
  }

  func constant(_ value: Value) -> Expression { expression([.constant(value)]) }

  func read(_ slot: UInt16) -> Expression { expression([.slot(slot)]) }

  func assign(_ slot: UInt16, _ value: Value) { emit(.assign(slot: slot, constant(value))) }

  func copy(_ source: UInt16, to slot: UInt16) { emit(.assign(slot: slot, read(source))) }

  func slotList(_ slots: [UInt16]) -> SlotList {
    let start = builder.program.slotLists.count
    builder.program.slotLists.append(contentsOf: slots)
    return SlotList(start: start, count: slots.count)
  }

  func arguments(_ expressions: [Expression]) -> Expressions {
    let start = builder.program.arguments.count
    builder.program.arguments.append(contentsOf: expressions)
    return Expressions(start: start, count: expressions.count)
  }

  // MARK: Raising

  /// Raises an error with a fixed text.
  func raise(_ state: SQLState, _ message: String) {
    raise(
      Routine.Raise(level: .exception, message: constant(Value(text: message)), state: state))
  }

  func raise(_ raise: Routine.Raise) {
    routine.raises.append(raise)
    emit(.raise(Int32(routine.raises.count - 1)))
  }

  /// Whether an expression is a constant other than NULL.
  func isNeverNull(_ expression: Expression) -> Bool {
    guard expression.count == 1,
      case .constant(let value) = builder.program.operations[Int(expression.start)]
    else { return false }
    return !value.isNull
  }

  /// Raises an error if a slot is NULL.
  func raiseIfNull(_ slot: UInt16, _ state: SQLState, _ message: String) {
    let isThere = newLabel()
    jump(unless: expression([.slot(slot), .isNull]), to: isThere)
    raise(state, message)
    place(isThere)
  }

  func report(_ diagnostic: Diagnostic) { builder.report(diagnostic) }
}

/// Where the error that a handler handles is kept.
struct HandlerSlots {
  var state: UInt16
  var message: UInt16

  /// Where the machine puts it.
  static let fixed = HandlerSlots(
    state: Routine.Slot.sqlState, message: Routine.Slot.sqlMessage)
}

/// A loop or a block around a statement, as EXIT and CONTINUE see it.
struct Enclosure {
  enum Kind {
    case loop(hasCursor: Bool, next: RoutineCompiler.Label)
    /// A block; while its handlers are compiled it holds no subtransaction any more.
    case block(hasHandlers: Bool)
  }

  var kind: Kind
  var label: NameSyntax?
  /// Where EXIT goes.
  var end: RoutineCompiler.Label
}
