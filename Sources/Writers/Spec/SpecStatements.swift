import SQL
import Store

// What kinds of statements a spec tells apart.

extension Schema {
  /// Whether a table's rows are another one's, too: a partition's, or those of a table that inherits.
  func isMember(_ name: String) -> Bool {
    guard let table = table(named: name) else { return false }
    return self[table].partitioned != nil
      || tables.contains { $0.name != name && $0.family.contains(table) }
  }
}

extension DropSyntax.Kind {
  /// Whether things of this kind hold rows or values, or are read as a table.
  var isRelation: Bool {
    switch self {
    case .table, .view, .sequence, .materializedView: true
    case .index, .function, .procedure, .trigger, .type, .schema: false
    }
  }
}

extension StatementSyntax {
  var isTwoPhase: Bool {
    if case .twoPhase = kind { return true }
    return false
  }

  /// Whether it changes a transaction or a setting, and names no table.
  var isCommand: Bool {
    switch kind {
    case .begin, .setTransaction, .setSessionCharacteristics, .set: true
    default: false
    }
  }

  /// Whether it names a role, or a table's owner.
  var namesRole: Bool {
    guard case .alterTable(let change) = kind else { return isRole }
    return change.actions.contains { if case .setOwner = $0 { true } else { false } }
  }

  /// The command, if it is one that is followed only where all that steps define is known before they run.
  var preparedAlone: String? {
    switch kind {
    case .indexWork(.cluster): return "CLUSTER"
    case .indexWork: return "REINDEX"
    case .createIndex(let index): return index.isConcurrent ? "CREATE INDEX CONCURRENTLY" : nil
    case .drop(let drop): return drop.isConcurrent ? "DROP INDEX CONCURRENTLY" : nil
    case .alterTable(let change):
      for action in change.actions {
        switch action {
        case .attachPartition: return "ATTACH PARTITION"
        case .detachPartition: return "DETACH PARTITION"
        default: continue
        }
      }
      return nil
    default: return nil
    }
  }

  var isRole: Bool {
    if case .role = kind { return true }
    return false
  }

  var isTruncate: Bool {
    if case .truncate = kind { return true }
    return false
  }

  var isDefinition: Bool {
    switch kind {
    case .createTable, .createIndex, .createFunction, .createEnum, .createSequence,
      .alterSequence, .createView, .createSchema, .alterTable:
      true
    case .drop(let drop): drop.kind != .trigger
    default: false
    }
  }

  /// Statements on triggers: they are run where they stand.
  var isSwitch: Bool {
    switch kind {
    case .createTrigger: true
    case .drop(let drop): drop.kind == .trigger
    case .alterTable(let change):
      change.actions.allSatisfy {
        switch $0 {
        case .setTrigger, .setOwner: true
        default: false
        }
      }
    default: false
    }
  }

  /// What changes definitions in a step.
  var isChange: Bool {
    switch kind {
    case .alterTable, .alterSequence, .createIndex: true
    case .drop(let drop) where drop.kind == .index: true
    case .truncate(let truncate): truncate.restartsIdentity
    default: isSwitch
    }
  }

  /// Whether it is compiled with the definitions of the moment at which it runs, and has nothing to prepare.
  var isPlanned: Bool {
    if case .alterSequence = kind { return false }
    return isStepDefinition
  }
}
