/// Arithmetic on integers, with PostgreSQL's overflow errors.
enum IntegerRoutines {
  static func call(_ routine: IntegerRoutine, _ arguments: Span<Value>, _ result: DataType.Kind)
    throws(SQLError) -> Value
  {
    let left = arguments[0].asInteger ?? 0
    let right = arguments.count > 1 ? arguments[1].asInteger ?? 0 : 0
    switch routine {
    case .add: return try checked(left.addingReportingOverflow(right), result)
    case .subtract: return try checked(left.subtractingReportingOverflow(right), result)
    case .multiply: return try checked(left.multipliedReportingOverflow(by: right), result)
    case .divide:
      if right == 0 { throw .divisionByZero }
      return try checked(left.dividedReportingOverflow(by: right), result)
    case .remainder:
      if right == 0 { throw .divisionByZero }
      return Value(integer: right == -1 ? 0 : left % right)
    case .negate: return try checked(Int64(0).subtractingReportingOverflow(left), result)
    case .identity: return arguments[0]
    case .absolute:
      if left >= 0 { return arguments[0] }
      return try checked(Int64(0).subtractingReportingOverflow(left), result)
    case .bitAnd: return Value(integer: left & right)
    case .bitOr: return Value(integer: left | right)
    case .bitXor: return Value(integer: left ^ right)
    case .bitNot: return Value(integer: ~left)
    case .shiftLeft, .shiftRight: return shift(routine, left, right, result)
    case .greatestDivisor:
      var (first, second) = (left.magnitude, right.magnitude)
      while second != 0 { (first, second) = (second, first % second) }
      guard let divisor = Int64(exactly: first) else { throw .outOfRange(DataType(result)) }
      return try checked((divisor, false), result)
    }
  }

  private static func checked(
    _ outcome: (partialValue: Int64, overflow: Bool), _ result: DataType.Kind
  ) throws(SQLError) -> Value {
    let number = outcome.partialValue
    switch result {
    case .bigint: if !outcome.overflow { return Value(integer: number) }
    case .integer:
      if !outcome.overflow, number == Int64(Int32(truncatingIfNeeded: number)) {
        return Value(integer: number)
      }
    default:
      if !outcome.overflow, number == Int64(Int16(truncatingIfNeeded: number)) {
        return Value(integer: number)
      }
    }
    throw .outOfRange(DataType(result))
  }

  /// Shifts as the processor does: by the distance modulo the width.
  private static func shift(
    _ routine: IntegerRoutine, _ number: Int64, _ distance: Int64, _ result: DataType.Kind
  ) -> Value {
    let isLeft = routine == .shiftLeft
    switch result {
    case .bigint:
      let places = distance & 63
      return Value(integer: isLeft ? number << places : number >> places)
    case .integer:
      let narrow = Int32(truncatingIfNeeded: number)
      let places = Int32(distance & 31)
      return Value(integer: Int64(isLeft ? narrow << places : narrow >> places))
    default:
      let places = Int32(distance & 31)
      let wide = Int32(truncatingIfNeeded: number)
      return Value(
        integer: Int64(Int16(truncatingIfNeeded: isLeft ? wide << places : wide >> places)))
    }
  }
}

/// Arithmetic on numerics.
enum NumericRoutines {
  static func call(_ routine: NumericRoutine, _ arguments: Span<Value>) throws(SQLError) -> Value {
    let left = arguments[0].asNumeric ?? .zero
    let right = arguments.count > 1 ? arguments[1].asNumeric ?? .zero : .zero
    let digits = arguments.count > 1 ? Int(arguments[1].asInteger ?? 0) : 0
    let result: Numeric
    switch routine {
    case .add: result = left + right
    case .subtract: result = left - right
    case .multiply: result = left * right
    case .divide: result = try left.divided(by: right)
    case .remainder: result = try left.remainder(by: right)
    case .power: result = try power(left, right)
    case .negate: result = -left
    case .identity: result = left
    case .absolute: result = left.signum < 0 ? -left : left
    case .ceiling: result = left.ceiling
    case .floor: result = left.floor
    case .round: result = left.round(digits)
    case .truncate: result = left.truncate(digits)
    case .squareRoot: result = try left.squareRoot()
    case .sign: result = left.isNotANumber ? left : Numeric(Int64(left.signum))
    case .wholeQuotient: result = try left.wholeQuotient(by: right)
    case .scale:
      return left.isFinite ? Value(integer: Int64(left.scale)) : .null
    case .trimScale: result = left.trimmed
    case .refused:
      preconditionFailure("a function that yields double precision was called")
    }
    return Value(numeric: try result.checked())
  }

  private static func power(_ base: Numeric, _ exponent: Numeric) throws(SQLError) -> Numeric {
    if exponent.isZero, base.isFinite { return try base.power(0) }
    if base.isNotANumber || exponent.isNotANumber {
      if Numeric.compare(base, .one) == 0 { return .one }
      return exponent.isZero ? .one : .notANumber
    }
    guard base.isFinite, exponent.isFinite else {
      throw .unsupported("power() of infinite numbers is not supported")
    }
    let whole = exponent.truncate(0)
    guard Numeric.compare(whole, exponent) == 0 else {
      if base.signum < 0 {
        throw SQLError(
          .invalidArgumentForPower,
          "a negative number raised to a non-integer power yields a complex result")
      }
      throw .unsupported("power() with an exponent that is not whole is not supported")
    }
    guard let number = whole.asInteger, abs(number) < 1 << 31 else { throw Numeric.overflow }
    return try base.power(Int(number))
  }
}
