import Synchronization

/// Runs of words, each kept once and known by a number, for all threads of a search.
///
///     number 0   [ ]                     the empty run, always
///            1   [ 7 9 9 ]   note 0
///            2   [ 7 ]       note 3      numbered in the order in which they were met
///
/// Numbers say nothing about the words, and with several threads they are others each time: what must come out
/// alike whoever met a run first is ordered by ``isLess(_:_:)``. A run's note is a number that follows from its
/// words.
///
/// Looking a run up takes no lock; adding one does.
///
/// The class is checked by hand: what changes is changed under ``lock``, and read by others as ``SharedStorage`` and
/// ``SharedSlots`` allow.
final class ComponentTable: @unchecked Sendable {
  /// For each number, where its words are: behind a hash, and a word of length and note.
  private let runs = SharedStorage<UnsafeMutablePointer<UInt64>>()
  private let slots = SharedSlots()
  private let lock = Mutex<Void>(())
  /// Runs lie in blocks one after the other; the free rest of the last one.
  private var blocks: ContiguousArray<UnsafeMutablePointer<UInt64>> = []
  private var free: UnsafeMutablePointer<UInt64>
  private var freeCount = 0
  private var blockBytes = 0
  private static let blockWords = 1 << 13
  private static let headWords = 2

  init() {
    free = .allocate(capacity: Self.blockWords)
    blocks.append(free)
    freeCount = Self.blockWords
    blockBytes = Self.blockWords * 8
    add(UnsafeBufferPointer(start: nil, count: 0), hash: 0, note: 0)
  }

  deinit {
    for block in blocks { block.deallocate() }
  }

  var count: Int { lock.withLock { _ in runs.count } }

  /// The memory in use.
  var byteCount: Int { lock.withLock { _ in blockBytes + runs.byteCount + slots.byteCount } }

  /// The number of a run; it is added if it is new.
  func number(of run: UnsafeBufferPointer<UInt64>, note: UInt32 = 0) -> UInt32 {
    if run.isEmpty { return 0 }
    let hash = Fingerprint(run).low
    if let found = find(run, hash) { return UInt32(found) }
    return lock.withLock { _ in
      if let found = find(run, hash) { return UInt32(found) }
      return add(run, hash: hash, note: note)
    }
  }

  func number(
    of run: ContiguousArray<UInt64>, _ range: Range<Int>, note: UInt32 = 0
  ) -> UInt32 {
    run.withUnsafeBufferPointer {
      number(of: UnsafeBufferPointer(rebasing: $0[range]), note: note)
    }
  }

  private func find(_ run: UnsafeBufferPointer<UInt64>, _ hash: UInt64) -> Int? {
    slots.reader.find(hash) { number in
      let found = runs[number]
      guard found[0] == hash && found[1] & 0xFFFF_FFFF == UInt64(run.count) else { return false }
      for offset in run.indices where found[Self.headWords + offset] != run[offset] {
        return false
      }
      return true
    }
  }

  @discardableResult
  private func add(
    _ run: UnsafeBufferPointer<UInt64>, hash: UInt64, note: UInt32
  ) -> UInt32 {
    let needed = run.count + Self.headWords
    if freeCount < needed {
      freeCount = max(Self.blockWords, needed)
      free = .allocate(capacity: freeCount)
      blocks.append(free)
      blockBytes += freeCount * 8
    }
    let target = free
    target.initialize(to: hash)
    (target + 1).initialize(to: UInt64(run.count) | UInt64(note) << 32)
    if let base = run.baseAddress {
      (target + Self.headWords).initialize(from: base, count: run.count)
    }
    free += needed
    freeCount -= needed
    let number = runs.count
    runs.append(target)
    slots.insert(number) { runs[$0][0] }
    return UInt32(number)
  }

  func length(_ number: UInt32) -> Int { reader.words(number).count }
  func note(_ number: UInt32) -> UInt32 { reader.note(number) }
  func word(_ number: UInt32, _ index: Int) -> UInt64 { reader.words(number)[index] }

  /// Appends the run, from a position on.
  func append(_ number: UInt32, from first: Int = 0, to target: inout ContiguousArray<UInt64>) {
    let run = words(number)
    if first < run.count { target.append(contentsOf: UnsafeBufferPointer(rebasing: run[first...])) }
  }

  /// The run's words, where they will always be.
  func words(_ number: UInt32) -> UnsafeBufferPointer<UInt64> { reader.words(number) }

  func isLess(_ left: UInt32, _ right: UInt32) -> Bool { reader.isLess(left, right) }

  var reader: Reader { Reader(runs: runs.reader) }

  /// Reads runs as long as the table is there, and counts no references.
  struct Reader: BitwiseCopyable {
    fileprivate let runs: SharedStorage<UnsafeMutablePointer<UInt64>>.Reader

    @inline(__always)
    func note(_ number: UInt32) -> UInt32 { UInt32(runs[Int(number)].pointee[1] >> 32) }

    @inline(__always)
    func words(_ number: UInt32) -> UnsafeBufferPointer<UInt64> {
      let run = runs[Int(number)].pointee
      return UnsafeBufferPointer(start: run + headWords, count: Int(run[1] & 0xFFFF_FFFF))
    }

    /// An order that depends on the words alone: shorter ones first, then word by word.
    func isLess(_ left: UInt32, _ right: UInt32) -> Bool {
      let first = words(left)
      let second = words(right)
      if first.count != second.count { return first.count < second.count }
      for offset in first.indices where first[offset] != second[offset] {
        return first[offset] < second[offset]
      }
      return false
    }
  }

  /// Writes all runs in the order of their numbers, each behind its note.
  func save(to checkpoint: inout CheckpointWriter) {
    let count = self.count
    checkpoint.append(count - 1)
    for number in 1..<max(1, count) {
      checkpoint.append(UInt64(note(UInt32(number))))
      checkpoint.append(words(UInt32(number)))
    }
  }

  /// Gives runs the numbers that they had; none may have been added before.
  ///
  /// Returns whether that went well.
  func restore(from checkpoint: inout CheckpointReader) -> Bool {
    for number in 0..<checkpoint.count() {
      guard checkpoint.isSound else { return false }
      let note = UInt32(truncatingIfNeeded: checkpoint.word())
      let run = checkpoint.run()
      if self.number(of: run, run.indices, note: note) != UInt32(number + 1) { return false }
    }
    return checkpoint.isSound
  }
}
