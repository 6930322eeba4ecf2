/// Runs of words, each kept once and known by a number.
///
///     number 0   [ ]                     the empty run, always
///            1   [ 7 9 9 ]
///            2   [ 7 ]                   numbered in the order in which they were met
///
/// Numbers say nothing about the words: what must come out alike whoever met a run first is ordered by
/// ``isLess(_:_:)``.
struct ComponentTable: ~Copyable {
  private var words: ContiguousArray<UInt64> = []
  private var starts: ContiguousArray<Int> = [0, 0]
  private var hashes: ContiguousArray<UInt64> = [0]
  /// Open addressing; a number plus one, 0 for an empty slot.
  private var slots: ContiguousArray<UInt32>

  init() {
    slots = ContiguousArray(repeating: 0, count: 1 << 8)
    insert(0)
  }

  var count: Int { hashes.count }

  /// The memory in use.
  var byteCount: Int { words.count * 8 + starts.count * 16 + slots.count * 4 }

  /// The number of a run; it is added if it is new.
  mutating func number(of run: UnsafeBufferPointer<UInt64>) -> (number: UInt32, isNew: Bool) {
    if run.isEmpty { return (0, false) }
    let hash = Fingerprint(run).low
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if hashes[number] == hash && isEqual(number, run) { return (UInt32(number), false) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let number = hashes.count
    words.append(contentsOf: run)
    starts.append(words.count)
    hashes.append(hash)
    slots[slot] = UInt32(number) + 1
    if hashes.count * 2 > slots.count { grow() }
    return (UInt32(number), true)
  }

  mutating func number(
    of run: ContiguousArray<UInt64>, _ range: Range<Int>
  ) -> (number: UInt32, isNew: Bool) {
    run.withUnsafeBufferPointer { number(of: UnsafeBufferPointer(rebasing: $0[range])) }
  }

  func length(_ number: UInt32) -> Int { starts[Int(number) + 1] - starts[Int(number)] }

  func word(_ number: UInt32, _ index: Int) -> UInt64 { words[starts[Int(number)] + index] }

  /// Appends the run, from a position on.
  func append(_ number: UInt32, from first: Int = 0, to target: inout ContiguousArray<UInt64>) {
    let start = starts[Int(number)] + first
    let end = starts[Int(number) + 1]
    if start < end { target.append(contentsOf: words[start..<end]) }
  }

  /// An order that depends on the words alone: shorter ones first, then word by word.
  func isLess(_ left: UInt32, _ right: UInt32) -> Bool {
    let count = length(left)
    let other = length(right)
    if count != other { return count < other }
    let a = starts[Int(left)]
    let b = starts[Int(right)]
    for offset in 0..<count where words[a + offset] != words[b + offset] {
      return words[a + offset] < words[b + offset]
    }
    return false
  }

  private func isEqual(_ number: Int, _ run: UnsafeBufferPointer<UInt64>) -> Bool {
    let start = starts[number]
    guard starts[number + 1] - start == run.count else { return false }
    for offset in run.indices where words[start + offset] != run[offset] { return false }
    return true
  }

  private mutating func grow() {
    slots = ContiguousArray(repeating: 0, count: slots.count * 2)
    for number in hashes.indices { insert(number) }
  }

  private mutating func insert(_ number: Int) {
    var slot = Int(truncatingIfNeeded: hashes[number]) & (slots.count - 1)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(number) + 1
  }
}
