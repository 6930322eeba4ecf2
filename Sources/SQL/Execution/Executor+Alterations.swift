import Store

/// What steps of isolation specs do to definitions.
extension Executor {
  mutating func alter(_ alteration: Alteration) throws(SQLError) {
    for change in alteration.changes {
      switch change {
      case .trigger(let number, let isOn):
        database.setTrigger(Int(number), isOn: isOn, session: session)
      case .fail(let error): throw error
      case .reference(let number): database.addReference(number, session: session)
      case .validate(let table, let key):
        try validate(program.schema[table].foreignKeys[key], of: table)
      case .index(let index): try setIndex(index)
      case .cluster(let table, let columns): cluster(table, by: columns)
      case .partition(let table, let parent, let state):
        try setPartition(table, of: parent, state)
      case .owner(let table, let role): try setOwner(of: table, to: role)
      case .sequence(let sequence, let change):
        try database.alter(
          sequence: Int(sequence), change, session: session, schema: program.schema)
      }
    }
  }

  /// All rows that are there meet a new foreign key, or it is an error (`RI_Initial_Check`).
  private func validate(_ key: Table.ForeignKey, of table: TableID) throws(SQLError) {
    let parents = keyMembers(of: key.parent).flatMap { newestCells($0) }
    let known = Set(
      parents.map { cells in key.parentColumns.map { database.cells[Int(cells) + $0] } })
    for cells in keyMembers(of: table).flatMap({ newestCells($0) }) {
      let values = key.columns.map { database.cells[Int(cells) + $0] }
      if values.contains(where: \.isNull) || known.contains(values) { continue }
      // Equal values may have different words.
      if parents.contains(where: { hasKey($0, key.parentColumns, values) }) { continue }
      let definition = program.schema[table]
      throw SQLError.foreignKeyMissingParent(
        constraint: key.name, table: definition.name, parent: program.schema[key.parent].name,
        key: describeColumns(definition, key.columns),
        values: describeKey(definition, key.columns, cells: cells))
    }
  }

  func newestCells(_ table: TableID) -> [Int32] {
    var cells: [Int32] = []
    var scan = database.scan(
      table.index, session: session, snapshot: database.commits, command: .max)
    while let found = database.next(&scan) { cells.append(found.cells) }
    return cells
  }
}
