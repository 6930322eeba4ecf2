import SQL
import Store
import Synchronization
package import Writers

/// How far a search had got, as it lies in a file: all that it takes to go on as if it had never been interrupted.
///
/// A file is a run of 64-bit words, little-endian:
///
///     magic │ version │ scenario │ options │ pool of values │ search │ system │ checksum
///
/// Long values are hashes into a pool, and a state of parts is numbers into tables, so pool and tables are in the
/// file too. What is not: what steps were found to do, which is found again.
package final class Checkpoint: Sendable {
  /// Why a file cannot be gone on from.
  package enum Problem: Error, Hashable, Sendable {
    case notACheckpoint
    /// Written by a version whose files differ.
    case version(UInt64)
    /// The file is shorter than it was, or has changed.
    case damaged
    /// The scenario, the variant or the options that say what is searched.
    case otherScenario
    case otherOptions

    /// What is wrong, to print behind the file's name.
    package var message: String {
      switch self {
      case .notACheckpoint: "is no checkpoint"
      case .version(let version):
        "has format \(version), this racesim reads format \(Checkpoint.version)"
      case .damaged: "is damaged"
      case .otherScenario:
        "belongs to another scenario or variant, or the scenario has been changed"
      case .otherOptions: "was written with other options"
      }
    }
  }

  /// "RACESIM\n".
  static let magic: UInt64 = 0x0A4D_4953_4543_4152
  /// Changes with the meaning of any word in the file, and of states.
  static let version: UInt64 = 5
  private static let headWords = 4

  private let scenario: UInt64
  private let options: UInt64
  private let words: Mutex<ContiguousArray<UInt64>>

  /// Reads a file's words.
  package init(_ words: consuming ContiguousArray<UInt64>) throws(Problem) {
    guard words.count > Self.headWords, UInt64(littleEndian: words[0]) == Self.magic else {
      throw .notACheckpoint
    }
    var sum = ContentHash()
    for position in words.indices {
      words[position] = UInt64(littleEndian: words[position])
      if position < words.count - 1 { sum.add(words[position]) }
    }
    guard words[1] == Self.version else { throw .version(words[1]) }
    guard words[words.count - 1] == sum.finished else { throw .damaged }
    scenario = words[2]
    options = words[3]
    self.words = Mutex(words)
  }

  /// Why a search of the model with these options cannot go on from here; `nil` if it can.
  ///
  /// Bounds, threads and times may be others.
  package func problem(for model: Model, _ options: ExplorationOptions) -> Problem? {
    let key = Key(model, options)
    if key.scenario != scenario { return .otherScenario }
    return key.options == self.options ? nil : .otherOptions
  }

  /// Hands the contents out, once: they are large.
  func takeReader() -> CheckpointReader {
    words.withLock { words in
      var taken: ContiguousArray<UInt64> = []
      swap(&words, &taken)
      return CheckpointReader(taken, from: Self.headWords)
    }
  }

  /// What must be the same for a search to go on.
  struct Key {
    var scenario: UInt64
    var options: UInt64

    init(_ model: Model, _ exploration: ExplorationOptions) {
      var hash = ContentHash()
      hash.add(model.fingerprint)
      for text in [Array(model.name.utf8)] + model.program.sources.files.map(\.bytes) {
        text.withUnsafeBufferPointer { hash.add($0) }
      }
      scenario = hash.finished
      let machine = exploration.machine
      hash = ContentHash()
      for isOn in [
        machine.granularity == .statement, machine.countsBegin, machine.followsIsolationTester,
        machine.takesLaunches, machine.usesSymmetry, exploration.remembersSteps,
        exploration.stopsAtFirst, exploration.countsInterleavings, exploration.takesQuietSteps,
        exploration.delaysWaits,
      ] {
        hash.add(isOn ? 1 : 0)
      }
      hash.add(UInt64(truncatingIfNeeded: exploration.quietThreshold))
      options = hash.finished
    }
  }
}

/// How a search saves how far it has got.
package struct CheckpointSaving: Sendable {
  /// Takes the bytes of a file, piece by piece; returns whether it could.
  package typealias Sink = (_ bytes: UnsafeRawBufferPointer) -> Bool

  /// Makes a file of what `write` hands to the sink, in place of an earlier one, if `write` returns true.
  package var save: @Sendable (_ write: (_ sink: @escaping Sink) -> Bool) -> Void
  /// The least time between two files.
  package var intervalSeconds: Double

  package init(
    intervalSeconds: Double,
    save: @escaping @Sendable (_ write: (_ sink: @escaping Sink) -> Bool) -> Void
  ) {
    self.intervalSeconds = intervalSeconds
    self.save = save
  }
}

/// Writes the words of a checkpoint.
struct CheckpointWriter {
  private let sink: CheckpointSaving.Sink
  private var buffer: ContiguousArray<UInt64> = []
  private var sum = ContentHash()
  /// Whether everything could be written so far.
  private(set) var isWhole = true

  private static let bufferWords = 1 << 13

  init(_ key: Checkpoint.Key, to sink: @escaping CheckpointSaving.Sink) {
    self.sink = sink
    buffer.reserveCapacity(Self.bufferWords)
    for word in [Checkpoint.magic, Checkpoint.version, key.scenario, key.options] { append(word) }
  }

  mutating func append(_ word: UInt64) {
    sum.add(word)
    buffer.append(word.littleEndian)
    if buffer.count == Self.bufferWords { flush() }
  }

  mutating func append(_ number: Int) { append(UInt64(bitPattern: Int64(number))) }

  /// Appends words behind their number.
  mutating func append(_ run: some RandomAccessCollection<UInt64>) {
    append(run.count)
    for word in run { append(word) }
  }

  private mutating func flush() {
    let sink = self.sink
    if isWhole { isWhole = buffer.withUnsafeBytes { sink($0) } }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Ends the file; returns whether all of it could be written.
  mutating func finish() -> Bool {
    buffer.append(sum.finished.littleEndian)
    flush()
    return isWhole
  }
}

/// Reads what a ``CheckpointWriter`` has written.
///
/// What is asked for beyond the end, or is no such thing, is 0 or empty, and makes ``isSound`` false.
struct CheckpointReader {
  private let words: ContiguousArray<UInt64>
  private var position: Int
  private let end: Int
  private(set) var isSound = true

  init(_ words: ContiguousArray<UInt64>, from start: Int) {
    self.words = words
    position = start
    // The last word is the checksum.
    end = words.count - 1
  }

  var isAtEnd: Bool { position == end }

  mutating func word() -> UInt64 {
    guard position < end else {
      isSound = false
      return 0
    }
    position += 1
    return words[position - 1]
  }

  /// A number that is not negative and at most `limit`.
  mutating func number(limit: Int = .max) -> Int {
    guard let number = Int(exactly: word()), number <= limit else {
      isSound = false
      return 0
    }
    return number
  }

  /// A number of things that follow, each of at least one word.
  mutating func count() -> Int { number(limit: max(0, end - position)) }

  mutating func run() -> ContiguousArray<UInt64> {
    let count = self.count()
    defer { position += count }
    return ContiguousArray(words[position..<position + count])
  }
}
