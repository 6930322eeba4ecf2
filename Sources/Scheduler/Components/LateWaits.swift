import Synchronization

/// Whether waits may be put off after all, for all threads of a search.
///
/// Where it turns out that they may not, the search must be done again with none put off:
///
/// - In a table whose rows are asked for in modes that do not all stand against each other
///   (``WaitFacts/isUniform``), somebody asks for a row while holding something else.
/// - Somebody who holds something begins to wait for a row, and could not do so later. Where that is in the way of a
///   locking SELECT that was put off, the SELECT might have stayed before it at a version that is now superseded; and
///   where it has fixed a snapshot, anybody who was put off might have come before it.
/// - A cycle of waits closes, and somebody may wait late whose guard need not hold any more then: it would not wait, and
///   be no victim.
final class LateWaits: Sendable {
  enum Sort: Int, CaseIterable { case late, lateSelect, early, earlySnapshot }

  private enum Fact {
    static let refuted: UInt64 = 1
    static let guarded: UInt64 = 2
    static let cycle: UInt64 = 4
  }

  private final class Bits: Sendable {
    private let word = Atomic<UInt64>(0)
    var all: UInt64 { word.load(ordering: .sequentiallyConsistent) }
    func insert(_ bits: UInt64) { word.bitwiseOr(bits, ordering: .sequentiallyConsistent) }
  }

  private let facts = Bits()
  /// For each sort of wait, the tables that have been waited for, a bit for each.
  private let tables = Sort.allCases.map { _ in Bits() }

  var isRefuted: Bool { facts.all & Fact.refuted != 0 }
  func refute() { facts.insert(Fact.refuted) }

  /// They are refuted, or would be if latecomers were not known.
  var isDoubtful: Bool {
    let guardedCycle = Fact.guarded | Fact.cycle
    return isRefuted || facts.all & guardedCycle == guardedCycle
      || has(.lateSelect) & has(.early) != 0
  }

  /// Latecomers have to be known, or it is better if they are.
  var needLatecomers: Bool { isDoubtful || facts.all & Fact.cycle != 0 }

  /// Somebody may wait late whose guard need not hold any more then.
  func noteGuarded() { facts.insert(Fact.guarded) }

  /// A cycle of waits has closed.
  func noteCycle() { facts.insert(Fact.cycle) }

  func note(_ sort: Sort, table: UInt16) {
    tables[sort.rawValue].insert(1 << min(UInt64(table), 63))
    if has(.late) & has(.earlySnapshot) != 0 { refute() }
  }

  /// The tables that have been waited for in such a way, a bit for each.
  private func has(_ sort: Sort) -> UInt64 { tables[sort.rawValue].all }

  /// All that has been noted, for checkpoints: what refutes late waits may have been met in part.
  var words: ContiguousArray<UInt64> { ContiguousArray(([facts] + tables).map(\.all)) }

  /// Takes over what ``words`` were; returns whether they make sense.
  func restore(_ words: ContiguousArray<UInt64>) -> Bool {
    guard words.count == 1 + tables.count else { return false }
    for (bits, word) in zip([facts] + tables, words) { bits.insert(word) }
    return true
  }
}
