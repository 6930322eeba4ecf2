import Store
import Testing

/// An aggregate over texts that are read as a type; the answers are PostgreSQL 15's.
struct AggregateCase: CustomTestStringConvertible, Sendable {
  var name: String
  var type: DataType
  var inputs: [String]
  var answer: String
  var answerType: DataType

  var testDescription: String { "\(name) of \(type.name)" }

  static let all: [AggregateCase] = [
    .init(name: "sum", type: .integer, inputs: ["1", "2"], answer: "3", answerType: .bigint),
    .init(name: "sum", type: .bigint, inputs: ["1", "2"], answer: "3", answerType: .numeric),
    .init(
      name: "sum", type: .numeric, inputs: ["1.10", "2.2"], answer: "3.30", answerType: .numeric),
    .init(
      name: "avg", type: .integer, inputs: ["1", "2"], answer: "1.5000000000000000",
      answerType: .numeric),
    .init(
      name: "avg", type: .numeric, inputs: ["1.00", "2.5", "4"], answer: "2.5000000000000000",
      answerType: .numeric),
    .init(
      name: "avg", type: .interval, inputs: ["1 day", "3 hours"], answer: "13:30:00",
      answerType: .interval),
    .init(
      name: "sum", type: .interval, inputs: ["1 day", "3 hours"], answer: "1 day 03:00:00",
      answerType: .interval),
    .init(name: "min", type: .text, inputs: ["b", "B", "a"], answer: "B", answerType: .text),
    .init(name: "max", type: .varchar, inputs: ["b", "B", "a"], answer: "b", answerType: .text),
    .init(name: "count", type: .text, inputs: ["b", "B"], answer: "2", answerType: .bigint),
    .init(name: "bool_and", type: .boolean, inputs: ["t", "f"], answer: "f", answerType: .boolean),
    .init(name: "bool_or", type: .boolean, inputs: ["t", "f"], answer: "t", answerType: .boolean),
  ]
}

@Suite("Aggregates")
struct AggregateTests {
  @Test("over rows, NULL ones among them", arguments: AggregateCase.all)
  func rows(_ aggregate: AggregateCase) throws {
    let context = EvaluationContext()
    let resolved = try #require(Aggregates.resolve(aggregate.name, [aggregate.type]))
    #expect(resolved.resultType == aggregate.answerType)
    var state = AggregateState(resolved)
    try state.add([.null], context)
    for input in aggregate.inputs {
      try state.add([Value.parse(input, as: aggregate.type)], context)
    }
    #expect(try state.result().formatted(as: resolved.resultType) == aggregate.answer)
  }

  @Test("over no rows: NULL, and a count of 0")
  func noRows() throws {
    for name in ["sum", "avg", "min", "max"] {
      let resolved = try #require(Aggregates.resolve(name, [.integer]))
      #expect(try AggregateState(resolved).result().isNull)
    }
    let count = try #require(Aggregates.resolve("count", []))
    #expect(try AggregateState(count).result() == Value(integer: Int64(0)))
  }

  @Test("string_agg puts the separator between the texts that are not NULL")
  func strings() throws {
    let resolved = try #require(Aggregates.resolve("string_agg", [.text, .unknown]))
    var state = AggregateState(resolved)
    for value: Value in ["a", .null, "b"] { try state.add([value, ", "], EvaluationContext()) }
    #expect(try state.result().asText == "a, b")
  }
}
