/// What sessions do where, remembered: for a view, a session's place in it and its private part, the choices
/// that it has, and what becomes of them once they have been taken.
///
///     key                        entry                     outcomes
///     view | place | private ──▶ choices, first outcome ──▶ [ step ] [ victim ] …
///
/// An entry has room for an outcome of each of its choices, in the order of their kinds.
struct TransitionMemo: ~Copyable {
  struct Outcome: BitwiseCopyable {
    /// ``unknown`` if nobody has taken the choice yet.
    var view: UInt32 = unknown
    /// The private part of the session that acted.
    var part: UInt32 = 0
    /// Where the sessions have gone, a number for ``ComponentSystem``; -1 if they stay where they were.
    var moves: Int32 = -1
    /// If the session does no more than begin to wait, and could as well do so later, the number of the list of
    /// those whom it waits for; else -1.
    var blockers: Int32 = -1
    /// Whether properties can have changed.
    var isChanged = false

    static let unknown = UInt32.max
  }

  private struct Entry: BitwiseCopyable {
    var view: UInt32
    var part: UInt32
    var place: UInt16
    /// Bit `n` stands for the kind of choice whose raw value is `n`.
    var choices: UInt8
    var firstOutcome: UInt32
  }

  private var entries: ContiguousArray<Entry> = []
  var outcomes: ContiguousArray<Outcome> = []
  /// An entry's number plus one; 0 for an empty slot.
  private var slots: ContiguousArray<UInt32> = ContiguousArray(repeating: 0, count: 1 << 10)

  init() {}

  var count: Int { entries.count }

  /// The memory in use.
  var byteCount: Int { entries.count * 16 + outcomes.count * 20 + slots.count * 4 }

  /// The number of an entry, `nil` if there is none.
  func entry(view: UInt32, place: Int, part: UInt32) -> Int? {
    var slot = self.slot(view, place, part)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      let entry = entries[number]
      if entry.view == view && entry.part == part && Int(entry.place) == place { return number }
      slot = (slot + 1) & (slots.count - 1)
    }
    return nil
  }

  func view(of entry: Int) -> UInt32 { entries[entry].view }
  func place(of entry: Int) -> Int { Int(entries[entry].place) }
  func part(of entry: Int) -> UInt32 { entries[entry].part }

  /// The choices of an entry: bit `n` stands for the kind whose raw value is `n`.
  func choices(of entry: Int) -> UInt8 { entries[entry].choices }

  /// The position of the outcome of a choice in ``outcomes``.
  func position(of kind: UInt8, in entry: Int) -> Int {
    let before = entries[entry].choices & ((1 << kind) - 1)
    return Int(entries[entry].firstOutcome) + before.nonzeroBitCount
  }

  /// Adds an entry, which must not be there yet.
  @discardableResult
  mutating func add(view: UInt32, place: Int, part: UInt32, choices: UInt8) -> Int {
    let number = entries.count
    entries.append(
      Entry(
        view: view, part: part, place: UInt16(place), choices: choices,
        firstOutcome: UInt32(outcomes.count)))
    for _ in 0..<choices.nonzeroBitCount { outcomes.append(Outcome()) }
    if entries.count * 2 > slots.count {
      slots = ContiguousArray(repeating: 0, count: slots.count * 2)
      for number in entries.indices { insert(number) }
    } else {
      insert(number)
    }
    return number
  }

  private mutating func insert(_ number: Int) {
    let entry = entries[number]
    var slot = self.slot(entry.view, Int(entry.place), entry.part)
    while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
    slots[slot] = UInt32(number) + 1
  }

  private func slot(_ view: UInt32, _ place: Int, _ part: UInt32) -> Int {
    let key = (UInt64(view) << 32 | UInt64(part)) ^ (UInt64(place) &* 0x9E37_79B9_7F4A_7C15)
    let product = key.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return Int(truncatingIfNeeded: product.high ^ product.low) & (slots.count - 1)
  }
}
