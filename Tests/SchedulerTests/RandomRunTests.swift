import SQL
import Store
import Testing
import Writers

@testable import Scheduler

@Suite("Random runs")
struct RandomRunTests {
  private static func model(_ text: String) throws -> Model {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    return try #require(
      result.scenario?.models.first, "\(result.diagnostics.map(\.message))")
  }

  private static func explore(
    _ model: Model, _ strategy: RandomOptions.Strategy, runs: Int, seed: UInt64 = 1, depth: Int = 3,
    change: (inout ExplorationOptions) -> Void = { _ in }, threads: Int = 1
  ) throws -> Exploration {
    var random = RandomOptions()
    random.strategy = strategy
    random.runs = runs
    random.seed = seed
    random.depth = depth
    random.threads = threads
    var options = ExplorationOptions()
    change(&options)
    let explorer = RandomExplorer(model: model, options: options, random: random) { count, body in
      // Any order will do.
      for index in (0..<count).reversed() { body(index) }
    }
    return try explorer.run()
  }

  private static let schema = """
    scenario "random"
    schema { CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL, w int NOT NULL); }
    data { INSERT INTO item VALUES (1, 0, 0), (2, 0, 0), (3, 0, 0); }

    """

  private static let transfers =
    schema + """
      writer forth times 2 {
        BEGIN;
        UPDATE item SET v = v + 1 WHERE id = 1;
        UPDATE item SET v = v - 1 WHERE id = 2;
        COMMIT;
      }
      writer back {
        BEGIN;
        UPDATE item SET v = v + 1 WHERE id = 2;
        UPDATE item SET v = v - 1 WHERE id = 1;
        COMMIT;
      }
      finally zero { SELECT sum(v) FROM item HAVING sum(v) <> 0 }
      allow unhandled error deadlock_detected
      """

  // MARK: Seeds

  @Test(
    "are given by their seed, on any number of threads", arguments: RandomOptions.Strategy.allCases)
  func seeds(strategy: RandomOptions.Strategy) throws {
    let model = try Self.model(Self.transfers)
    let first = try Self.explore(model, strategy, runs: 100)
    #expect(first.verdict == .violated)
    #expect(first.counterexamples.map(\.property) == ["deadlock"])
    for threads in [1, 3] {
      let again = try Self.explore(model, strategy, runs: 100, threads: threads)
      #expect(again.counterexamples.map(\.schedule) == first.counterexamples.map(\.schedule))
      #expect(again.transitions == first.transitions)
      #expect(again.coverage?.growth == first.coverage?.growth)
      #expect(again.coverage?.pairs == first.coverage?.pairs)
    }
    let other = try Self.explore(model, strategy, runs: 100, seed: 2)
    #expect(other.coverage?.growth != first.coverage?.growth)
  }

  @Test("prove nothing", arguments: RandomOptions.Strategy.allCases)
  func neverProved(strategy: RandomOptions.Strategy) throws {
    let model = try Self.model(
      Self.schema
        + "writer a { UPDATE item SET v = 1; }\ninvariant small { SELECT id FROM item WHERE v > 1 }"
    )
    let found = try Self.explore(model, strategy, runs: 5)
    #expect(found.verdict == .inconclusive)
    #expect(found.bound == "random runs")
    #expect(found.coverage?.runs == 5)
  }

  @Test("end with the first finding, where that is asked for") func first() throws {
    let model = try Self.model(Self.transfers)
    let found = try Self.explore(model, .uniform, runs: 1_000) { $0.stopsAtFirst = true }
    let runs = try #require(found.coverage?.runs)
    #expect(runs < 100)
    let before = try Self.explore(model, .uniform, runs: runs - 1)
    #expect(before.counterexamples.isEmpty)
  }

  @Test("say so when a run does not end, or the set of states is full") func limits() throws {
    let endless = try Self.model(
      Self.schema + "writer a { LOOP UPDATE item SET v = 1 WHERE id = 1; END LOOP; }")
    let cut = try Self.explore(endless, .pct, runs: 3) { $0.stepsLimit = 50 }
    #expect(cut.bound == "steps")
    #expect(cut.depth == 50)
    let model = try Self.model(Self.transfers)
    let full = try Self.explore(model, .uniform, runs: 20) { $0.statesLimit = 10 }
    #expect(full.states == 10)
    #expect(full.coverage?.isStatesExact == false)
  }

  // MARK: Counterexamples

  @Test("make counterexamples shorter, and they can be replayed", arguments: [UInt64(1), 2, 3])
  func shortened(seed: UInt64) throws {
    var text = Self.transfers
    for number in 1...3 {
      text +=
        "\nwriter other\(number) { UPDATE item SET w = w + 1 WHERE id = 3; UPDATE item SET w = 9 WHERE id = 3; }"
    }
    let model = try Self.model(text)
    let found = try Self.explore(model, .uniform, runs: 60, seed: seed)
    let example = try #require(found.counterexamples.first)
    // The shortest there is: each takes one row and asks for the other, and nobody else moves.
    var explorer = Explorer(model: model, options: ExplorationOptions())
    let shortest = try #require(try explorer.run().counterexamples.first)
    #expect(example.schedule.count == shortest.schedule.count)
    #expect(shortest.isShortest)
    // Which no random run can know.
    #expect(!example.isShortest)
    let token = ScheduleToken.encode(example.schedule, fingerprint: model.fingerprint)
    var replayer = try Replayer(model: model, options: MachineOptions())
    #expect(try replayer.replay(token: token).map(\.choice) == example.schedule)
    #expect(replayer.enabled().contains { $0.kind == .victim })
  }

  @Test("what is broken at the end is shortened to a whole run") func shortenedEnd() throws {
    let model = try Self.model(
      Self.schema + """
        writer a { DECLARE x int; SELECT v INTO x FROM item WHERE id = 1; UPDATE item SET v = x + 1 WHERE id = 1; }
        writer b { DECLARE x int; SELECT v INTO x FROM item WHERE id = 1; UPDATE item SET v = x + 1 WHERE id = 1; }
        writer c { UPDATE item SET w = 1 WHERE id = 2; UPDATE item SET w = 2 WHERE id = 2; }
        finally both { SELECT v FROM item WHERE id = 1 AND v < 2 }
        """)
    let found = try Self.explore(model, .uniform, runs: 40)
    let example = try #require(found.counterexamples.first)
    // A SELECT is a step, an UPDATE and its COMMIT are two; everybody must have ended.
    #expect(example.schedule.count == 10)
    #expect(ScheduleShortener.switches(in: example.schedule) == 3)
  }

  // MARK: Coverage

  /// Writers of different rows: whatever their order, it is the same run to all.
  private static let apart =
    schema + """
      writer a { UPDATE item SET v = 1 WHERE id = 1; UPDATE item SET v = 2 WHERE id = 1; }
      writer b { UPDATE item SET v = 1 WHERE id = 2; UPDATE item SET v = 2 WHERE id = 2; }
      """

  @Test("count states, classes and pairs that are known")
  func known() throws {
    let apart = try #require(
      try Self.explore(try Self.model(Self.apart), .uniform, runs: 80).coverage)
    // Each writer has four steps, two updates with their commits.
    #expect(apart.states == 25)
    #expect(apart.classes == 1)
    #expect(apart.singleClasses == 0)
    #expect(apart.newClassChance == 0)
    #expect(apart.pairs == [])
    #expect(apart.growth.map(\.runs) == [1, 2, 5, 10, 20, 50, 80])
    #expect(apart.growth.map(\.classes) == [1, 1, 1, 1, 1, 1, 1])
    #expect(apart.growth.first?.states == 9)
    #expect(apart.latest == .init(runs: 8, states: 0, classes: 0, pairs: 0))

    // One update each of one row: two orders, and in each the second may have waited.
    let meeting = try #require(
      try Self.explore(
        try Self.model(
          Self.schema + """
            writer a { UPDATE item SET v = 1 WHERE id = 1; }
            writer b { UPDATE item SET v = 2 WHERE id = 1; }
            """), .uniform, runs: 40
      ).coverage)
    #expect(meeting.classes == 4)
    #expect(
      meeting.pairs.map { "\($0.first.writer) \($0.second.writer)" }.sorted() == ["a b", "b a"])
    #expect(Set(meeting.pairs.flatMap { [$0.first.line, $0.second.line] }) == [4, 5])
  }

  @Test("a reader and a search meet what is changed, and nothing else") func reading() throws {
    func classes(_ reader: String) throws -> Int? {
      let text =
        Self.schema + """
          writer a { UPDATE item SET v = 1 WHERE id = 1; }
          writer b { DECLARE x int; \(reader) }
          """
      return try Self.explore(try Self.model(text), .uniform, runs: 40).coverage?.classes
    }
    #expect(try classes("SELECT v INTO x FROM item WHERE id = 1;") == 2)
    #expect(try classes("SELECT v INTO x FROM item WHERE id = 2;") == 1)
    #expect(try classes("SELECT sum(v) INTO x FROM item;") == 2)
    #expect(try classes("INSERT INTO item VALUES (7, 1, 1);") == 1)
    #expect(try classes("INSERT INTO item VALUES (1, 1, 1) ON CONFLICT DO NOTHING;") ?? 0 > 1)
  }

  // MARK: PCT

  /// Runs of two actors with so many steps each, by priorities: how many are as wanted.
  private static func matches(
    runs: Int, lengths: [Int], depth: Int, order: Bool, wanted: ([Int]) -> Bool
  ) -> Int {
    var generator = SplitMix64(seed: 5)
    let total = lengths.reduce(0, +)
    var priorities = PriorityOrder(depth: depth, length: total, sessionCount: lengths.count)
    return (0..<runs).count { _ in
      priorities.begin(&generator)
      var left = lengths
      var actors: [Int] = []
      for step in 1...total {
        let choices = ContiguousArray(
          left.indices.filter { left[$0] > 0 }.map { Choice(.step, session: $0) })
        let position =
          order
          ? priorities.pick(choices, step: step, &generator) : generator.below(choices.count)
        let actor = Int(choices[position].session)
        left[actor] -= 1
        actors.append(actor)
      }
      return wanted(actors)
    }
  }

  @Test("PCT finds what it promises to find, and as often")
  func guarantee() {
    // The first actor stops before its second step until the other has done twelve, which then waits for it.
    func isDepth3(_ actors: [Int]) -> Bool {
      let wanted = [0] + Array(repeating: 1, count: 12) + [0, 0]
      return Array(actors.prefix(wanted.count)) == wanted
    }
    let runs = 40_000
    let found = Self.matches(runs: runs, lengths: [3, 13], depth: 3, order: true, wanted: isDepth3)
    let bound = Double(runs) / (2 * 16 * 16)
    #expect(Double(found) > bound * 0.7 && Double(found) < bound * 1.3, "\(found), not \(bound)")
    let uniform = Self.matches(
      runs: runs, lengths: [3, 13], depth: 3, order: false, wanted: isDepth3)
    #expect(uniform < 5)
    // With one change point less, it cannot be found at all.
    #expect(
      Self.matches(runs: 4_000, lengths: [3, 13], depth: 2, order: true, wanted: isDepth3) == 0)
    // Depth 1 is an order of two steps: half of the runs.
    let half = Self.matches(runs: 4_000, lengths: [3, 3], depth: 1, order: true) { $0[0] == 1 }
    #expect(half > 1_900 && half < 2_100)
  }

  /// A handshake that goes wrong only if `slow` does all of its work between two statements of `quick`, and
  /// `quick` goes on between two of `slow`'s.
  private static let handshake: String = {
    let work = (1...12).map { "  SELECT v + \($0) INTO x FROM item WHERE id = 3;" }.joined(
      separator: "\n")
    return schema + """
      writer quick {
        DECLARE y int;
        UPDATE item SET v = 1 WHERE id = 1;
        UPDATE item SET v = 0 WHERE id = 1;
        SELECT v INTO y FROM item WHERE id = 2;
        IF y = 1 THEN UPDATE item SET w = 1 WHERE id = 1; END IF;
      }
      writer slow {
        DECLARE x int;
      \(work)
        SELECT v INTO x FROM item WHERE id = 1;
        IF x = 1 THEN
          UPDATE item SET v = 1 WHERE id = 2;
          UPDATE item SET v = 0 WHERE id = 2;
        END IF;
      }
      invariant never { SELECT id FROM item WHERE id = 1 AND w = 1 }
      """
  }()

  @Test("PCT finds a bug of depth 3 in fewer runs than uniform choice") func depth3() throws {
    let model = try Self.model(Self.handshake)
    let found = try Self.explore(model, .pct, runs: 100, seed: 10) { $0.stopsAtFirst = true }
    #expect(found.verdict == .violated)
    let coverage = try #require(found.coverage)
    #expect(coverage.actors == 2)
    let length = try #require(coverage.length)
    #expect(coverage.chancePerRun == 1 / Double(2 * length * length))
    let uniform = try Self.explore(model, .uniform, runs: coverage.runs, seed: 10)
    #expect(uniform.verdict == .inconclusive)
    #expect(uniform.coverage?.chance == nil)
  }

  @Test("the chance of many runs is that of one, again and again") func chances() {
    var options = RandomOptions()
    options.strategy = .pct
    options.depth = 2
    var coverage = RandomCoverage(options: options)
    coverage.actors = 2
    coverage.length = 5
    coverage.runs = 3
    #expect(coverage.chancePerRun == 0.1)
    #expect(abs((coverage.chance ?? 0) - (1 - 0.9 * 0.9 * 0.9)) < 1e-12)
    coverage.runs = 0
    #expect(coverage.chance == 0)
  }
}
