import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// Sessions of which nobody notices anything, but by what they can still see.
@Suite("Readers")
struct ReaderTests {
  /// Sessions that look at one account and change another: between the two they have a snapshot and hold nothing.
  private static func accounts(
    _ readers: Int, writers: Int = 1, isolation: String = "read committed", rest: String = ""
  ) -> String {
    """
    scenario "accounts"
    schema {
      CREATE TABLE accounts (id int PRIMARY KEY, amount int NOT NULL);
      CREATE TABLE log (amount int NOT NULL);
    }
    data { INSERT INTO accounts VALUES (1, 10), (2, 0), (3, 0); }
    writer look times \(readers) isolation \(isolation) {
      BEGIN;
      UPDATE accounts SET amount = amount + (SELECT a.amount FROM accounts a WHERE a.id = 1)
      WHERE id = 2;
      UPDATE accounts SET amount = amount + 1 WHERE id = 3;
      COMMIT;
    }
    writer pay times \(writers) {
      BEGIN;
      UPDATE accounts SET amount = amount + 1 WHERE id = 1;
      UPDATE accounts SET amount = amount + 1 WHERE id = 2;
      COMMIT;
    }
    \(rest)
    allow deadlock
    allow unhandled error
    """
  }

  /// A system, and its state after some steps of sessions.
  private func state(
    after sessions: [Int], of model: Model, _ system: inout ComponentSystem
  ) throws -> ComponentSystem.State {
    var own = try system.initialOwn()
    for session in sessions { system.apply(Choice(.step, session: session), toOwn: &own) }
    return try packed(own, &system)
  }

  private func packed(
    _ own: MachineState, _ system: inout ComponentSystem
  ) throws -> ComponentSystem.State {
    var words: ContiguousArray<UInt64> = []
    var order: ContiguousArray<Int> = []
    system.packOwn(own, to: &words, order: &order)
    var state = try system.initialState()
    words.withUnsafeBufferPointer { system.unpack($0, into: &state) }
    return state
  }

  private func system(_ model: Model) -> ComponentSystem {
    ComponentSystem(
      model: model, options: MachineOptions(), delaysWaits: true, takesQuietSteps: true)
  }

  @Test("a view says what is read, not by how many") func views() throws {
    let model = try ModelRuns.model(Self.accounts(3))
    var system = system(model)
    let none = try state(after: [], of: model, &system)
    let one = try state(after: [0], of: model, &system)
    let two = try state(after: [0, 1], of: model, &system)
    #expect(one.view == two.view)
    #expect(one.view != none.view)
    #expect(one.parts != two.parts)
    let labels = system.labels(of: one.view).count
    #expect(labels == 1)
    let places = (0..<3).map { system.memoPlace(of: $0, in: one) & TransitionMemo.lastReaderBit }
    #expect(places.count { $0 != 0 } == 1)
    let otherPlaces = (0..<3).map {
      system.memoPlace(of: $0, in: two) & TransitionMemo.lastReaderBit
    }
    #expect(otherPlaces.allSatisfy { $0 == 0 })
  }

  /// The search's steps on numbers and the machine's own must lead to the same states, which also tells two states
  /// apart that differ in what somebody sees.
  @Test(
    "steps from state to state are those of the machine",
    arguments: ["read committed", "repeatable read"])
  func steps(isolation: String) throws {
    let model = try ModelRuns.model(Self.accounts(2, writers: 2, isolation: isolation))
    var system = system(model)
    var machine = Machine(model: model, options: MachineOptions())
    var generator = SplitMix64(seed: 5)
    var readers = 0
    for _ in 0..<60 {
      var own = try system.initialOwn()
      var state = try packed(own, &system)
      var sessions = Array(state.order.map(Int.init))
      while true {
        var choices: ContiguousArray<Choice> = []
        system.appendChoices(in: state, to: &choices)
        guard !choices.isEmpty else { break }
        let choice = choices[Int(generator.next() % UInt64(choices.count))]
        var actual = choice
        actual.session = UInt16(sessions[Int(choice.session)])
        var recorder = Recorder(isOn: false)
        _ = machine.apply(actual, to: &own, recorder: &recorder)
        _ = system.apply(choice, to: &state)
        sessions = state.order.map { sessions[Int($0)] }
        let wanted = try packed(own, &system)
        #expect(state.view == wanted.view)
        #expect(state.parts == wanted.parts)
        if state.parts.contains(where: { system.isReader($0) }) { readers += 1 }
      }
      let isFinal = machine.isFinal(own)
      #expect(isFinal)
    }
    #expect(readers > 20)
  }

  @Test(
    "ends are those of a search that leaves nothing out",
    arguments: [(1, 1), (2, 1), (3, 1), (2, 2)])
  func ends(readers: Int, writers: Int) throws {
    let model = try ModelRuns.model(Self.accounts(readers, writers: writers))
    let reduced = try ModelRuns.search(model)
    let all = try ModelRuns.plain(model)
    #expect(reduced.finalStates == all.finalStates)
    #expect(reduced.visited.count <= all.states)
  }

  @Test("views do not grow in number with those who read") func graph() throws {
    func views(_ readers: Int) throws -> Int {
      let model = try ModelRuns.model(
        """
        scenario "orders"
        schema {
          CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL);
          CREATE TABLE payments (id int PRIMARY KEY, status text NOT NULL);
        }
        data { INSERT INTO orders VALUES (1, 'open'); INSERT INTO payments VALUES (1, 'open'); }
        writer expire times \(readers) {
          BEGIN;
          UPDATE payments SET status = 'expired' WHERE id = 1 AND status = 'open'
            AND EXISTS (SELECT 1 FROM orders WHERE id = 1 AND status = 'open');
          COMMIT;
        }
        writer close { UPDATE orders SET status = 'closed' WHERE id = 1; }
        """)
      return try ModelRuns.search(model).system.views.count
    }
    let four = try views(4)
    #expect(try views(7) == four)
  }

  @Test("a rule that is broken by who has read in between is found, with a schedule")
  func schedule() throws {
    let model = try ModelRuns.model(
      Self.accounts(
        3, rest: "finally never { SELECT 1 FROM accounts WHERE id = 2 AND amount = 32 }"))
    var search = try ModelRuns.search(model)
    let never = try #require(search.broken.last)
    let (_, schedule) = try ModelRuns.schedule(to: never, in: &search, of: model)
    var machine = Machine(model: model, options: MachineOptions())
    let state = try ModelRuns.follow(schedule, &machine)
    var system = ModelSystem(model: model, options: MachineOptions())
    let broken = system.brokenFinally(in: state)
    #expect(broken.contains(never))
  }
}
