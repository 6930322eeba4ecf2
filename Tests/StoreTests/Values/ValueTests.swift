import Store
import Testing

@Suite("Words")
struct ValueTests {
  @Test("machine words give back what they were made of")
  func words() {
    let row = Value.row(table: 4095, id: 1 << 40 - 1)
    #expect(row.isRow)
    #expect(row.rowTable == 4095)
    #expect(row.rowID == 1 << 40 - 1)
    let header = Value.header(kind: 255, a: 1 << 24 - 1, b: 7)
    #expect(header.isHeader)
    #expect(header.headerKind == 255)
    #expect(header.headerA == 1 << 24 - 1)
    #expect(header.headerB == 7)
    #expect(Value.snapshot(42).asSnapshot == 42)
    #expect(Value.raw(-5).asRaw == -5)
    #expect(Value.raw(5).asSnapshot == nil)
  }

  @Test(
    "integers survive, in the payload or the pool",
    arguments: [0, 1, -1, 1 << 55 - 1, -(1 << 55), 1 << 55, .max, .min] as [Int64])
  func integers(_ integer: Int64) {
    #expect(Value(integer: integer).asInteger == integer)
  }

  @Test(
    "texts survive, in the payload or the pool",
    arguments: ["", "a", "1234567", "12345678", "é", "\0", "a\0", "e\u{301}"])
  func texts(_ text: String) {
    #expect(Value(text: text).asText.map { Array($0.utf8) } == Array(text.utf8))
    #expect(Value(text: text) == Value(text: text + ""))
  }

  @Test("canonically equivalent texts are different values")
  func equivalents() {
    let long = "a long text with é"
    #expect(Value(text: "\u{E9}") != Value(text: "e\u{301}"))
    #expect(Value(text: long) != Value(text: "a long text with e\u{301}"))
  }

  @Test("numerics differ in bits where they print differently, and compare equal")
  func scales() {
    let one = Value(numeric: Numeric(isNegative: false, limbs: [10], scale: 1))
    let same = Value(numeric: Numeric(isNegative: false, limbs: [100], scale: 2))
    #expect(one != same)
    #expect(Value.equal(one, same))
    #expect(Value.equal(one, Value(integer: Int64(1))))
    #expect(Value.compare(one, Value(integer: Int64(2))) < 0)
  }

  @Test("the order of texts is that of their bytes, pooled or not")
  func textOrder() {
    let texts = ["", "A", "Z", "a", "aaaaaaa", "aaaaaaaa", "aaaaaaab", "b", "é"]
    for (index, left) in texts.enumerated() {
      for (other, right) in texts.enumerated() {
        let order = Value.compare(Value(text: left), Value(text: right))
        #expect(order.signum() == (index - other).signum())
      }
    }
  }

  @Test("pooled bits are the same in every process")
  func pooledBits() {
    #expect(Value(text: "a text of more than seven bytes").bits == 516_574_521_690_431_562)
    #expect(Value(integer: Int64.max).bits == 234_236_094_443_456_524)
  }

  @Test(
    "PST8PDT follows daylight saving",
    arguments: [
      ("2025-03-09 09:59:59+00", "Sun Mar 09 01:59:59 2025 PST"),
      ("2025-03-09 10:00:00+00", "Sun Mar 09 03:00:00 2025 PDT"),
      ("2025-11-02 08:59:59+00", "Sun Nov 02 01:59:59 2025 PDT"),
      ("2025-11-02 09:00:00+00", "Sun Nov 02 01:00:00 2025 PST"),
      ("1999-06-01 00:00:00+00", "Mon May 31 17:00:00 1999 PDT"),
    ])
  func daylightSaving(_ text: String, _ expected: String) throws {
    let options = FormatOptions(dateStyle: .postgresMDY, timeZone: .pacific)
    let value = try Value.parse(text, as: .timestamptz)
    #expect(value.formatted(as: .timestamptz, options: options) == expected)
    #expect(try Value.parse(expected, as: .timestamptz, options: options) == value)
  }

  @Test("what PostgreSQL computes in double precision is refused, with a reason")
  func doublePrecision() {
    #expect(Builtins.resolveOperator("^", .integer, .integer) == nil)
    #expect(Builtins.refusal(operator: "^", .integer, .integer)?.contains("numeric") == true)
    #expect(Builtins.refusal(function: "floor", [.integer])?.contains("numeric") == true)
    #expect(Builtins.refusal(function: "floor", [.numeric]) == nil)
    #expect(Builtins.refusal(function: "gen_random_uuid", []) != nil)
    #expect(Builtins.similarNames(to: "lenght").first == "length")
  }

  @Test(
    "a double is kept as the shortest decimal that is read as it, and shown as PostgreSQL shows it",
    arguments: [
      ("0.1", "0.1"), ("1e15", "1e+15"), ("123456789012345678", "1.2345678901234568e+17"),
      ("1e14", "100000000000000"), ("-0.0001", "-0.0001"), ("0.00001", "1e-05"),
      ("5e-324", "5e-324"), ("-Infinity", "-Infinity"), ("nan", "NaN"), ("12.50", "12.5"),
      ("0", "0"), ("1.7976931348623157e308", "1.7976931348623157e+308"), (" 3 ", "3"),
    ])
  func doubles(_ text: String, _ expected: String) throws {
    let value = try Value.parse(text, as: .doublePrecision)
    #expect(value.formatted(as: .doublePrecision) == expected)
    #expect(try Value.parse(expected, as: .doublePrecision) == value)
    #expect(Value(double: try value.double()) == value)
  }

  @Test("doubles are rounded to integers as the processor does, and refused where they do not fit")
  func doubleCasts() throws {
    let context = EvaluationContext()
    func cast(_ text: String, _ type: DataType) throws(SQLError) -> Value {
      try Casts.cast(
        try Value.parse(text, as: .doublePrecision), from: .doublePrecision, to: type,
        isExplicit: true, context)
    }
    #expect(try cast("2.5", .integer) == Value(integer: 2))
    #expect(try cast("3.5", .bigint) == Value(integer: 4))
    #expect(try cast("0.25", .numeric).formatted(as: .numeric) == "0.25")
    #expect(throws: SQLError.outOfRange(.integer)) { try cast("1e10", .integer) }
    #expect(throws: SQLError.self) { try cast("0.12345678901234567", .numeric) }
    #expect(throws: SQLError.self) { try Value.parse("1e400", as: .doublePrecision) }
    #expect(throws: SQLError.self) { try Value.parse("1e-400", as: .doublePrecision) }
    #expect(throws: SQLError.self) { try Value.parse("0x10", as: .doublePrecision) }
    #expect(Casts.canCast(from: .integer, to: .doublePrecision, context: .implicit))
    #expect(!Casts.canCast(from: .doublePrecision, to: .integer, context: .implicit))
  }

  @Test("condition names stand for codes, and classes for all of theirs")
  func conditions() throws {
    #expect(SQLState.conditions(named: "unique_violation") == [.uniqueViolation])
    #expect(SQLState.conditions(named: "modifying_sql_data_not_permitted").count == 2)
    #expect(SQLState.uniqueViolation.conditionName == "unique_violation")
    #expect(SQLState.uniqueViolation.isMatched(by: .integrityConstraintViolation))
    #expect(!SQLState.uniqueViolation.isMatched(by: .checkViolation))
    #expect(!SQLState.serializationFailure.isMatched(by: .integrityConstraintViolation))
    #expect(SQLState.deadlockDetected.code == "40P01")
    #expect(SQLState("4000x") == nil)
  }
}
