import SQL
import Store
import Testing
import Writers

@testable import Invariants

@Suite("The ledger of a history")
struct LedgerTests {
  @Test("commit numbers count commits and changes of the world")
  func commitNumbers() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.update("a", "UPDATE orders", .orders(1), "1")
    story.commit("a", isImplicit: true)
    story.insert("b", "INSERT INTO captures", .captures(1), 1)
    story.update("a", "UPDATE orders", .orders(1), "2")
    story.commit("a", isImplicit: true)
    let ledger = Ledger(story.history, story.model)
    #expect(ledger.writes.map(\.version) == [11, 12, 13])
    let order = RowKey(table: TableID(0), row: 1)
    #expect(ledger.versions[order]?.map(\.number) == [10, 11, 13])
    #expect(ledger.transactions.map(\.isWorld) == [false, true, false])
    #expect(ledger.values(of: order) == [1, "2"])
    #expect(ledger.values(of: order, at: 12) == [1, "1"])
  }

  @Test("a failing statement on the world changes nothing")
  func failingWorldStatement() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    let table = Story.Row.captures(1).id
    let began = story.began("INSERT INTO captures VALUES (1, 1), (1, 1)")
    let error = SQLError(.uniqueViolation, "twice")
    story.step("a", [began, .inserted(table: table, row: 1, after: [1, 1]), .failed(error)])
    story.update("b", "UPDATE orders", .orders(1), "1")
    story.commit("b", isImplicit: true)
    let ledger = Ledger(story.history, story.model)
    #expect(ledger.writes.map(\.version) == [nil, 11])
  }

  @Test("ROLLBACK TO undoes what came after the savepoint")
  func savepoint() {
    var story = Story(writers: ["a"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    story.begin("a")
    story.update("a", "UPDATE orders", .orders(1), "1")
    story.step("a", [.savepoint(name: "s")])
    story.update("a", "UPDATE orders", .orders(2), "1")
    story.step("a", [.rolledBackTo(name: "s")])
    story.commit("a")
    let ledger = Ledger(story.history, story.model)
    #expect(ledger.writes.map(\.isUndone) == [false, true])
    #expect(ledger.writes.map(\.version) == [11, nil])
  }

  /// In a loop: BEGIN; UPDATE 1; UPDATE 2; EXCEPTION WHEN OTHERS THEN NULL; END.
  @Test("a handler undoes its block, and only the last time round")
  func caughtBlock() {
    var story = Story(writers: ["a"])
    var routine = Routine(name: "main", kind: .writer, parameters: [])
    routine.blocks = [Routine.Block(handlers: [Routine.Handler(conditions: nil, target: 4)])]
    routine.instructions = [
      .enterBlock(0), .statement(0, .discard), .statement(1, .discard), .leaveBlock, .jump(0),
    ]
    let first = story.place("UPDATE 1")
    let second = story.place("UPDATE 2")
    let none = SourceSpan(file: 0, start: 0, end: 0)
    routine.spans = [none, first, second, none, none]
    story.routines = [routine]
    func statement(_ span: SourceSpan, _ row: Int32) -> [Event] {
      [
        .began(span: span, routine: RoutineID(0), depth: 0),
        .updated(table: TableID(0), row: row, before: [1, "0"], after: [1, "1"]),
      ]
    }
    let error = SQLError(.raiseException, "no")
    story.step("a", [.beganTransaction(isImplicit: false)])
    for row in [1, 3] as [Int32] {
      story.step("a", statement(first, row))
      story.step("a", statement(second, row + 1))
    }
    story.step(
      "a", [.failed(error), .caught(error), .committed(isImplicit: false, didWrite: true)])
    let ledger = Ledger(story.history, story.model)
    #expect(ledger.writes.map(\.isUndone) == [false, false, true, true])
  }

  @Test("a rollback leaves no versions")
  func rollback() {
    var story = Story(writers: ["a"])
    story.given(.orders(1), "0")
    story.begin("a")
    story.update("a", "UPDATE orders", .orders(1), "1")
    story.rollback("a")
    let ledger = Ledger(story.history, story.model)
    #expect(ledger.versions[RowKey(table: TableID(0), row: 1)]?.count == 1)
    #expect(ledger.transactions.map(\.isRolledBack) == [true])
  }
}

@Suite("The tables of an invariant")
struct ViolationTests {
  @Test("those of its subqueries and set operations too")
  func tables() {
    var program = Story(writers: []).model.program
    func query(_ table: Int, filter: Expression? = nil) -> Query {
      var select = Select()
      select.relations = [
        Relation(source: .table(TableID(table)), alias: "", offset: 0, columnCount: 1)
      ]
      select.filter = filter
      return Query(body: .select(select), columns: [])
    }
    program.operations = [.exists(QueryID(1)), .not]
    program.queries = [
      query(2, filter: Expression(start: 0, count: 2)), query(0),
      Query(body: .combined(.union, isAll: true, QueryID(0), QueryID(3)), columns: []), query(3),
    ]
    #expect(program.tables(readBy: QueryID(1)) == [TableID(0)])
    #expect(program.tables(readBy: QueryID(0)) == [TableID(0), TableID(2)])
    #expect(program.tables(readBy: QueryID(2)) == [TableID(0), TableID(2), TableID(3)])
    var story = Story(writers: ["a"])
    story.invariant("rule", "SELECT id FROM orders")
    var model = story.model
    model.program.queries = program.queries
    model.program.operations = program.operations
    let violation = Violation(of: model.invariants[0], in: model)
    #expect(violation.kind == .invariant)
    #expect(violation.tables == [TableID(0), TableID(2)])
  }
}

@Suite("The dependency graph")
struct GraphTests {
  private func graph(_ story: Story) -> DependencyGraph {
    let ledger = Ledger(story.history, story.model)
    let narrator = Narrator(model: story.model, ledger: ledger)
    return DependencyGraph(ledger, narrator, grouping: .transaction)
  }

  private func lines(_ graph: DependencyGraph) -> [String] {
    graph.edges.map {
      "\($0.source) \($0.kind.rawValue)\($0.isPredicate ? "-p" : "") \($0.target)"
    }
  }

  @Test("ww, wr and rw of one row")
  func itemEdges() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "0")
    story.begin("a")
    story.select("a", "SELECT * FROM orders WHERE id = 1", [.orders(1)])
    story.begin("b")
    story.select("b", "SELECT * FROM orders WHERE id = 1", [.orders(1)])
    story.update("b", "UPDATE orders SET status = '1' WHERE id = 1", .orders(1), "1")
    story.commit("b")
    story.update("a", "UPDATE orders SET status = '2' WHERE id = 1", .orders(1), "2")
    story.commit("a")
    #expect(lines(graph(story)) == ["0 rw 1", "1 ww 0", "1 wr 0"])
  }

  @Test("a search misses what matches later, and sees that something no longer does")
  func predicateEdges() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "open")
    story.update("b", "UPDATE orders SET status = 'done' WHERE id = 1", .orders(1), "done")
    story.commit("b", isImplicit: true)
    story.begin("a")
    story.select("a", "SELECT id FROM orders WHERE status = 'open'", searching: [.orders])
    story.commit("a")
    story.insert("b", "INSERT INTO orders VALUES (2, 'open')", .orders(2), "open")
    story.commit("b", isImplicit: true)
    story.insert("b", "INSERT INTO orders VALUES (3, 'done')", .orders(3), "done")
    story.commit("b", isImplicit: true)
    #expect(lines(graph(story)) == ["0 wr-p 1", "1 rw-p 2"])
  }

  @Test("a search by a whole key that found its row has no phantoms")
  func searchByKey() {
    var story = Story(writers: ["a", "b"])
    story.given(.orders(1), "open")
    story.begin("a")
    story.select("a", "SELECT * FROM orders WHERE id = v_id", [.orders(1)])
    story.commit("a")
    story.insert("b", "INSERT INTO orders VALUES (2, 'open')", .orders(2), "open")
    story.commit("b", isImplicit: true)
    #expect(lines(graph(story)).isEmpty)
  }

  @Test("components of several nodes, and the cycle that says most")
  func cycles() throws {
    var story = Story(writers: ["a", "b"])
    for number in 1...3 { story.given(.orders(number), "0") }
    for writer in ["a", "b"] {
      story.begin(writer)
      story.select(writer, "SELECT * FROM orders", [.orders(1), .orders(2), .orders(3)])
    }
    story.update("a", "UPDATE orders SET status = 'a' WHERE id = 1", .orders(1), "a")
    story.update("a", "UPDATE orders SET status = 'a' WHERE id = 3", .orders(3), "a")
    story.commit("a")
    story.update("b", "UPDATE orders SET status = 'b' WHERE id = 2", .orders(2), "b")
    story.update("b", "UPDATE orders SET status = 'b' WHERE id = 3", .orders(3), "b")
    story.commit("b")
    let graph = graph(story)
    #expect(graph.components == [[0, 1]])
    let fewest = try #require(graph.bestCycle { _ in true })
    #expect(fewest.antiDependencies == 1)
    let second = try #require(graph.bestCycle { $0.row.row == 2 })
    #expect(second.edges.contains { $0.row.row == 2 })
    #expect(graph.isAcyclic(without: [0]))
  }

  @Test("four transactions whose missed reads are apart: G-nonadjacent")
  func nonAdjacent() throws {
    var story = Story(writers: ["r1", "w1", "r2", "w2"])
    story.given(.orders(1), "0")
    story.given(.orders(2), "0")
    let snapshot = story.version(.orders(1))
    story.update("w1", "UPDATE orders SET status = '1' WHERE id = 1", .orders(1), "1")
    story.commit("w1", isImplicit: true)
    story.update("w2", "UPDATE orders SET status = '1' WHERE id = 2", .orders(2), "1")
    story.commit("w2", isImplicit: true)
    for (reader, seen, missed) in [("r1", 1, 2), ("r2", 2, 1)] {
      story.begin(reader)
      story.select(reader, "SELECT * FROM orders WHERE id = \(seen)", [.orders(seen)])
      story.select(
        reader, "SELECT * FROM orders WHERE id = \(missed)", [.orders(missed)], version: snapshot)
      story.insert(reader, "INSERT", .bookings(seen), 1, "")
      story.commit(reader)
    }
    let diagnosis = story.diagnose(tables: [.orders])
    #expect(diagnosis.name == "stale reads")
    #expect(diagnosis.code == "G-nonadjacent-item")
    #expect(diagnosis.edges.count == 4)
  }
}
