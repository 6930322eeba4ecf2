import Testing

@testable import Store

/// Arrays as values: their text, their order, their words.
///
/// Answers are those of a PostgreSQL 15 server.
@Suite("Arrays")
struct ArrayTests {
  private func array(_ text: String, of type: DataType = .text) throws -> Value {
    try Value.parse(text, as: .array(of: type))
  }

  @Test(
    "text is read and written",
    arguments: [
      ("{}", "{}"), ("{ }", "{}"), ("{a,b}", "{a,b}"), (" { a b , c } ", "{\"a b\",c}"),
      (#"{"x,y","{}","\"",\\}"#, #"{"x,y","{}","\"","\\"}"#), ("{NULL,null}", "{NULL,NULL}"),
      (#"{"NULL",""}"#, #"{"NULL",""}"#), (#"{\NULL,a\ }"#, #"{"NULL","a "}"#),
    ])
  func text(source: String, result: String) throws {
    #expect(try array(source).formatted(as: .array(of: .text)) == result)
  }

  @Test(
    "what is no array is 22P02",
    arguments: ["", "a", "{a", "{a}b", "{,a}", "{a,}", "{a\"b\"}", "{\"a\"b}", "{\"a"])
  func malformed(text: String) {
    let error = #expect(throws: SQLError.self) { try array(text) }
    #expect(error?.state == .invalidTextRepresentation)
    #expect(error?.message == "malformed array literal: \"\(text)\"")
  }

  @Test("several dimensions and other bounds are refused", arguments: ["{{1},{2}}", "[2:3]={1,2}"])
  func refused(text: String) {
    #expect(throws: SQLError.self) { try array(text, of: .integer) }
  }

  @Test("elements are values of the type")
  func elements() throws {
    #expect(try array("{1, 2,NULL}", of: .integer).asElements == [1, 2, .null])
    #expect(throws: SQLError.self) { try array("{1,x}", of: .integer) }
    #expect(try array("{1.50}", of: .numeric).formatted(as: .array(of: .numeric)) == "{1.50}")
  }

  @Test(
    "order goes by elements, then by length; NULLs are equal and last",
    arguments: [
      ("{}", "{1}", -1), ("{9}", "{10}", -1), ("{1,2}", "{1}", 1), ("{1,NULL}", "{1,5}", 1),
      ("{NULL}", "{NULL}", 0), ("{2}", "{1,3}", 1),
    ])
  func order(left: String, right: String, result: Int) throws {
    let order = Value.compare(
      try array(left, of: .integer), try array(right, of: .integer))
    #expect(order.signum() == result)
  }

  @Test("equal arrays of numerics may be written differently")
  func equality() throws {
    let (one, other) = (try array("{1.0}", of: .numeric), try array("{1.00}", of: .numeric))
    #expect(one != other && Value.equal(one, other))
  }

  @Test("equal contents are the same word, others another")
  func words() {
    let long = Value(text: "longer than seven bytes")
    #expect(Value(elements: [1, long]) == Value(elements: [1, long]))
    #expect(Value(elements: [1, long]) != Value(elements: [long, 1]))
    #expect(Value(elements: [.null]) != Value(elements: []))
    #expect(Value(elements: [1]) != Value(elements: ["1"]))
  }

  @Test("the pool's words give the same arrays again")
  func pool() {
    let value = Value(elements: [7, Value(text: "some text of an array"), .null])
    let words = ValuePool.words()
    #expect(words.contains(value.bits))
    #expect(ValuePool.intern(words: words))
  }

  @Test("casts go from element to element")
  func casts() throws {
    let context = EvaluationContext(time: EvaluationTime(0))
    let numbers = try array("{1,2.5}", of: .numeric)
    let cast = try Casts.cast(
      numbers, from: .array(of: .numeric), to: .array(of: .integer), isExplicit: true, context)
    #expect(cast.asElements == [1, 3])
    #expect(
      Casts.canCast(from: .array(of: .integer), to: .array(of: .bigint), context: .implicit))
    #expect(
      !Casts.canCast(from: .array(of: .bigint), to: .array(of: .integer), context: .implicit))
    #expect(!Casts.canCast(from: .array(of: .integer), to: .integer, context: .explicit))
  }

  @Test(
    "functions",
    arguments: [
      (ArrayFunction.element, [Value(elements: [4, 5]), 2], Value(integer: 5)),
      (.element, [Value(elements: [4, 5]), 3], .null),
      (.element, [Value(elements: [4]), 0], .null),
      (.slice, [Value(elements: [4, 5, 6]), 2, 9], Value(elements: [5, 6])),
      (.slice, [Value(elements: [4, 5, 6]), 3, 2], Value(elements: [])),
      (.assign, [Value(elements: [4]), 3, 6], Value(elements: [4, .null, 6])),
      (.assign, [.null, 1, 6], Value(elements: [6])),
      (.length, [Value(elements: []), 1], .null), (.cardinality, [Value(elements: [])], 0),
      (.append, [.null, 1], Value(elements: [1])),
      (.concatenate, [.null, Value(elements: [1])], Value(elements: [1])),
      (.contains, [Value(elements: [1, 2]), Value(elements: [2, 2])], true),
      (.contains, [Value(elements: [1, .null]), Value(elements: [.null])], false),
      (.overlaps, [Value(elements: [1, .null]), Value(elements: [.null])], false),
      (.split, ["a,,b", ","], Value(elements: ["a", "", "b"])),
      (.split, ["", ","], Value(elements: [])),
    ] as [(ArrayFunction, [Value], Value)])
  func functions(function: ArrayFunction, arguments: [Value], result: Value) throws {
    #expect(try ArrayRoutines.call(function, arguments) == result)
  }

  @Test("an array that would begin elsewhere than at 1 is refused")
  func bounds() {
    #expect(throws: SQLError.self) { try ArrayRoutines.call(.assign, [Value(elements: []), 2, 1]) }
    #expect(throws: SQLError.self) {
      try ArrayRoutines.call(.assign, [Value(elements: [1]), 0, 1])
    }
    #expect(throws: SQLError.self) { try ArrayRoutines.call(.looped, [.null]) }
  }
}
