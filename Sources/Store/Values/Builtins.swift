/// A function or operator of the catalogue, chosen for given argument types.
package struct ResolvedFunction: Hashable, Sendable {
  /// The place in the catalogue: what ``Builtins/call(_:_:_:)`` takes.
  package var id: UInt16
  /// The types that the arguments must be cast to before the call.
  package var argumentTypes: [DataType]
  package var resultType: DataType
  /// Whether any NULL argument makes the result NULL; ``Builtins/call(_:_:_:)`` sees to it.
  package var isStrict: Bool
  package var volatility: Volatility
  /// Whether the result depends on the ``EvaluationTime``.
  package var usesTime: Bool
}

/// How freely a function may be evaluated: PostgreSQL's IMMUTABLE, STABLE and VOLATILE.
package enum Volatility: UInt8, Hashable, Sendable {
  case immutable, stable, volatile
}

/// The operators and functions that need no database.
///
/// One catalogue (``catalogue``) lists them, a line for each set of argument types, the way
/// PostgreSQL's `pg_proc` and `pg_operator` do. Resolution chooses a line by the types; a call
/// runs the line's ``Routine``. Lines that take or give `double precision` are there because
/// resolution must see them: where PostgreSQL would choose one that *gives* it, there is a
/// refusal with a reason instead of a result; one that only *takes* it gets an exact numeric.
package enum Builtins {
  /// Calls a function of the catalogue; the arguments have its argument types.
  package static func call(
    _ id: UInt16, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    let line = executables[Int(id)]
    if line.isStrict {
      for index in arguments.indices where arguments[index].isNull { return .null }
    }
    switch line.routine {
    case .comparison(let comparison): return compare(comparison, arguments[0], arguments[1])
    case .integer(let routine): return try IntegerRoutines.call(routine, arguments, line.result)
    case .numeric(let routine): return try NumericRoutines.call(routine, arguments)
    case .text(let routine): return try TextRoutines.call(routine, arguments, context)
    case .datetime(let routine): return try DatetimeRoutines.call(routine, arguments, context)
    case .json(let routine): return try JSONRoutines.call(routine, arguments, context)
    }
  }

  /// Calls a function of the catalogue; the arguments have its argument types.
  package static func call(
    _ id: UInt16, _ arguments: [Value], _ context: EvaluationContext
  ) throws(SQLError) -> Value { try call(id, arguments.span, context) }

  private static func compare(_ comparison: Comparison, _ left: Value, _ right: Value) -> Value {
    switch comparison {
    case .equal: Value(Value.equal(left, right))
    case .notEqual: Value(!Value.equal(left, right))
    case .less: Value(Value.compare(left, right) < 0)
    case .lessOrEqual: Value(Value.compare(left, right) <= 0)
    case .greater: Value(Value.compare(left, right) > 0)
    case .greaterOrEqual: Value(Value.compare(left, right) >= 0)
    }
  }

  /// Whether a function compares two values; such a call never fails.
  package static func isComparison(_ id: UInt16) -> Bool {
    if case .comparison = executables[Int(id)].routine { return true }
    return false
  }

  /// Whether a function is the operator `=`.
  package static func isEquality(_ id: UInt16) -> Bool {
    executables[Int(id)].routine == .comparison(.equal)
  }

  /// Whether a function's result depends on the time.
  package static func usesTime(_ id: UInt16) -> Bool { catalogue[Int(id)].usesTime }

  /// What a call needs of a line, without references.
  struct Executable {
    var routine: Routine
    var isStrict: Bool
    var result: DataType.Kind
  }

  private static let executables: [Executable] = catalogue.map {
    Executable(routine: $0.routine, isStrict: $0.isStrict, result: $0.result.kind)
  }

  /// Whether a function depends on nothing but its arguments.
  ///
  /// `||` with an argument of any type counts: PostgreSQL takes it apart into a cast and the `||` of texts
  /// before it asks (`anytextcat` is a function in SQL).
  package static func isImmutable(_ id: UInt16) -> Bool {
    let line = catalogue[Int(id)]
    return line.volatility == .immutable || line.isOperator && line.name == "||"
  }

  /// Whether there is a function of this name, with whatever arguments.
  package static func exists(_ name: String) -> Bool { functionLines[name] != nil }

  /// Names of functions that look like this one, the likeliest first.
  package static func similarNames(to name: String) -> [String] {
    let limit = max(1, name.utf8.count / 3)
    let candidates = functionLines.keys.map { (name: $0, distance: editDistance($0, name)) }
    let near = candidates.filter { $0.distance <= limit }
    return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.map(\.name)
  }

  private static func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var row = Array(0...right.count)
    for (index, byte) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for place in right.indices {
        let replaced = diagonal + (byte == right[place] ? 0 : 1)
        diagonal = row[place + 1]
        row[place + 1] = min(replaced, row[place] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }

  /// Functions of PostgreSQL that are refused, with the reason.
  package static let refused: [String: String] = {
    let random = "its result differs from run to run; use a literal or a sequence"
    let environment = "its result depends on the server"
    let float = "it yields double precision; use an exact numeric"
    let regex = "regular expressions are not supported; use LIKE"
    return [
      "gen_random_uuid": random, "uuid_generate_v4": random, "uuid_generate_v1": random,
      "random": random, "setseed": random, "gen_random_bytes": random,
      "timeofday": "its result is text in the server's locale; use clock_timestamp()",
      "pg_backend_pid": environment, "version": environment, "inet_client_addr": environment,
      "inet_server_addr": environment, "pg_postmaster_start_time": environment,
      "pg_read_file": environment,
      "txid_current": "transaction numbers are not part of a state that can be compared",
      "pg_current_xact_id": "transaction numbers are not part of a state that can be compared",
      "date_part": "it yields double precision; use extract(field FROM source)",
      "exp": float, "ln": float, "log": float, "pi": float, "sin": float, "cos": float,
      "tan": float, "atan2": float, "degrees": float, "radians": float, "cbrt": float,
      "regexp_replace": regex, "regexp_match": regex, "regexp_matches": regex,
      "regexp_split_to_array": regex, "regexp_split_to_table": regex, "regexp_count": regex,
      "regexp_like": regex, "regexp_substr": regex, "regexp_instr": regex,
      "to_tsvector": "full-text search is not supported",
      "to_tsquery": "full-text search is not supported",
      "array_fill": "use ARRAY[…]", "array_dims": "use array_length(…, 1)",
      "width_bucket": float,
    ]
  }()
}
