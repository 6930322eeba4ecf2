package import Store

/// What happens to a row (or, for a statement's triggers, what the statement does).
package enum RowEvent: UInt8, Hashable, Sendable, CaseIterable {
  case insert, update, delete

  /// As TG_OP has it.
  package var name: String {
    switch self {
    case .insert: "INSERT"
    case .update: "UPDATE"
    case .delete: "DELETE"
    }
  }

  var bit: UInt8 { 1 << rawValue }
}

/// A trigger on a table, compiled.
package struct Trigger: Sendable {
  package enum Timing: Hashable, Sendable { case before, after }

  package var name: String
  package var table: TableID
  package var timing: Timing
  package var isForEachRow: Bool
  /// The bits of the ``RowEvent``s that it fires for.
  package var events: UInt8
  /// `UPDATE OF`: it fires if one of these is in SET; empty for any.
  package var columns: [Int]
  /// WHEN, in a tuple of two relations, OLD and NEW, each with an identity word first.
  package var condition: Expression?
  /// Its function, compiled for this trigger: TG_OP, OLD's and NEW's columns are the parameters.
  package var routine: RoutineID
  /// A constraint trigger's position in ``Schema/deferrables``.
  package var deferrable: UInt8?

  package init(
    name: String, table: TableID, timing: Timing, isForEachRow: Bool, events: UInt8,
    columns: [Int], routine: RoutineID
  ) {
    self.name = name
    self.table = table
    self.timing = timing
    self.isForEachRow = isForEachRow
    self.events = events
    self.columns = columns
    self.routine = routine
  }

  /// Triggers fire in the order of their names, and so do the ones behind foreign keys, which are called
  /// `RI_ConstraintTrigger_…`.
  package var firesBeforeForeignKeys: Bool { name.utf8.lexicographicallyPrecedes(Self.foreignKeys) }

  private static let foreignKeys = "RI_ConstraintTrigger_".utf8
}

extension Program {
  /// The most triggers of one table: a row's are a mask in one word.
  package static let triggersLimit = 48

  /// The triggers of a table that fire for an event, as bits of their positions in ``tableTriggers``.
  func triggers(
    of table: TableID, _ timing: Trigger.Timing, isForEachRow: Bool, _ event: RowEvent,
    assigned: [Int], inactive: UInt64
  ) -> UInt64 {
    guard Int(table.index) < tableTriggers.count else { return 0 }
    var mask: UInt64 = 0
    for (position, index) in tableTriggers[Int(table.index)].enumerated() {
      if index < 64, inactive >> UInt64(index) & 1 == 1 { continue }
      let trigger = triggers[Int(index)]
      guard trigger.timing == timing, trigger.isForEachRow == isForEachRow,
        trigger.events & event.bit != 0
      else { continue }
      if event == .update, !trigger.columns.isEmpty,
        !trigger.columns.contains(where: { assigned.contains($0) })
      {
        continue
      }
      mask |= 1 << UInt64(position)
    }
    return mask
  }

  /// Whether a table has a BEFORE ROW trigger for an event, whatever columns it is for.
  func mayFireBefore(_ table: TableID, _ event: RowEvent, inactive: UInt64) -> Bool {
    guard Int(table.index) < tableTriggers.count else { return false }
    return tableTriggers[Int(table.index)].contains {
      if $0 < 64, inactive >> UInt64($0) & 1 == 1 { return false }
      let trigger = triggers[Int($0)]
      return trigger.timing == .before && trigger.isForEachRow && trigger.events & event.bit != 0
    }
  }
}
