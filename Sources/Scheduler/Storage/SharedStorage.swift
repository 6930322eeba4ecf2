import Synchronization

/// A growing run of plain elements that any number of threads read while one adds to it.
///
/// Elements never move: chunk `n` has `2ⁿ` times the elements of the first, and where an element lies follows
/// from its number alone.
///
///     chunk 0 [ 0 … 255 ]   1 [ 256 … 767 ]   2 [ 768 … 1791 ]   …
///
/// - Note: A thread may ask only for elements that were added before something which it has been told with
///   acquire semantics: an element's number out of a slot or from another thread by way of a lock. That is what
///   makes the plain reads right; the users of this type see to it.
struct SharedStorage<Element: BitwiseCopyable>: ~Copyable {
  private let chunks: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>
  private let used = Atomic<Int>(0)

  private static var firstLog2: Int { 8 }
  private static var chunkLimit: Int { 40 }

  init() {
    chunks = .allocate(capacity: Self.chunkLimit)
    chunks.initialize(repeating: nil, count: Self.chunkLimit)
  }

  deinit {
    for index in 0..<Self.chunkLimit { chunks[index]?.deallocate() }
    chunks.deallocate()
  }

  var count: Int { used.load(ordering: .relaxed) }

  /// The memory in use.
  var byteCount: Int {
    let count = self.count
    guard count > 0 else { return 0 }
    let chunks = Self.place(of: count - 1).chunk + 1
    return (((1 << chunks) - 1) << Self.firstLog2) * MemoryLayout<Element>.stride
  }

  /// Adds an element; one thread at a time.
  func append(_ element: Element) {
    let number = count
    let (chunk, offset) = Self.place(of: number)
    let start: UnsafeMutablePointer<Element>
    if let old = chunks[chunk] {
      start = old
    } else {
      start = .allocate(capacity: 1 << (chunk + Self.firstLog2))
      chunks[chunk] = start
    }
    (start + offset).initialize(to: element)
    used.store(number + 1, ordering: .relaxed)
  }

  /// An element that is known to have been added.
  subscript(index: Int) -> Element { reader[index].pointee }

  var reader: Reader { Reader(chunks: chunks) }

  /// Reads elements as long as the storage is there, and counts no references.
  struct Reader: BitwiseCopyable {
    fileprivate let chunks: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>

    /// Where an element lies that is known to have been added.
    @inline(__always)
    subscript(index: Int) -> UnsafeMutablePointer<Element> {
      let (chunk, offset) = SharedStorage.place(of: index)
      guard let start = chunks[chunk] else { preconditionFailure("there is no element \(index)") }
      return start + offset
    }
  }

  @inline(__always) private static func place(of index: Int) -> (chunk: Int, offset: Int) {
    let shifted = index + (1 << firstLog2)
    let chunk = Int.bitWidth - 1 - shifted.leadingZeroBitCount - firstLog2
    return (chunk, shifted - (1 << (chunk + firstLog2)))
  }
}

/// The slots of an open-addressing table that any number of threads probe while one, holding the table's lock,
/// adds to it.
///
/// A slot holds 32 bits of the key's hash and the entry's number plus one; 0 is an empty slot. A slot is written
/// when its entry is complete, with release semantics, and read with acquire semantics, so whoever finds a number
/// may read the entry. When the slots are too few, they are copied to a larger array; a thread that still looks at
/// the old one misses at worst what is new, and asks again under the lock.
///
/// The class is checked by hand: threads that probe read `current` alone, the rest belongs to who holds the lock.
final class SharedSlots: @unchecked Sendable {
  /// The current array's address: its first word is the mask, the slots follow.
  private let current: UnsafeMutablePointer<Atomic<UInt>>
  /// All arrays, the current one last; old ones are kept, as threads may be reading them.
  private var arrays: ContiguousArray<UnsafeMutablePointer<Atomic<UInt64>>> = []
  private var used = 0
  /// How many of four slots are in use at most.
  private let fill: Int
  /// The memory in use.
  private(set) var byteCount: Int

  init(capacityLog2: Int = 8, fill: Int = 2) {
    self.fill = fill
    let array = Self.array(capacity: 1 << capacityLog2)
    current = .allocate(capacity: 1)
    current.initialize(to: Atomic(UInt(bitPattern: array)))
    arrays.append(array)
    byteCount = ((1 << capacityLog2) + 1) * 8
  }

  deinit {
    for array in arrays { array.deallocate() }
    current.deallocate()
  }

  private static func array(capacity: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    let array = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: capacity + 1)
    array.initialize(to: Atomic(UInt64(capacity - 1)))
    for slot in 1...capacity { (array + slot).initialize(to: Atomic(0)) }
    return array
  }

  var reader: Reader { Reader(current: current) }

  /// Looks for entries as long as the slots are there, and counts no references.
  struct Reader: BitwiseCopyable {
    fileprivate let current: UnsafeMutablePointer<Atomic<UInt>>

    /// The slot that is probed first for a hash.
    @inline(__always)
    func firstSlot(_ hash: UInt64) -> UInt64 {
      guard
        let array = UnsafeMutablePointer<Atomic<UInt64>>(
          bitPattern: current.pointee.load(ordering: .acquiring))
      else { return 0 }
      let mask = Int(truncatingIfNeeded: array[0].load(ordering: .relaxed))
      return array[(Int(truncatingIfNeeded: hash) & mask) + 1].load(ordering: .acquiring)
    }

    /// The number of the entry with this hash that `isWanted` picks, `nil` if none was found.
    @inline(__always)
    func find(_ hash: UInt64, where isWanted: (Int) -> Bool) -> Int? {
      guard
        let array = UnsafeMutablePointer<Atomic<UInt64>>(
          bitPattern: current.pointee.load(ordering: .acquiring))
      else { return nil }
      let mask = Int(truncatingIfNeeded: array[0].load(ordering: .relaxed))
      var probe = Int(truncatingIfNeeded: hash) & mask
      while true {
        let slot = array[probe + 1].load(ordering: .acquiring)
        if slot == 0 { return nil }
        if slot >> 32 == hash >> 32 {
          let number = Int(slot & 0xFFFF_FFFF) - 1
          if isWanted(number) { return number }
        }
        probe = (probe + 1) & mask
      }
    }
  }

  /// Gives back the memory of arrays that were too small; only while no other thread probes.
  func removeOldArrays() {
    for array in arrays.dropLast() {
      byteCount -= (Int(array[0].load(ordering: .relaxed)) + 2) * 8
      array.deallocate()
    }
    arrays.removeFirst(arrays.count - 1)
  }

  /// Makes an entry known, which must be complete; under the table's lock.
  ///
  /// `hash` gives the hashes of all entries.
  func insert(_ number: Int, hash: (Int) -> UInt64) {
    precondition(number < Int(UInt32.max), "a table has at most \(UInt32.max) entries")
    var array = arrays[arrays.count - 1]
    let capacity = Int(array[0].load(ordering: .relaxed)) + 1
    used += 1
    if used * 4 > capacity * fill {
      array = Self.array(capacity: capacity * 2)
      for earlier in 0..<number { Self.put(earlier, hash(earlier), array) }
      Self.put(number, hash(number), array)
      arrays.append(array)
      byteCount += (capacity * 2 + 1) * 8
      current.pointee.store(UInt(bitPattern: array), ordering: .releasing)
    } else {
      Self.put(number, hash(number), array)
    }
  }

  private static func put(
    _ number: Int, _ hash: UInt64, _ array: UnsafeMutablePointer<Atomic<UInt64>>
  ) {
    let mask = Int(array[0].load(ordering: .relaxed))
    var probe = Int(truncatingIfNeeded: hash) & mask
    while array[probe + 1].load(ordering: .relaxed) != 0 { probe = (probe + 1) & mask }
    array[probe + 1].store((hash >> 32) << 32 | UInt64(number + 1), ordering: .releasing)
  }
}
