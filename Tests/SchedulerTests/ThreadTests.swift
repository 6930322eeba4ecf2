import SQL
import SearchTesting
import Testing
import Writers

@testable import Scheduler

/// Whatever the number of threads, a search finds the same in the same order.
@Suite("Threads")
struct ThreadTests {
  /// All that a search has found, in its own order.
  static func record<System: TransitionSystem & ~Copyable>(
    of search: borrowing Search<System>
  ) -> [String] {
    var lines = [
      "\(search.visited.count) \(search.transitions) \(search.finalStates) \(search.depth)",
      "\(search.bound.map(\.rawValue) ?? "-") \(search.isExhausted) \(search.expanded)",
      "\(search.levelStarts) \(search.levelTransitions) \(search.firstDepths) \(search.ends)",
      "\(search.violations.map { [$0.property, $0.state] })",
    ]
    for state in 0..<search.visited.count {
      lines.append("\(search.visited.fingerprint(at: state)) \(search.links[state].bits)")
    }
    for edge in 0..<search.log.edges.count { lines.append("\(search.log.edges[edge].bits)") }
    return lines
  }

  /// A few systems of registers, and options that end their searches in all ways.
  static func options(_ seed: UInt64) -> ExplorationOptions {
    var options = ExplorationOptions()
    options.statesAtOnce = [1, 2, 3, 7][Int(seed % 4)]
    switch seed % 6 {
    case 0: options.countsInterleavings = true
    case 1: options.stopsAtFirst = true
    case 2: options.statesLimit = 11 + Int(seed)
    case 3: options.stepsLimit = 3 + Int(seed % 3)
    default: break
    }
    return options
  }

  @Test("one thread, two and three: the same numbers", arguments: 0..<60 as Range<UInt64>)
  func registers(seed: UInt64) throws {
    let system = RegisterSystem.random(seed: seed)
    var options = Self.options(seed)
    var records: [[String]] = []
    for (threads, statesAtOnce) in [(1, 64), (1, 1), (2, options.statesAtOnce), (3, 1)] {
      options.threads = threads
      options.statesAtOnce = statesAtOnce
      var search = Search(system: system, sessionCount: system.programs.count, options: options)
      try search.run()
      records.append(Self.record(of: search))
    }
    for record in records.dropFirst() { #expect(record == records[0]) }
  }

  @Test("many states on many threads, up to a bound in the middle of a level")
  func wide() throws {
    let system = RegisterSystem(
      programs: [20, 21, 22].map { Array(repeating: .add(register: 0, amount: 0), count: $0) })
    for limit in [5_000, 1_000_000] {
      var records: [[String]] = []
      for threads in [1, 2, 4] {
        var options = ExplorationOptions()
        options.statesLimit = limit
        options.threads = threads
        options.statesAtOnce = 8
        var search = Search(system: system, sessionCount: 3, options: options)
        try search.run()
        #expect(search.visited.count == min(limit, 21 * 22 * 23))
        records.append(Self.record(of: search))
      }
      #expect(records[1] == records[0])
      #expect(records[2] == records[0])
    }
  }

  /// What an exploration has found, but for the memory it took.
  static func text(_ exploration: Exploration) -> String {
    var exploration = exploration
    exploration.memoryBytes = 0
    return "\(exploration)"
  }

  @Test("random scenarios", arguments: 0..<24 as Range<UInt64>)
  func scenarios(seed: UInt64) throws {
    let text = ScenarioGenerator.make(seed: 7, number: Int(seed) + 1, size: .small).text
    let compiled = ScenarioCompiler.compile(path: "t.race") { _ in Array(text.utf8) }
    let model = try #require(compiled.scenario?.models.first)
    var options = Self.options(seed)
    options.statesAtOnce = 2
    options.statesLimit = min(options.statesLimit, 1_500)
    options.quietThreshold = 5
    for remembers in [true, false] {
      options.remembersSteps = remembers
      var found: [String] = []
      for threads in [1, 2, 3] {
        options.threads = threads
        var explorer = Explorer(model: model, options: options)
        found.append(Self.text(try explorer.run()))
      }
      #expect(found[1] == found[0], "\(text)")
      #expect(found[2] == found[0], "\(text)")
    }
  }
}

/// What several threads read while one adds to it.
@Suite("Shared tables")
struct SharedTableTests {
  @Test("elements are where they were put, however many chunks there are")
  func storage() {
    let storage = SharedStorage<UInt32>()
    #expect(storage.byteCount == 0)
    for number in 0..<3_000 as Range<UInt32> { storage.append(number &* 7) }
    #expect(storage.count == 3_000)
    var isRight = true
    for number in 0..<3_000 { isRight = isRight && storage[number] == UInt32(number) &* 7 }
    #expect(isRight)
    #expect(storage.byteCount >= 3_000 * 4)
  }

  @Test("a run has one number, and its words and note are those it came with")
  func runs() {
    let table = ComponentTable()
    var generator = SplitMix64(seed: 9)
    var runs: [ContiguousArray<UInt64>] = [[]]
    for _ in 0..<4_000 {
      let run = ContiguousArray((0...generator.below(6)).map { _ in UInt64(generator.below(9)) })
      let known = runs.firstIndex(of: run)
      let number = table.number(of: run, run.indices, note: UInt32(run.count))
      #expect(Int(number) == known ?? runs.count)
      if known == nil { runs.append(run) }
    }
    #expect(table.count == runs.count)
    for (number, run) in runs.enumerated() where number > 0 {
      #expect(ContiguousArray(table.words(UInt32(number))) == run)
      #expect(table.note(UInt32(number)) == UInt32(run.count))
    }
    let long = ContiguousArray(repeating: 5 as UInt64, count: 20_000)
    let number = table.number(of: long, long.indices)
    #expect(table.length(number) == 20_000)
  }

  @Test("outcomes are remembered beside one another")
  func memo() {
    let memo = TransitionMemo()
    for view in 0..<700 as Range<UInt32> {
      let entry = memo.add(view: view, place: Int(view % 5), part: view * 3, choices: 0b101)
      #expect(memo.entry(view: view, place: Int(view % 5), part: view * 3) == entry)
      #expect(memo.add(view: view, place: Int(view % 5), part: view * 3, choices: 0b101) == entry)
      #expect(memo.outcome(of: 2, in: entry) == nil)
      let outcome = TransitionMemo.Outcome(
        view: view + 1, part: 9, moves: Int32(view % 3) - 1, blockers: Int32(view % 4) - 1,
        isChanged: view % 2 == 0)
      memo.remember(outcome, of: 2, in: entry)
      #expect(memo.outcome(of: 2, in: entry) == outcome)
      #expect(memo.outcome(of: 0, in: entry) == nil)
    }
    #expect(memo.count == 700)
    #expect(memo.entry(view: 1, place: 0, part: 3) == nil)
  }
}
