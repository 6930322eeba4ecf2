import SQL
import Testing
import Writers

@testable import Differential

@Suite("Random cases")
struct CaseTests {
  @Test("are the same for the same seed, and others for another") func deterministic() {
    let first = (1...20).map { CaseGenerator.make(seed: 7, number: $0) }
    #expect(first == (1...20).map { CaseGenerator.make(seed: 7, number: $0) })
    #expect(first != (1...20).map { CaseGenerator.make(seed: 8, number: $0) })
  }

  @Test("compile, and run to their end in the simulation", arguments: 1...30)
  func compiles(number: Int) throws {
    let it = CaseGenerator.make(seed: 5, number: number)
    let (compiled, problem) = Judge.compile(it)
    #expect(problem == "")
    let spec = try #require(compiled)
    let orders = CaseGenerator.drawOrders(1, of: it, compiled: spec, seed: 5, number: number)
    let order = try #require(orders.first)
    // Rows are drawn without regard to checks and keys: where one is refused, both sides must say so.
    if order.isEmpty {
      let problem = SimulatedRun.run(spec, order: order).transcript.problem
      let isRefused = ["setup: 23514", "setup: 23505"].contains { problem?.hasPrefix($0) == true }
      #expect(isRefused)
      return
    }
    #expect(Set(order) == Set(it.sessions.flatMap(\.steps).map(\.name)))
    let outcome = SimulatedRun.run(spec, order: order)
    #expect(outcome.refusal == nil)
    #expect(outcome.transcript.problem == nil)
    #expect(outcome.transcript == SimulatedRun.run(spec, order: order).transcript)
  }

  @Test(
    "of a spec are its steps, with what a session sets up before them, in orders that are drawn")
  func ofSpecs() throws {
    let file = SourceFile(
      path: "x.spec",
      text: """
        setup { CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); }
        teardown { DROP TABLE t; }
        session a
        setup { BEGIN; }
        step a1 { DELETE FROM t; }
        step a2 { COMMIT; }
        session b
        step b1 { SELECT id FROM t FOR UPDATE; }
        step b2 { CREATE INDEX i ON t (id); }
        """)
    let (read, problem) = DifferentialCase.read(file)
    #expect(problem == "")
    let it = try #require(read)
    #expect(it.tables == ["t"])
    #expect(it.sessions.map { $0.steps.map(\.name) } == [["a_setup", "a1", "a2"], ["b1", "b2"]])
    let compiled = try #require(Judge.compile(it).compiled)
    let orders = CaseGenerator.drawOrders(20, of: it, compiled: compiled, seed: 1, number: 1)
    #expect(Set(orders).count == orders.count && orders.count >= 3)
    for order in orders {
      let outcome = SimulatedRun.run(compiled, order: order)
      #expect(outcome.transcript.problem == nil && outcome.refusal == nil)
    }
    #expect(DifferentialCase.read(SourceFile(path: "y.spec", text: "session")).it == nil)
  }

  @Test("times that a spec sets are longer for a slow server") func slowed() {
    let sql = "SET deadlock_timeout = '40ms'; SET LOCAL lock_timeout = '25ms'; UPDATE t SET c = 'x'"
    #expect(ServerRun.slowed(sql, 1) == sql)
    #expect(
      ServerRun.slowed("SET LOCAL statement_timeout = '55ms'", 12)
        == "SET LOCAL statement_timeout = '660ms'")
    #expect(
      ServerRun.slowed(sql, 4)
        == "SET deadlock_timeout = '160ms'; SET LOCAL lock_timeout = '100ms'; UPDATE t SET c = 'x'")
  }

  @Test("an order of rows is given only behind all brackets") func order() {
    #expect(Judge.givesOrder("SELECT id FROM t WHERE id IN (1, 2) ORDER BY id FOR UPDATE;"))
    #expect(!Judge.givesOrder("UPDATE t SET b = (SELECT id FROM t ORDER BY id) RETURNING b;"))
    #expect(!Judge.givesOrder("SELECT id FROM t ORDER BY id; SELECT id FROM t;"))
  }
}

@Suite("Differences")
struct DifferenceTests {
  private func transcript(_ change: (inout Transcript.Moment) -> Void) -> Transcript {
    var moment = Transcript.Moment(step: "a")
    moment.ends[0] = Transcript.End(
      results: [Transcript.Result(columns: ["id"], rows: [["1"], [nil]], tag: "SELECT 2")])
    moment.waits[1] = [0, 2]
    change(&moment)
    var transcript = Transcript()
    transcript.moments = [moment]
    return transcript
  }

  private func kind(_ change: (inout Transcript.Moment) -> Void) -> Difference.Kind? {
    Difference.first(ours: transcript { _ in }, servers: transcript(change))?.kind
  }

  @Test("everything that can be seen is compared") func kinds() {
    #expect(kind { _ in } == nil)
    #expect(kind { $0.ends[0]?.results[0].rows[0] = ["2"] } == .rows)
    #expect(kind { $0.ends[0]?.results[0].rows.reverse() } == .order)
    #expect(kind { $0.ends[0]?.results[0].tag = "SELECT 3" } == .rowCount)
    #expect(kind { $0.ends[0]?.results[0].columns = ["x"] } == .columns)
    #expect(kind { $0.ends[0]?.results = [] } == .results)
    #expect(kind { $0.ends[0]?.notices = ["NOTICE:  x"] } == .notices)
    #expect(kind { $0.ends[0]?.failure = .init(state: "40001", message: "x") } == .error)
    #expect(kind { $0.waits[1] = nil } == .waiting)
    #expect(kind { $0.waits[1] = [3] } == .blockers)
    #expect(kind { $0.waits[1] = [2] } == nil)
  }
}
