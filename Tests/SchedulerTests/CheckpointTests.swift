import SQL
import SearchTesting
import Store
import Synchronization
import Testing
import Writers

@testable import Scheduler

/// The files that a search has saved.
private final class Files: Sendable {
  let all = Mutex<[ContiguousArray<UInt64>]>([])
  private let seconds = Mutex(0.0)

  /// Saves whenever it is asked whether to.
  func save(in options: inout ExplorationOptions) {
    options.monotonicSeconds = { [self] in
      seconds.withLock { seconds in
        seconds += 1
        return seconds
      }
    }
    options.checkpoint = CheckpointSaving(intervalSeconds: 0) { [self] write in
      let bytes = Mutex<[UInt8]>([])
      let isWhole = write { piece in
        bytes.withLock { $0.append(contentsOf: piece) }
        return true
      }
      #expect(isWhole)
      let words = bytes.withLock { bytes in
        bytes.withUnsafeBytes { ContiguousArray($0.bindMemory(to: UInt64.self)) }
      }
      all.withLock { $0.append(words) }
    }
  }
}

@Suite("Checkpoints")
struct CheckpointTests {
  private static func model(_ text: String) throws -> Model {
    let compiled = ScenarioCompiler.compile(path: "t.race") { _ in Array(text.utf8) }
    return try #require(compiled.scenario?.models.first, "\(compiled.diagnostics.map(\.message))")
  }

  private static func explore(_ model: Model, _ options: ExplorationOptions) throws -> String {
    var explorer = Explorer(model: model, options: options)
    return ThreadTests.text(try explorer.run())
  }

  /// Explores and saves all the while; from each of the files another search must come to the same.
  private static func expectSame(_ model: Model, _ options: ExplorationOptions) throws {
    let whole = try explore(model, options)
    let files = Files()
    var saving = options
    files.save(in: &saving)
    #expect(try explore(model, saving) == whole)
    let saved = files.all.withLock { $0 }
    #expect(!saved.isEmpty)
    let step = max(1, saved.count / 12)
    for number in stride(from: 0, to: saved.count, by: step) {
      var resumed = options
      resumed.resumption = try Checkpoint(saved[number])
      resumed.threads = number % 3 + 1
      #expect(resumed.resumption?.problem(for: model, resumed) == nil)
      #expect(try explore(model, resumed) == whole, "from file \(number) of \(saved.count)")
    }
  }

  @Test(
    "a search goes on from any of its checkpoints to the same end",
    arguments: 0..<16 as Range<UInt64>)
  func anywhere(seed: UInt64) throws {
    let model = try Self.model(
      ScenarioGenerator.make(seed: 7, number: Int(seed) + 1, size: .small).text)
    for remembers in [true, false] {
      var options = ThreadTests.options(seed)
      options.remembersSteps = remembers
      options.statesLimit = min(options.statesLimit, 1_500)
      options.quietThreshold = 5
      try Self.expectSame(model, options)
    }
  }

  @Test("loops, and the clock's edges that put identical sessions into another order")
  func loops() throws {
    let model = try Self.model(
      """
      scenario "jobs"
      schema { CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL); }
      data { INSERT INTO job VALUES (1, 'waiting for somebody'), (2, 'waiting for somebody'); }
      clock '2025-01-01 00:00:00', '2025-01-01 00:01:00'
      writer poller times 2 {
        DECLARE s text;
        LOOP
          SELECT state INTO s FROM job WHERE id = 1;
          EXIT WHEN s = 'done, at long last';
          IF now() > '2025-01-01 00:00:30' THEN UPDATE job SET state = s || ' still' WHERE id = 2; END IF;
        END LOOP;
      }
      writer importer { UPDATE job SET state = 'done, ' || 'at long last' WHERE id = 1; }
      invariant bounded { SELECT id FROM job WHERE length(state) > 40 }
      finally settled { SELECT id FROM job WHERE id = 1 AND state <> 'done, at long last' }
      """)
    for counts in [false, true] {
      var options = ExplorationOptions()
      options.statesLimit = 400
      options.statesAtOnce = 4
      options.countsInterleavings = counts
      try Self.expectSame(model, options)
    }
  }

  @Test("what ended a search can be allowed: more states, steps, memory or time")
  func bounds() throws {
    let model = try Self.model(ScenarioGenerator.make(seed: 7, number: 5, size: .small).text)
    let plain = ExplorationOptions()
    let whole = try Self.explore(model, plain)
    let changes: [(inout ExplorationOptions) -> Void] = [
      { $0.statesLimit = 7 }, { $0.statesLimit = 17 }, { $0.stepsLimit = 4 },
      { $0.memoryLimitBytes = 1 }, { $0.timeoutSeconds = 5.5 },
      { options in
        options.progressInterval = 1
        options.progress = { $0.states < 10 }
      },
    ]
    for (number, change) in changes.enumerated() {
      let files = Files()
      var bounded = plain
      bounded.statesAtOnce = 4
      files.save(in: &bounded)
      bounded.checkpoint?.intervalSeconds = 1e9
      change(&bounded)
      #expect(try Self.explore(model, bounded) != whole, "change \(number) is no bound")
      let last = try #require(files.all.withLock { $0.last })
      var resumed = plain
      resumed.resumption = try Checkpoint(last)
      #expect(try Self.explore(model, resumed) == whole, "change \(number)")
      // Going on under the same bound of states or steps ends where it ended.
      if number < 3 {
        var again = bounded
        again.checkpoint = nil
        let first = try Self.explore(model, again)
        again.resumption = try Checkpoint(last)
        #expect(try Self.explore(model, again) == first, "change \(number)")
      }
    }
  }

  @Test("a file that is damaged, of another version or of something else is none to go on from")
  func damaged() throws {
    let model = try Self.model(ScenarioGenerator.make(seed: 7, number: 1, size: .small).text)
    var options = ExplorationOptions()
    let files = Files()
    files.save(in: &options)
    _ = try Self.explore(model, options)
    let good = try #require(files.all.withLock { $0.last })
    func problem(_ change: (inout ContiguousArray<UInt64>) -> Void) -> Checkpoint.Problem? {
      var words = good
      change(&words)
      do throws(Checkpoint.Problem) {
        _ = try Checkpoint(words)
        return nil
      } catch {
        return error
      }
    }
    #expect(problem { _ in } == nil)
    #expect(problem { $0 = [] } == .notACheckpoint)
    #expect(problem { $0[0] += 1 } == .notACheckpoint)
    #expect(problem { $0[1] += 1 } == .version(Checkpoint.version + 1))
    for length in [5, good.count / 2, good.count - 1] {
      #expect(problem { $0.removeLast($0.count - length) } == .damaged)
    }
    #expect(problem { $0.append(0) } == .damaged)
    for position in Swift.stride(from: 2, to: good.count, by: max(1, good.count / 50)) {
      #expect(problem { $0[position] ^= 1 << UInt64(position % 64) } == .damaged)
    }
  }

  @Test("another scenario, variant or way of stepping is refused, another bound is not")
  func others() throws {
    let text = ScenarioGenerator.make(seed: 7, number: 1, size: .small).text
    let model = try Self.model(text)
    var options = ExplorationOptions()
    let files = Files()
    files.save(in: &options)
    _ = try Self.explore(model, options)
    let checkpoint = try Checkpoint(#require(files.all.withLock { $0.last }))
    #expect(checkpoint.problem(for: model, options) == nil)
    let other = try Self.model(text + "-- Written since.\n")
    #expect(checkpoint.problem(for: other, options) == .otherScenario)
    var changed = options
    changed.machine.granularity = .statement
    #expect(checkpoint.problem(for: model, changed) == .otherOptions)
    changed = options
    changed.countsInterleavings = true
    #expect(checkpoint.problem(for: model, changed) == .otherOptions)
    // Asked all the same, the search says so and does nothing.
    changed.resumption = checkpoint
    var explorer = Explorer(model: model, options: changed)
    let exploration = try explorer.run()
    #expect(exploration.bound == Bound.checkpoint.rawValue)
    #expect(exploration.verdict == .inconclusive)
    changed = options
    changed.statesLimit = 7
    changed.threads = 2
    #expect(checkpoint.problem(for: model, changed) == nil)
  }

  @Test("long values come back as they were, and what is no list of them is refused")
  func pool() {
    let values = [
      Value(text: "a text of more than seven bytes"), Value(text: ""), Value(bytes: [1, 2, 3]),
      Value(interval: Interval(months: -3, days: 4, microseconds: -5)),
      Value(uuidHigh: 1, low: .max), Value(integer: Int64.max),
    ]
    let words = ValuePool.words()
    for value in values where value.bits >> 56 != UInt64(Value.Tag.text.rawValue) {
      #expect(words.contains(value.bits))
    }
    #expect(ValuePool.intern(words: words))
    #expect(!ValuePool.intern(words: [1, 2, 3]))
    #expect(!ValuePool.intern(words: ContiguousArray(words.dropLast())))
  }
}

@Suite("States in a file")
struct SpillTests {
  /// A file in memory that can be made to fail.
  private final class Pieces: Sendable {
    let bytes = Mutex<[UInt8]>([])
    let isBroken = Atomic<Bool>(false)

    var file: SpillFile {
      SpillFile(
        write: { [self] piece, place in
          if isBroken.load(ordering: .relaxed) { return false }
          bytes.withLock { bytes in
            let missing = place + piece.count - bytes.count
            if missing > 0 { bytes += [UInt8](repeating: 0, count: missing) }
            bytes.replaceSubrange(place..<place + piece.count, with: piece)
          }
          return true
        },
        read: { [self] target, place in
          if isBroken.load(ordering: .relaxed) { return false }
          bytes.withLock { target.copyBytes(from: $0[place..<place + target.count]) }
          return true
        })
    }
  }

  @Test("states come back in order whatever was moved out when")
  func order() {
    var arena = StateArena(chunkCapacity: 16)
    let pieces = Pieces()
    var generator = SplitMix64(seed: 8)
    var waiting: [ContiguousArray<UInt64>] = []
    var places: ContiguousArray<UnsafePointer<UInt64>> = []
    var peak = 0
    for round in 0..<2_000 {
      for _ in 0..<generator.below(8) + (round < 1_000 ? 3 : 0) {
        let words = ContiguousArray((0..<generator.below(20)).map { _ in generator.next() })
        arena.append(words)
        waiting.append(words)
      }
      if generator.below(3) == 0 { arena.spill(to: pieces.file) }
      if waiting.isEmpty { continue }
      arena.first(min(waiting.count, 1 + generator.below(6)), into: &places)
      // What is being read stays where it is.
      arena.spill(to: pieces.file)
      let expected = waiting[..<places.count]
      for (place, words) in zip(places, expected) {
        #expect(
          ContiguousArray(UnsafeBufferPointer(start: place + 1, count: Int(place[0]))) == words)
      }
      var all: ContiguousArray<UInt64> = []
      if round % 100 == 0 {
        let skipped = generator.below(waiting.count + 1)
        let isRead = arena.forEachRun(skipping: skipped) { all.append(contentsOf: $0) }
        #expect(isRead)
        #expect(
          all == ContiguousArray(waiting[skipped...].flatMap { [UInt64($0.count)] + Array($0) }))
      }
      arena.removeFirst(places.count)
      waiting.removeFirst(places.count)
      peak = max(peak, arena.byteCount)
    }
    let isWhole = !arena.hasLost
    #expect(isWhole)
    #expect(pieces.bytes.withLock { $0.count } > 16 * 8 * 10)
    #expect(peak < pieces.bytes.withLock { $0.count })
    while !waiting.isEmpty {
      let words = arena.takeFirst { ContiguousArray($0) }
      #expect(words == waiting.removeFirst())
    }
  }

  @Test("what cannot be written stays, what cannot be read is reported")
  func failures() {
    var arena = StateArena(chunkCapacity: 8)
    let pieces = Pieces()
    pieces.isBroken.store(true, ordering: .relaxed)
    for number in 0..<40 as Range<UInt64> { arena.append([number, number]) }
    let before = arena.byteCount
    arena.spill(to: pieces.file)
    #expect(arena.byteCount == before)
    pieces.isBroken.store(false, ordering: .relaxed)
    arena.spill(to: pieces.file)
    #expect(arena.byteCount < before)
    pieces.isBroken.store(true, ordering: .relaxed)
    var places: ContiguousArray<UnsafePointer<UInt64>> = []
    arena.first(40, into: &places)
    let hasLost = arena.hasLost
    #expect(hasLost)
    let isRead = arena.forEachRun(skipping: 0) { _ in }
    #expect(!isRead)
  }
}
