/// The states met so far, known by their fingerprints and numbered in the order in which they were met.
///
///     slots          open addressing, power of two     fingerprints
///     [ tag | 2 ]    ───────────────────────────────▶  0  …
///     [   0     ]    empty                             1  …
///     [ tag | 1 ]                                      2  …
///
/// A slot holds 32 bits of the fingerprint and the state's number plus one, so that a probe touches the
/// fingerprints only where it is almost certain to find its own. The fingerprints never move; growing rewrites only the
/// slots. A state costs 16 bytes and between 11 and 22 for slots.
///
/// One thread adds states; any number look them up (``Reader``).
package struct VisitedSet: ~Copyable {
  private let slots: SharedSlots
  private let fingerprints = SharedStorage<Fingerprint>()

  package init(capacityLog2: Int = 12) {
    precondition(capacityLog2 >= 1 && capacityLog2 <= 32, "no table has 2^\(capacityLog2) slots")
    slots = SharedSlots(capacityLog2: capacityLog2, fill: 3)
  }

  package var count: Int { fingerprints.count }

  /// The memory in use.
  package var byteCount: Int { slots.byteCount + fingerprints.byteCount }

  /// The most states that one set can number.
  package static let limit = Int(UInt32.max) - 1

  /// Looks a state up and adds it if it is new.
  package mutating func insert(_ fingerprint: Fingerprint) -> (index: Int, isNew: Bool) {
    if let index = reader.index(of: fingerprint) { return (index, false) }
    let index = count
    precondition(index < Self.limit, "a search has at most \(Self.limit) states")
    fingerprints.append(fingerprint)
    let reader = fingerprints.reader
    slots.insert(index) { reader[$0].pointee.low }
    return (index, true)
  }

  /// The number of a state, `nil` if it has not been met.
  package func index(of fingerprint: Fingerprint) -> Int? { reader.index(of: fingerprint) }

  package func fingerprint(at index: Int) -> Fingerprint { fingerprints[index] }

  /// Gives back memory that only other threads' lookups could still be reading; there must be none.
  package mutating func trim() { slots.removeOldArrays() }

  var reader: Reader { Reader(slots: slots.reader, fingerprints: fingerprints.reader) }

  /// Looks states up as long as the set is there; what is being added meanwhile may be missed.
  struct Reader: BitwiseCopyable {
    fileprivate let slots: SharedSlots.Reader
    fileprivate let fingerprints: SharedStorage<Fingerprint>.Reader

    /// The number of a state, `nil` if it has not been met.
    @inline(__always)
    func index(of fingerprint: Fingerprint) -> Int? {
      slots.find(fingerprint.low) { fingerprints[$0].pointee == fingerprint }
    }

    /// Reads where a state would be found, so that it is at hand when it is looked up.
    ///
    /// A table of millions of states is not in the processor's caches. Reads of many states one after the other, none of
    /// which waits for the one before, take hardly longer than a single one. The result means nothing; it is there so
    /// that the reads are not left out.
    @inline(__always)
    func touch(_ fingerprint: Fingerprint) -> UInt64 {
      let slot = slots.firstSlot(fingerprint.low)
      guard slot != 0, slot >> 32 == fingerprint.low >> 32 else { return 0 }
      return fingerprints[Int(slot & 0xFFFF_FFFF) - 1].pointee.high
    }
  }
}
