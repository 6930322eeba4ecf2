import Store

/// Evaluates code that needs no database: literals, parameters, built-in functions.
struct ConstantEvaluator {
  /// Why there is no value.
  enum Failure: Error {
    case error(SQLError)
    /// The code needs a row, a variable or the database.
    case notConstant
  }

  let program: Program
  let context: EvaluationContext

  init(program: Program) {
    self.program = program
    context = EvaluationContext(options: program.format, catalog: program.types)
  }

  func evaluate(_ code: Code) throws(Failure) -> Value {
    var stack: [Value] = []
    var position = 0
    while position < code.count {
      let operation = code.operations[position]
      position += 1
      if let target = operation.jumpTarget {
        try follow(operation, to: Int(target), &position, &stack)
      } else {
        try apply(operation, &stack)
      }
    }
    guard let value = stack.popLast() else { throw .notConstant }
    return value
  }

  private func follow(
    _ operation: Operation, to target: Int, _ position: inout Int, _ stack: inout [Value]
  ) throws(Failure) {
    let jumps: Bool
    switch operation {
    case .jump: jumps = true
    case .jumpIfFalseKeeping: jumps = stack.last?.isFalse ?? false
    case .jumpUnlessTrueKeeping: jumps = !(stack.last?.isTrue ?? true)
    case .jumpIfTrueKeeping: jumps = stack.last?.isTrue ?? false
    case .jumpIfNotNullKeeping: jumps = !(stack.last?.isNull ?? true)
    case .jumpUnlessTrue: jumps = try !pop(&stack).isTrue
    default: throw .notConstant
    }
    if jumps { position = target }
  }

  private func apply(_ operation: Operation, _ stack: inout [Value]) throws(Failure) {
    switch operation {
    case .constant(let value): stack.append(value)
    case .call(let function, let count, let isStrict):
      let arguments = try pop(Int(count), &stack)
      stack.append(try call(function, arguments, isStrict))
    case .cast(let index):
      stack.append(try cast(program.casts[Int(index)], try pop(&stack)))
    case .and, .or:
      let right = try pop(&stack)
      let left = try pop(&stack)
      stack.append(Self.connect(left, right, isAnd: operation == .and))
    case .not:
      let value = try pop(&stack)
      stack.append(value.isNull ? .null : Value(!value.isTrue))
    case .isNull: stack.append(Value(try pop(&stack).isNull))
    case .isNotNull: stack.append(Value(try !pop(&stack).isNull))
    case .isTrue: stack.append(Value(try pop(&stack).isTrue))
    case .isFalse: stack.append(Value(try pop(&stack).isFalse))
    case .isDistinct:
      let right = try pop(&stack)
      let left = try pop(&stack)
      let isSame = left.isNull || right.isNull ? left == right : Value.equal(left, right)
      stack.append(Value(!isSame))
    case .pop: _ = try pop(&stack)
    case .array(let function, let count):
      let arguments = try pop(Int(count), &stack)
      do throws(SQLError) {
        stack.append(try ArrayRoutines.call(function, arguments))
      } catch {
        throw .error(error)
      }
    case .greatest(let count): stack.append(Self.extreme(try pop(Int(count), &stack), 1))
    case .least(let count): stack.append(Self.extreme(try pop(Int(count), &stack), -1))
    case .column, .slot, .routine, .scalarSubquery, .exists, .quantified, .nextValue, .sequence,
      .lockCall, .setting, .configure, .jump, .refused, .row, .sessionCall, .tableName, .place,
      .anyElement,
      .jumpIfFalseKeeping, .jumpUnlessTrueKeeping, .jumpIfTrueKeeping, .jumpIfNotNullKeeping,
      .jumpUnlessTrue:
      throw .notConstant
    }
  }

  private func call(_ function: UInt16, _ arguments: [Value], _ isStrict: Bool)
    throws(Failure) -> Value
  {
    if isStrict, arguments.contains(where: \.isNull) { return .null }
    do {
      return try Builtins.call(function, arguments, context)
    } catch { throw .error(error) }
  }

  func cast(_ cast: Cast, _ value: Value) throws(Failure) -> Value {
    do {
      return try Casts.cast(
        value, from: cast.source, to: cast.target, isExplicit: cast.isExplicit, context)
    } catch { throw .error(error) }
  }

  private func pop(_ stack: inout [Value]) throws(Failure) -> Value {
    guard let value = stack.popLast() else { throw .notConstant }
    return value
  }

  private func pop(_ count: Int, _ stack: inout [Value]) throws(Failure) -> [Value] {
    guard stack.count >= count else { throw .notConstant }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private static func connect(_ left: Value, _ right: Value, isAnd: Bool) -> Value {
    if isAnd {
      if left.isFalse || right.isFalse { return .false }
      return left.isNull || right.isNull ? .null : .true
    }
    if left.isTrue || right.isTrue { return .true }
    return left.isNull || right.isNull ? .null : .false
  }

  private static func extreme(_ values: [Value], _ sign: Int) -> Value {
    var best = Value.null
    for value in values where !value.isNull {
      if best.isNull || Value.compare(value, best) * sign > 0 { best = value }
    }
    return best
  }
}
