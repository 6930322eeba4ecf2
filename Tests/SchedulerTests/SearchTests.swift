import SQL
import Synchronization
import Testing
import Writers

@testable import Scheduler

@Suite("Search")
struct SearchTests {
  private static func options(counts: Bool = false) -> ExplorationOptions {
    var options = ExplorationOptions()
    options.countsInterleavings = counts
    return options
  }

  /// A search of sessions that each take so many steps, and a property that never fails.
  private static func counters(_ lengths: [Int], symmetry: Bool = true) -> RegisterSystem {
    var system = RegisterSystem(
      programs: lengths.map { Array(repeating: .add(register: 0, amount: 0), count: $0) })
    system.usesSymmetry = symmetry
    return system
  }

  @Test(
    "independent sessions interleave multinomially",
    arguments: [
      ([3, 3], "20"), ([5, 4], "126"), ([2, 2, 2], "90"), ([1, 1, 1, 1, 1], "120"),
      ([20, 20], "137846528820"), ([3, 5, 7, 5], "5587021440"),
      ([30, 30, 30], ""),
    ])
  func multinomial(lengths: [Int], expected: String) throws {
    for symmetry in [true, false] {
      let system = Self.counters(lengths, symmetry: symmetry)
      var search = Search(
        system: system, sessionCount: lengths.count, options: Self.options(counts: true))
      try search.run()
      #expect(search.isExhausted == true)
      let count = PathCounter.count(search.log)
      let all = try #require(count)
      var multinomial: BigNatural = 1
      var total: UInt64 = 0
      for length in lengths {
        for step in 1...UInt64(length) {
          total += 1
          multinomial *= total
          #expect(multinomial.divide(by: step) == 0)
        }
      }
      #expect(all == multinomial)
      if !expected.isEmpty { #expect(all.description == expected) }
    }
  }

  @Test("identical sessions are counted together, and their schedules apart")
  func symmetry() throws {
    var search = Search(
      system: Self.counters([2, 2, 2, 2]), sessionCount: 4, options: Self.options(counts: true))
    try search.run()
    #expect(search.visited.count == 15)  // multisets of four counters from 0 to 2
    let count = PathCounter.count(search.log)
    #expect(count == 2520)
    #expect(search.finalStates == 1)
  }

  @Test("a transition that is spared because another leads to the same state counts all the same")
  func spared() throws {
    var counts: [Int] = []
    for counting in [true, false] {
      var system = Self.counters([2, 2, 2, 2])
      system.bad = [(register: 0, value: 4, clock: 0)]
      var search = Search(
        system: system, sessionCount: 4, options: Self.options(counts: counting))
      try search.run()
      #expect(search.visited.count == 15)
      counts.append(search.transitions)
    }
    #expect(counts[0] == counts[1])
    let system = Self.counters([2, 2, 1])
    var search = Search(system: system, sessionCount: 3, options: Self.options())
    try search.run()
    var unpacked = search.system
    var choices: ContiguousArray<Choice> = []
    var words: ContiguousArray<UInt64> = []
    var order: ContiguousArray<Int> = []
    var state = unpacked.initialState()
    unpacked.pack(state, to: &words, order: &order)
    words.withUnsafeBufferPointer { unpacked.unpack($0, into: &state) }
    unpacked.appendDistinctChoices(in: state, to: &choices)
    #expect(choices.map { unpacked.multiplicity(of: $0) } == [2, 1])
  }

  @Test("a state that comes back makes infinitely many schedules")
  func cycle() throws {
    let system = RegisterSystem(programs: [[.read(register: 0), .restart], [.read(register: 1)]])
    var search = Search(system: system, sessionCount: 2, options: Self.options(counts: true))
    try search.run()
    #expect(search.isExhausted == true)
    let count = PathCounter.count(search.log)
    #expect(count == nil)
  }

  @Test("the search agrees with going through all schedules", arguments: 0..<300 as Range<UInt64>)
  func judged(seed: UInt64) throws {
    var system = RegisterSystem.random(seed: seed)
    let judgement = system.judge()
    for (symmetry, counts) in [(true, false), (true, true), (false, false), (false, true)] {
      system.usesSymmetry = symmetry
      var search = Search(
        system: system, sessionCount: system.programs.count, options: Self.options(counts: counts))
      try search.run()
      let broken = search.firstDepths.indices.filter { search.firstDepths[$0] >= 0 }
      #expect(Set(broken) == Set(judgement.broken.keys))
      let paths = try search.shortestPaths(to: broken)
      for (property, path) in zip(broken, paths) {
        let expected = try #require(judgement.broken[property])
        #expect(path.choices.count == expected.steps)
        #expect(path.switches == expected.switches)
        let schedule = try #require(try search.schedule(along: path, groups: system.groups))
        #expect(RegisterSystem.switches(in: schedule) == expected.switches)
        Self.expectBroken(property, by: schedule, in: system)
        if counts {
          let (all, violating) = try Self.counts(of: property, in: search)
          #expect(all == BigNatural(UInt64(judgement.interleavings)))
          #expect(violating == BigNatural(UInt64(expected.schedules)))
        }
      }
    }
  }

  private static func counts(
    of property: Int, in search: borrowing Search<RegisterSystem>
  ) throws -> (BigNatural, BigNatural) {
    var isBroken = ContiguousArray(repeating: false, count: search.visited.count)
    for violation in search.violations where violation.property == property {
      isBroken[violation.state] = true
    }
    let all = PathCounter.count(search.log)
    let spared = PathCounter.count(search.log, avoiding: isBroken)
    return (try #require(all), try #require(all) - #require(spared))
  }

  /// Replays a schedule in the plain system.
  private static func expectBroken(
    _ property: Int, by schedule: [Choice], in system: RegisterSystem
  ) {
    var state = system.initialState()
    for choice in schedule {
      var choices: ContiguousArray<Choice> = []
      system.appendChoices(in: state, to: &choices)
      #expect(choices.contains(choice))
      _ = system.apply(choice, to: &state)
    }
    var choices: ContiguousArray<Choice> = []
    system.appendChoices(in: state, to: &choices)
    var broken: ContiguousArray<Int> = []
    _ = system.appendBroken(
      in: state, choices: choices, isChanged: true,
      isSettled: ContiguousArray(repeating: false, count: system.propertyCount), to: &broken)
    #expect(broken.contains(property))
  }

  @Test("a bound ends the search, and says which it was")
  func bounds() throws {
    var options = ExplorationOptions()
    options.statesLimit = 100
    var search = Search(
      system: Self.counters([20, 20]), sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == .states)
    #expect(search.visited.count == 100)
    #expect(search.isExhausted == false)

    options = ExplorationOptions()
    options.stepsLimit = 5
    search = Search(system: Self.counters([20, 20]), sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == .steps)
    #expect(search.depth(of: search.visited.count - 1) == 5)

    options = ExplorationOptions()
    options.memoryLimitBytes = 1
    search = Search(
      system: Self.counters([100, 100], symmetry: false), sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == .memory)

    options = ExplorationOptions()
    options.timeoutSeconds = 0.5
    options.monotonicSeconds = Ticks().next
    search = Search(
      system: Self.counters([100, 100], symmetry: false), sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == .time)
    #expect(search.visited.count < 101 * 101)
  }

  @Test("bounds that are exactly reached are no bounds")
  func exactBounds() throws {
    var options = ExplorationOptions()
    options.statesLimit = 21 * 21
    options.stepsLimit = 40
    var search = Search(
      system: Self.counters([20, 20], symmetry: false), sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == nil)
    #expect(search.isExhausted == true)
    #expect(search.visited.count == 441)
  }

  @Test("when the states run out, those already met are still looked at")
  func drained() throws {
    // The bad state is the last of level 3 that is met before the limit.
    var system = Self.counters([4, 4], symmetry: false)
    system.programs[0][2] = .add(register: 0, amount: 1)
    system.bad = [(register: 0, value: 1, clock: 0)]
    var options = ExplorationOptions()
    options.statesLimit = 8
    var search = Search(system: system, sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == .states)
    #expect(search.firstDepths[0] == 3)
    let path = try #require(try search.shortestPaths(to: [0]).first)
    #expect(path.choices == [Choice(.step), Choice(.step), Choice(.step)])
  }

  @Test("progress can end the search")
  func interrupted() throws {
    var options = ExplorationOptions()
    options.progressInterval = 1024
    options.progress = { $0.states < 3_000 }
    var search = Search(
      system: Self.counters([100, 100], symmetry: false), sessionCount: 2, options: options)
    try search.run()
    #expect(search.bound == .interrupted)
    #expect(search.isExhausted == false)
    #expect(search.visited.count < 5_000)
  }

  @Test("stopping at the first broken property still finds its best counterexample")
  func stopsAtFirst() throws {
    for seed in 0..<50 as Range<UInt64> {
      let system = RegisterSystem.random(seed: seed)
      let judgement = system.judge()
      var options = ExplorationOptions()
      options.stopsAtFirst = true
      var search = Search(system: system, sessionCount: system.programs.count, options: options)
      try search.run()
      let broken = search.firstDepths.indices.filter { search.firstDepths[$0] >= 0 }
      #expect(broken.isEmpty == judgement.broken.isEmpty)
      for (property, path) in zip(broken, try search.shortestPaths(to: broken)) {
        #expect(path.choices.count == judgement.broken[property]?.steps)
        #expect(path.switches == judgement.broken[property]?.switches)
        #expect(path.choices.count == judgement.broken.values.map(\.steps).min())
      }
    }
  }
}

/// A clock that moves on by a second each time it is read.
private final class Ticks: Sendable {
  private let seconds = Mutex(0.0)

  @Sendable func next() -> Double {
    seconds.withLock { seconds in
      seconds += 1
      return seconds
    }
  }

  @Test(
    "identical SERIALIZABLE sessions that depend on each other, differently: they are told apart")
  func mutualDependencies() throws {
    let model = try ModelRuns.model(
      """
      scenario "twice"
      schema { CREATE TABLE line (id int PRIMARY KEY, u int UNIQUE); }
      data { INSERT INTO line VALUES (1, 1), (2, 2); }
      writer change times 2 isolation serializable {
        BEGIN;
        DO $$ BEGIN UPDATE line SET u = 1 WHERE id = 2; EXCEPTION WHEN OTHERS THEN NULL; END $$;
        COMMIT;
      }
      finally never { SELECT id FROM line WHERE u = 1 }
      """)
    var explorer = Explorer(model: model, options: ExplorationOptions())
    let found = try explorer.run()
    for counterexample in found.counterexamples {
      var machine = Machine(model: model, options: MachineOptions())
      _ = try ModelRuns.follow(counterexample.schedule, &machine)
    }
    #expect(found.counterexamples.count == 2)
  }
}
