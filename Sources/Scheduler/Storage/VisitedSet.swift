/// The states met so far, known by their fingerprints and numbered in the order in which they were met.
///
///     slots          open addressing, power of two     fingerprints
///     [ tag | 2 ]    ───────────────────────────────▶  0  …
///     [   0     ]    empty                             1  …
///     [ tag | 1 ]                                      2  …
///
/// A slot holds 32 bits of the fingerprint and the state's number plus one, so that a probe touches the
/// fingerprints only where it is almost certain to find its own. The fingerprints lie in chunks and
/// never move; growing rewrites only the slots. A state costs 16 bytes and between 11 and 22 for slots.
package struct VisitedSet: ~Copyable {
  private var slots: UnsafeMutableBufferPointer<UInt64>
  private var mask: Int
  private var fingerprints: ChunkedStorage<Fingerprint>

  package init(capacityLog2: Int = 12) {
    precondition(capacityLog2 >= 1 && capacityLog2 <= 32, "no table has 2^\(capacityLog2) slots")
    slots = .allocate(capacity: 1 << capacityLog2)
    slots.initialize(repeating: 0)
    mask = slots.count - 1
    fingerprints = ChunkedStorage(chunkLog2: 14)
  }

  deinit { slots.deallocate() }

  package var count: Int { fingerprints.count }

  /// The memory in use.
  package var byteCount: Int { slots.count * 8 + fingerprints.byteCount }

  /// The most states that one set can number.
  package static let limit = Int(UInt32.max) - 1

  /// Looks a state up and adds it if it is new.
  package mutating func insert(_ fingerprint: Fingerprint) -> (index: Int, isNew: Bool) {
    if (count + 1) * 4 > slots.count * 3 { grow() }
    let probe = find(fingerprint)
    if slots[probe] != 0 { return (Self.index(slots[probe]), false) }
    let index = count
    precondition(index < Self.limit, "a search has at most \(Self.limit) states")
    slots[probe] = Self.slot(fingerprint, index)
    fingerprints.append(fingerprint)
    return (index, true)
  }

  /// The number of a state, `nil` if it has not been met.
  package func index(of fingerprint: Fingerprint) -> Int? {
    let slot = slots[find(fingerprint)]
    return slot == 0 ? nil : Self.index(slot)
  }

  package func fingerprint(at index: Int) -> Fingerprint { fingerprints[index] }

  /// The slot that holds the fingerprint, or the empty one where it belongs.
  private func find(_ fingerprint: Fingerprint) -> Int {
    var probe = Int(truncatingIfNeeded: fingerprint.low) & mask
    let tag = fingerprint.high >> 32
    while true {
      let slot = slots[probe]
      if slot == 0 { return probe }
      if slot >> 32 == tag, fingerprints[Self.index(slot)] == fingerprint { return probe }
      probe = (probe + 1) & mask
    }
  }

  private mutating func grow() {
    let old = slots
    slots = .allocate(capacity: old.count * 2)
    slots.initialize(repeating: 0)
    mask = slots.count - 1
    for slot in old where slot != 0 {
      // All are different, so the first empty slot is the right one.
      var probe = Int(truncatingIfNeeded: fingerprints[Self.index(slot)].low) & mask
      while slots[probe] != 0 { probe = (probe + 1) & mask }
      slots[probe] = slot
    }
    old.deallocate()
  }

  private static func slot(_ fingerprint: Fingerprint, _ index: Int) -> UInt64 {
    fingerprint.high & 0xFFFF_FFFF_0000_0000 | UInt64(index + 1)
  }

  private static func index(_ slot: UInt64) -> Int { Int(slot & 0xFFFF_FFFF) - 1 }
}
