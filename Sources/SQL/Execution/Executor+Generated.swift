import Store

/// Generated columns: computed last, from the row as it will be.
extension Executor {
  private func generated(_ table: TableID) -> [GeneratedColumn] {
    Int(table.index) < program.generated.count ? program.generated[Int(table.index)] : []
  }

  /// Computes the generated columns of the row that lies on the operands.
  mutating func generate(_ table: TableID, values: Int) throws(SQLError) {
    guard !program.generated.isEmpty, !generated(table).isEmpty else { return }
    let width = program.schema[table].columns.count
    pushLevel(width: 1 + width)
    defer { popLevel() }
    let base = levels[levels.count - 1]
    for column in 0..<width { tuples[base + 1 + column] = operands[values + column] }
    for item in generated(table) {
      let value = try evaluate(item.expression)
      operands[values + item.column] = value
    }
  }

  /// Whether a generated column of a key differs between the row on the operands and the one at the start
  /// of the top tuple.
  func changesGeneratedKey(_ table: TableID, _ values: Int) -> Bool {
    guard !program.generated.isEmpty else { return false }
    let base = levels[levels.count - 1] + 1
    return generated(table).contains {
      program.schema[table].isKeyColumn($0.column)
        && operands[values + $0.column] != tuples[base + $0.column]
    }
  }

  /// Whether assignments name a column of a key, or one that a generated column of a key depends on.
  func setsKey(_ assignments: [Assignment], _ table: TableID) -> Bool {
    let definition = program.schema[table]
    if assignments.contains(where: { definition.isKeyColumn($0.column) }) { return true }
    guard !program.generated.isEmpty else { return false }
    return generated(table).contains { item in
      definition.isKeyColumn(item.column)
        && assignments.contains { item.reads.contains($0.column) }
    }
  }
}
