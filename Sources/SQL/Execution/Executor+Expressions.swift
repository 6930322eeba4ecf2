import Store

extension Executor {
  /// Evaluates an expression in the current tuple and frame.
  mutating func evaluate(_ expression: Expression) throws(SQLError) -> Value {
    let base = operands.count
    let start = Int(expression.start)
    let count = Int(expression.count)
    var index = 0
    do throws(SQLError) {
      while index < count {
        index += 1
        try apply(program.operations[start + index - 1], &index)
      }
    } catch {
      operands.removeLast(operands.count - base)
      throw error
    }
    assert(
      operands.count == base + 1, "an expression leaves one value, not \(operands.count - base)")
    return operands.removeLast()
  }

  /// Whether a condition is true (neither false nor NULL); a missing one is.
  mutating func isTrue(_ condition: Expression?) throws(SQLError) -> Bool {
    guard let condition else { return true }
    return try evaluate(condition).isTrue
  }

  private mutating func apply(_ operation: Operation, _ index: inout Int) throws(SQLError) {
    switch operation {
    case .constant(let value): operands.append(value)
    case .column(let depth, let offset):
      operands.append(tuples[levels[levels.count - 1 - Int(depth)] + Int(offset)])
    case .slot(let number): operands.append(slot(number))
    case .call(let function, let arguments, let isStrict):
      try call(function, Int(arguments), isStrict)
    case .routine(let number, let arguments): try callInline(Int(number), Int(arguments))
    case .cast(let number):
      let value = operands.removeLast()
      let cast = program.casts[Int(number)]
      operands.append(
        value.isNull
          ? value
          : try Casts.cast(
            value, from: cast.source, to: cast.target, isExplicit: cast.isExplicit, context))
    case .jump(let target): index = Int(target)
    case .jumpIfFalseKeeping(let target):
      if operands[operands.count - 1].isFalse { index = Int(target) }
    case .jumpUnlessTrueKeeping(let target):
      if !operands[operands.count - 1].isTrue { index = Int(target) }
    case .jumpIfTrueKeeping(let target):
      if operands[operands.count - 1].isTrue { index = Int(target) }
    case .jumpIfNotNullKeeping(let target):
      if !operands[operands.count - 1].isNull { index = Int(target) }
    case .jumpUnlessTrue(let target): if !operands.removeLast().isTrue { index = Int(target) }
    case .pop: operands.removeLast()
    case .scalarSubquery(let query): operands.append(try scalar(query))
    case .exists(let query): operands.append(Value(try returnsRow(query)))
    case .quantified(let query, let function, let columns, let isAll):
      try quantify(query, function, Int(columns), isAll)
    case .tableName:
      let word = operands.removeLast()
      operands.append(
        word.isRow ? Value(text: program.schema.tables[word.rowTable].name) : .null)
    case .array(let function, let count):
      let result = try ArrayRoutines.call(function, Array(operands.suffix(Int(count))))
      operands.removeLast(Int(count))
      operands.append(result)
    case .anyElement(let function, let isAll): try compareElements(function, isAll)
    case .place: operands.append(try place(of: operands.removeLast()))
    case .refused(let reason): throw SQLError.unsupported(reason.asText ?? "")
    case .lockCall(let function): try callLock(function)
    case .row(let number): makeRow(program.rowTypes[Int(number)])
    case .sessionCall(let function): try call(function)
    case .setting(let name): operands.append(Value(text: text(of: name)))
    case .configure(let name): try configure(name)
    case .nextValue(let sequence):
      if keepsCalls, let known = nextKnownCall() {
        operands.append(known)
        return
      }
      try refuseSequenceChange("nextval()")
      let value = Value(
        integer: try database.nextValue(
          of: Int(sequence), session: session, schema: program.schema))
      operands.append(value)
      if keepsCalls { noteCall(value) }
    case .sequence(let function, let sequence): try call(function, Int(sequence))
    default: applyLogic(operation)
    }
  }

  /// Whether a value compares true with one (ALL: with each) of an array's elements; NULL where that is not known.
  private mutating func compareElements(_ function: UInt16, _ isAll: Bool) throws(SQLError) {
    let array = operands.removeLast()
    let value = operands.removeLast()
    guard let elements = array.asElements else {
      operands.append(.null)
      return
    }
    var result = Value(isAll)
    for element in elements {
      let one = try Builtins.call(function, [value, element], context)
      if isAll ? one.isFalse : one.isTrue {
        result = one
        break
      }
      if one.isNull { result = .null }
    }
    operands.append(result)
  }

  /// As `record_out` in rowtypes.c writes a row.
  private mutating func makeRow(_ types: [DataType]) {
    let first = operands.count - types.count
    let fields = types.indices.map { index -> String in
      let value = operands[first + index]
      if value.isNull { return "" }
      let text = value.formatted(
        as: types[index], catalog: program.types, options: context.options)
      return text.needsQuotesInRow ? text.quotedInRow : text
    }
    operands.removeLast(types.count)
    operands.append(Value(text: "(" + fields.joined(separator: ",") + ")"))
  }

  private mutating func call(
    _ function: SequenceFunction, _ sequence: Int
  ) throws(SQLError) {
    switch function {
    case .current:
      operands.append(
        Value(
          integer: try database.currentValue(
            of: sequence, session: session, schema: program.schema)))
    case .last: operands.append(Value(integer: try database.lastValue(session: session)))
    case .set, .setCalled:
      let isCalled = function == .set ? Value.true : operands.removeLast()
      guard let value = operands[operands.count - 1].asInteger, !isCalled.isNull else {
        operands[operands.count - 1] = .null
        return
      }
      try refuseSequenceChange("setval()")
      try database.setValue(
        of: sequence, to: value, isCalled: isCalled.isTrue, session: session,
        schema: program.schema)
    }
  }

  /// A READ ONLY transaction draws no numbers (`PreventCommandIfReadOnly`).
  private func refuseSequenceChange(_ function: String) throws(SQLError) {
    if database.sessions[session].isReadOnly { throw SQLError.readOnlyTransaction(function) }
  }

  /// Operations that only look at the topmost operands and cannot fail.
  private mutating func applyLogic(_ operation: Operation) {
    switch operation {
    case .and:
      let right = operands.removeLast()
      let left = operands.removeLast()
      operands.append(
        left.isFalse || right.isFalse ? .false : left.isNull || right.isNull ? .null : .true)
    case .or:
      let right = operands.removeLast()
      let left = operands.removeLast()
      operands.append(
        left.isTrue || right.isTrue ? .true : left.isNull || right.isNull ? .null : .false)
    case .not:
      let value = operands.removeLast()
      operands.append(value.isNull ? .null : Value(!value.isTrue))
    case .isNull: operands.append(Value(operands.removeLast().isNull))
    case .isNotNull: operands.append(Value(!operands.removeLast().isNull))
    case .isTrue: operands.append(Value(operands.removeLast().isTrue))
    case .isFalse: operands.append(Value(operands.removeLast().isFalse))
    case .isDistinct:
      let right = operands.removeLast()
      let left = operands.removeLast()
      operands.append(Value(!Self.isSame(left, right)))
    case .greatest(let count): chooseExtreme(Int(count), sign: 1)
    case .least(let count): chooseExtreme(Int(count), sign: -1)
    default: preconditionFailure("\(operation) is not a connective")
    }
  }

  /// Equality in which NULL equals NULL.
  static func isSame(_ left: Value, _ right: Value) -> Bool {
    left.isNull || right.isNull ? left.isNull && right.isNull : Value.equal(left, right)
  }

  private mutating func chooseExtreme(_ count: Int, sign: Int) {
    var best = Value.null
    for value in operands[(operands.count - count)...] where !value.isNull {
      if best.isNull || Value.compare(value, best) * sign > 0 { best = value }
    }
    operands.removeLast(count)
    operands.append(best)
  }

  mutating func call(_ function: UInt16, _ count: Int, _ isStrict: Bool) throws(SQLError) {
    let first = operands.count - count
    if isStrict {
      for index in first..<operands.count where operands[index].isNull {
        operands.removeLast(count)
        operands.append(.null)
        return
      }
    }
    let result = try Builtins.call(
      function, operands.span.extracting(first..<operands.count), context)
    operands.removeLast(count)
    operands.append(result)
  }

  private mutating func quantify(
    _ query: QueryID, _ function: UInt16, _ columns: Int, _ isAll: Bool
  ) throws(SQLError) {
    let first = operands.count - columns
    var hasNull = false
    var isDecided = false
    try forEachRow(of: query) { (executor, row) throws(SQLError) in
      let answer = try executor.compareRow(row, withOperandsAt: first, columns, function, isAll)
      if answer.isNull { hasNull = true }
      if isAll ? answer.isFalse : answer.isTrue { isDecided = true }
      return !isDecided
    }
    operands.removeLast(columns)
    operands.append(isDecided ? Value(!isAll) : hasNull ? .null : Value(isAll))
  }

  /// Compares a row column by column: all must compare true for ANY of several columns (`IN`); for ALL
  /// of several (`NOT IN`) one true difference is enough.
  private mutating func compareRow(
    _ row: Int, withOperandsAt first: Int, _ columns: Int, _ function: UInt16, _ isAll: Bool
  ) throws(SQLError) -> Value {
    var result = Value(!isAll || columns == 1)
    if isAll && columns > 1 { result = .false }
    for column in 0..<columns {
      let left = operands[first + column]
      let right = rowBuffer[row + column]
      var answer = Value.null
      if !left.isNull && !right.isNull {
        operands.append(left)
        operands.append(right)
        try call(function, 2, true)
        answer = operands.removeLast()
      }
      if columns == 1 { return answer }
      if isAll {
        if answer.isTrue { return .true }
      } else if answer.isFalse {
        return .false
      }
      if answer.isNull { result = .null }
    }
    return result
  }
}

extension String {
  fileprivate var needsQuotesInRow: Bool {
    isEmpty
      || utf8.contains { byte in
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "("), UInt8(ascii: ")"),
          UInt8(ascii: ","), UInt8(ascii: " "), 9...13:
          true
        default: false
        }
      }
  }

  fileprivate var quotedInRow: String {
    var result = "\""
    for scalar in unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append(scalar) }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}
