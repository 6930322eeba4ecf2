import Store

/// Postfix code in the making, with the place that each operation comes from.
struct Code {
  private(set) var operations: [Operation] = []
  private(set) var spans: [SourceSpan] = []

  init() {}

  init(_ operation: Operation, at span: SourceSpan) { append(operation, at: span) }

  var count: Int { operations.count }

  mutating func append(_ operation: Operation, at span: SourceSpan) {
    operations.append(operation)
    spans.append(span)
  }

  /// Appends code, whose jumps move with it.
  mutating func append(_ code: Code) {
    let base = Int32(operations.count)
    for operation in code.operations {
      let target = operation.jumpTarget
      operations.append(target.map { operation.jumping(to: $0 + base) } ?? operation)
    }
    spans += code.spans
  }

  /// Appends a jump whose target comes later; ``land(_:)`` fills it in.
  mutating func appendJump(_ jump: Operation, at span: SourceSpan) -> Int {
    append(jump, at: span)
    return operations.count - 1
  }

  /// Makes a jump go to the end of the code so far.
  mutating func land(_ jump: Int) {
    operations[jump] = operations[jump].jumping(to: Int32(operations.count))
  }

  mutating func replace(_ index: Int, with operation: Operation) { operations[index] = operation }

  /// The value, where the code is one constant.
  var constant: Value? {
    guard operations.count == 1, case .constant(let value) = operations[0] else { return nil }
    return value
  }

  /// The offset, where the code is one column of the query that it belongs to.
  var ownColumn: Int? {
    guard operations.count == 1, case .column(0, let offset) = operations[0] else { return nil }
    return Int(offset)
  }

  /// Whether both compute the same: the same operations, wherever they come from.
  func computesSame(as other: Code) -> Bool { operations == other.operations }
}

extension Operation {
  /// Where a jump goes; `nil` for what is no jump.
  var jumpTarget: Int32? {
    switch self {
    case .jump(let target), .jumpIfFalseKeeping(let target), .jumpUnlessTrueKeeping(let target),
      .jumpIfTrueKeeping(let target),
      .jumpIfNotNullKeeping(let target), .jumpUnlessTrue(let target):
      target
    case .constant, .column, .slot, .call, .routine, .cast, .and, .or, .not, .isNull, .isNotNull,
      .isTrue, .isFalse, .isDistinct, .pop, .scalarSubquery, .exists, .quantified, .greatest,
      .least, .nextValue, .sequence, .refused, .row, .sessionCall, .lockCall, .setting, .configure,
      .tableName, .place, .array, .anyElement:
      nil
    }
  }

  /// The same jump to another place.
  func jumping(to target: Int32) -> Operation {
    switch self {
    case .jump: .jump(target)
    case .jumpIfFalseKeeping: .jumpIfFalseKeeping(target)
    case .jumpUnlessTrueKeeping: .jumpUnlessTrueKeeping(target)
    case .jumpIfTrueKeeping: .jumpIfTrueKeeping(target)
    case .jumpIfNotNullKeeping: .jumpIfNotNullKeeping(target)
    case .jumpUnlessTrue: .jumpUnlessTrue(target)
    case .constant, .column, .slot, .call, .routine, .cast, .and, .or, .not, .isNull, .isNotNull,
      .isTrue, .isFalse, .isDistinct, .pop, .scalarSubquery, .exists, .quantified, .greatest,
      .least, .nextValue, .sequence, .refused, .row, .sessionCall, .lockCall, .setting, .configure,
      .tableName, .place, .array, .anyElement:
      self
    }
  }
}

/// Code with its type.
struct Typed {
  var code: Code
  var type: DataType
  /// The text that it comes from.
  var span: SourceSpan
  /// What must hold for the whole to be true, where it is a conjunction of equalities.
  var equalities: [Equality] = []
  /// What must hold besides, of what an index could use: one of these lists, all of it.
  var uses: [[Comparison]] = []
  /// For `column IN (SELECT …)` with few rows: what is looked for.
  var membership: Membership?

  init(_ code: Code, _ type: DataType, at span: SourceSpan) {
    self.code = code
    self.type = type
    self.span = span
  }

  init(_ operation: Operation, _ type: DataType, at span: SourceSpan) {
    self.init(Code(operation, at: span), type, at: span)
  }

  static func constant(_ value: Value, _ type: DataType, at span: SourceSpan) -> Typed {
    Typed(.constant(value), type, at: span)
  }

  /// A quoted literal, or NULL, without a type.
  var isUntypedLiteral: Bool { type == .unknown && code.constant != nil }
}

/// `left = right`, both sides cast to what is compared.
struct Equality {
  var left: Typed
  var right: Typed
}
