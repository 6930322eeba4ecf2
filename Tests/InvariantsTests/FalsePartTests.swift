import Invariants
import SQL
import Store
import Testing

@Suite("The part of an invariant that makes a row a violation")
struct FalsePartTests {
  private let query = """
    SELECT p.id, o.status FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.status = 'done' AND (o.status IN ('expired', 'cancelled'))
    """

  private func story() -> Story {
    var story = Story(writers: ["confirm", "poll"])
    story.source += "-- before\n"
    story.invariant("rule", query)
    story.given(.orders(1), "pending")
    story.given(.payments(1), "initiated", 1)
    return story
  }

  private func find(_ story: Story, _ columns: [OutputColumn], _ rows: [[Value]]) -> FalsePart? {
    FalsePart.find(
      in: story.invariants[0], model: story.model, columns: columns, rows: rows,
      history: story.history)
  }

  private let columns = [
    OutputColumn(name: "id", type: .integer), OutputColumn(name: "status", type: .text),
  ]

  @Test("the condition on what changed last, with the output's value")
  func lastChange() throws {
    var story = story()
    story.update("confirm", "UPDATE payments", .payments(1), "done", 1)
    story.commit("confirm", isImplicit: true)
    story.update("poll", "UPDATE orders", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    let part = try #require(find(story, columns, [[1, "expired"]]))
    #expect(part.values == [FalsePart.Cell(column: "o.status", value: "expired")])
    #expect(part.ranges.count == 1)
    let bytes = Array(query.utf8)
    #expect(
      part.ranges.map { String(decoding: bytes[$0], as: UTF8.self) } == [
        "(o.status IN ('expired', 'cancelled'))"
      ])
  }

  @Test("the value comes from the row that the output names, if the output does not show it")
  func valueOfTheRow() throws {
    var story = story()
    story.given(.payments(2), "initiated", 1)
    story.update("poll", "UPDATE orders", .orders(1), "expired")
    story.commit("poll", isImplicit: true)
    story.update("confirm", "UPDATE payments", .payments(1), "done", 1)
    story.commit("confirm", isImplicit: true)
    let part = try #require(find(story, columns, [[1, "expired"]]))
    #expect(part.text == "p.status = 'done'")
    #expect(part.values == [FalsePart.Cell(column: "p.status", value: "done")])
  }

  @Test("without a change the whole condition")
  func noChange() throws {
    let part = try #require(find(story(), columns, []))
    #expect(part.ranges.count == 2)
  }

  @Test("of a group it is HAVING, with the aggregate that the output shows")
  func group() throws {
    var story = Story(writers: ["a"])
    story.invariant(
      "once",
      "SELECT room, count(*) FROM bookings WHERE holder <> '' GROUP BY room HAVING count(*) > 1")
    story.insert("a", "INSERT", .bookings(1), 7, "me")
    story.insert("a", "INSERT", .bookings(2), 7, "you")
    story.commit("a", isImplicit: true)
    let columns = [
      OutputColumn(name: "room", type: .integer), OutputColumn(name: "count", type: .bigint),
    ]
    let part = try #require(find(story, columns, [[7, 2]]))
    #expect(part.text == "count(*) > 1")
    #expect(part.values == [FalsePart.Cell(column: "count(*)", value: "2")])
  }

  @Test("HAVING counts too")
  func having() throws {
    var story = Story(writers: ["a"])
    story.invariant("full", "SELECT 'x' FROM bookings HAVING count(holder) <> 2")
    story.insert("a", "INSERT", .bookings(1), 1, "me")
    story.commit("a", isImplicit: true)
    let part = try #require(find(story, [OutputColumn(name: "?", type: .text)], [["x"]]))
    #expect(part.text == "count(holder) <> 2")
  }

  @Test("a query without a condition, or that cannot be read", arguments: ["SELECT 1", "SELECT ("])
  func nothing(query: String) {
    var story = Story(writers: ["a"])
    story.invariant("rule", query)
    #expect(find(story, [], []) == nil)
  }
}
