import Synchronization

/// What sessions do where, remembered for all threads of a search: for a view, a session's place in it and its
/// private part, the choices that it has, and what becomes of them once they have been taken.
///
///     key                        entry                     outcomes
///     view | place | private ──▶ choices, first outcome ──▶ [ step ] [ victim ] …
///
/// An entry has room for an outcome of each of its choices, in the order of their kinds. Two threads may find the
/// same outcome at the same time: both write the same words.
///
/// The class is checked by hand: entries are added under ``lock`` and read as ``SharedStorage`` and ``SharedSlots``
/// allow; outcomes are atomic words.
final class TransitionMemo: @unchecked Sendable {
  struct Outcome: Equatable {
    var view: UInt32 = 0
    /// The private part of the session that acted.
    var part: UInt32 = 0
    /// Where the sessions have gone, a number for ``ComponentSystem``; -1 if they stay where they were.
    var moves: Int32 = -1
    /// If the session has begun to wait, the number of the list of those whom it waits for; else -1.
    var blockers: Int32 = -1
    /// Which labels of readers have become others, a number for ``ComponentSystem``; -1 if none has.
    var relabels: Int32 = -1
    /// It does no more than begin to wait, and could as well do so later.
    var isLate = false
    /// Whether properties can have changed.
    var isChanged = false
  }

  struct Entry: BitwiseCopyable {
    var view: UInt32
    var part: UInt32
    var place: UInt16
    /// Bit `n` stands for the kind of choice whose raw value is `n`.
    var choices: UInt8
    /// Three words for each outcome, the last of which is written last.
    fileprivate var outcomes: UnsafeMutablePointer<Atomic<UInt64>>

    /// What becomes of a choice; `nil` if nobody has taken it yet.
    @inline(__always)
    func outcome(of kind: UInt8) -> Outcome? {
      let words = self.words(of: kind)
      let last = words[2].load(ordering: .acquiring)
      if last == unknown { return nil }
      let first = words[0].load(ordering: .relaxed)
      let second = words[1].load(ordering: .relaxed)
      return Outcome(
        view: UInt32(truncatingIfNeeded: last), part: UInt32(truncatingIfNeeded: first),
        moves: Int32(bitPattern: UInt32(first >> 32)),
        blockers: Int32(truncatingIfNeeded: second),
        relabels: Int32(truncatingIfNeeded: second >> 32),
        isLate: last >> 33 & 1 == 1, isChanged: last >> 32 & 1 == 1)
    }

    @inline(__always)
    fileprivate func words(of kind: UInt8) -> UnsafeMutablePointer<Atomic<UInt64>> {
      outcomes + 3 * (choices & ((1 << kind) - 1)).nonzeroBitCount
    }
  }

  /// Reads entries as long as the memo is there, and counts no references.
  struct Reader: BitwiseCopyable {
    fileprivate let entries: SharedStorage<Entry>.Reader
    fileprivate let slots: SharedSlots.Reader

    /// The number of an entry, `nil` if there is none.
    @inline(__always)
    func number(view: UInt32, place: Int, part: UInt32) -> Int? {
      slots.find(hash(view, UInt16(truncatingIfNeeded: place), part)) { number in
        isEntry(number, view: view, place: place, part: part)
      }
    }

    /// Reads the slot where an entry would be found.
    @inline(__always)
    func touch(view: UInt32, place: Int, part: UInt32) -> UInt64 {
      slots.firstSlot(hash(view, UInt16(truncatingIfNeeded: place), part))
    }

    /// Whether a number is that of an entry; number 0 is that of none.
    @inline(__always)
    func isEntry(_ number: Int, view: UInt32, place: Int, part: UInt32) -> Bool {
      let entry = entries[number]
      return entry.pointee.view == view && entry.pointee.part == part
        && Int(entry.pointee.place) == place
    }

    @inline(__always)
    subscript(number: Int) -> Entry { entries[number].pointee }
  }

  var reader: Reader { Reader(entries: entries.reader, slots: slots.reader) }

  /// What is added to the place of a reader that is the only one with its label (`Readers.swift`); no place is as great.
  static let lastReaderBit = 1 << 15

  private static let unknown = UInt64.max
  private static let blockWords = 1 << 13

  private let entries = SharedStorage<Entry>()
  private let slots = SharedSlots(capacityLog2: 10)
  private let lock = Mutex<Void>(())
  private var blocks: ContiguousArray<UnsafeMutablePointer<Atomic<UInt64>>> = []
  private var free: UnsafeMutablePointer<Atomic<UInt64>>
  private var freeCount = blockWords

  init() {
    free = .allocate(capacity: Self.blockWords)
    blocks.append(free)
    entries.append(Entry(view: .max, part: .max, place: .max, choices: 0, outcomes: free))
  }

  deinit {
    // Atomic words need no deinitialization.
    for block in blocks { block.deallocate() }
  }

  var count: Int { lock.withLock { _ in entries.count - 1 } }

  /// The memory in use.
  var byteCount: Int {
    lock.withLock { _ in
      blocks.count * Self.blockWords * 8 + entries.byteCount + slots.byteCount
    }
  }

  /// The number of an entry, `nil` if there is none.
  func entry(view: UInt32, place: Int, part: UInt32) -> Int? {
    reader.number(view: view, place: place, part: part)
  }

  /// Whether a number is that of an entry; number 0 is that of none.
  func isEntry(_ number: Int, view: UInt32, place: Int, part: UInt32) -> Bool {
    reader.isEntry(number, view: view, place: place, part: part)
  }

  func view(of entry: Int) -> UInt32 { entries[entry].view }
  func place(of entry: Int) -> Int { Int(entries[entry].place) & ~Self.lastReaderBit }
  /// Whether the session is the only reader with its label.
  func isLastReader(_ entry: Int) -> Bool { Int(entries[entry].place) & Self.lastReaderBit != 0 }
  func part(of entry: Int) -> UInt32 { entries[entry].part }

  /// The choices of an entry: bit `n` stands for the kind whose raw value is `n`.
  func choices(of entry: Int) -> UInt8 { entries[entry].choices }

  /// What becomes of a choice of an entry; `nil` if nobody has taken it yet.
  func outcome(of kind: UInt8, in entry: Int) -> Outcome? { entries[entry].outcome(of: kind) }

  func remember(_ outcome: Outcome, of kind: UInt8, in entry: Int) {
    let words = entries[entry].words(of: kind)
    let moves = UInt64(UInt32(bitPattern: outcome.moves))
    words[0].store(UInt64(outcome.part) | moves << 32, ordering: .relaxed)
    let relabels = UInt64(UInt32(bitPattern: outcome.relabels))
    words[1].store(
      UInt64(UInt32(bitPattern: outcome.blockers)) | relabels << 32, ordering: .relaxed)
    words[2].store(
      UInt64(outcome.view) | (outcome.isChanged ? 1 << 32 : 0) | (outcome.isLate ? 1 << 33 : 0),
      ordering: .releasing)
  }

  /// Adds an entry, if it is not there yet, and returns its number.
  @discardableResult
  func add(view: UInt32, place: Int, part: UInt32, choices: UInt8) -> Int {
    lock.withLock { _ in
      if let found = entry(view: view, place: place, part: part) { return found }
      let needed = 3 * choices.nonzeroBitCount
      if freeCount < needed {
        free = .allocate(capacity: Self.blockWords)
        freeCount = Self.blockWords
        blocks.append(free)
      }
      for word in 0..<needed { (free + word).initialize(to: Atomic(Self.unknown)) }
      let number = entries.count
      entries.append(
        Entry(view: view, part: part, place: UInt16(place), choices: choices, outcomes: free))
      free += needed
      freeCount -= needed
      slots.insert(number) { number in
        let entry = entries[number]
        return Self.hash(entry.view, entry.place, entry.part)
      }
      return number
    }
  }

  private static func hash(_ view: UInt32, _ place: UInt16, _ part: UInt32) -> UInt64 {
    let key = (UInt64(view) << 32 | UInt64(part)) ^ (UInt64(place) &* 0x9E37_79B9_7F4A_7C15)
    let product = key.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }
}
