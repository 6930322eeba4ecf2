import SQL
import Store

// The relations that setups create and drop, and their rows.
extension SpecServer {
  /// What DROP … IF EXISTS tells the client that sends it, where there is nothing to drop.
  func notice(of part: SpecString.Part) -> String? {
    switch part {
    case .drop(let name, ifExists: true, let kind) where relations[name] == nil:
      "NOTICE:  \(kind) \"\(name)\" does not exist, skipping"
    default: nil
    }
  }

  /// Does what a definition does to rows.
  ///
  /// - Returns: The error that the server would give.
  mutating func apply(_ part: SpecString.Part) -> SQLError? {
    switch part {
    case .run, .text: return nil
    case .forgetFunction(let name):
      catalogue?.forgetFunctions(named: name)
      if catalogue != nil { install(for: compiled.control) }
    case .truncate(let table, let sequences):
      clear(Int(table.index))
      for sequence in sequences { state.database.restore(sequence: sequence, from: initial) }
    case .create(let relation):
      if relations[relation.name] != nil {
        guard !relation.ifNotExists else { return nil }
        return SQLError(.duplicateTable, "relation \"\(relation.name)\" already exists")
      }
      relations[relation.name] = relation
      forgetDefinitions(of: relation)
      clear(relation)
      takeTriggers(of: relation)
    case .drop(let name, let ifExists, let kind):
      guard let relation = relations.removeValue(forKey: name) else {
        return ifExists ? nil : SQLError(.undefinedTable, "\(kind) \"\(name)\" does not exist")
      }
      forgetDefinitions(of: relation)
      clear(relation)
      dropMembers(of: relation)
    }
    return nil
  }

  /// The tables that have a dropped table's rows go with it: partitions, and what inherits, with CASCADE.
  private mutating func dropMembers(of relation: SpecRelation) {
    let tables = machine.model.program.schema.tables
    for table in relation.tables {
      for member in tables[table].family
      where Int(member.index) != table && isMember(member) {
        guard let other = relations.removeValue(forKey: tables[Int(member.index)].name) else {
          continue
        }
        clear(other)
      }
    }
  }

  /// Whether a table that has another one's rows does so now: partitions come and go.
  private func isMember(_ table: TableID) -> Bool {
    let known = state.database.partitionState(of: table, for: compiled.control, until: .max)
    return known.map { $0.state != .detached }
      ?? !machine.model.program.schema[table].isLatePartition
  }

  mutating func clear(_ relation: SpecRelation) {
    for table in relation.tables { clear(table) }
    for (number, trigger) in machine.model.program.triggers.enumerated().prefix(64)
    where relation.tables.contains(Int(trigger.table.index)) {
      state.database.inactiveTriggers |= 1 << UInt64(number)
    }
    for table in relation.tables {
      for key in machine.model.program.schema.tables[table].foreignKeys {
        guard let number = key.switchNumber else { continue }
        state.database.inactiveReferences |= 1 << UInt64(number)
      }
    }
    for table in relation.tables { state.database.forgetRoles(of: TableID(table)) }
    for sequence in relation.sequences {
      state.database.restore(sequence: sequence, from: initial)
    }
  }

  /// A new partition has the row triggers that its partitioned table has by now.
  private mutating func takeTriggers(of relation: SpecRelation) {
    let program = machine.model.program
    let triggers = program.triggers.enumerated().prefix(64)
    for table in relation.tables {
      guard let parent = program.schema.tables[table].partitioned else { continue }
      for (number, trigger) in triggers where Int(trigger.table.index) == table {
        let isThere = triggers.contains {
          $1.table == parent && $1.name == trigger.name
            && state.database.inactiveTriggers >> UInt64($0) & 1 == 0
        }
        if isThere { state.database.inactiveTriggers &= ~(1 << UInt64(number)) }
      }
    }
  }

  private mutating func clear(_ table: Int) {
    state.database.versions.removeAll { Int($0.table) == table }
    state.database.heap.removeAll { Int($0.table) == table }
    state.database.nextRow[table] = 0
  }
}
