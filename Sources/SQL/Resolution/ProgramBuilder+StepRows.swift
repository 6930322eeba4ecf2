package import Store

// What a definition in a step makes of the rows that are there.
extension ProgramBuilder {
  /// The words of a row in its table's new shape.
  package func reshaped(
    _ former: [Value], _ reshape: StepDefinition.Reshape
  ) throws(SQLError) -> [Value] {
    var row: [Value] = []
    for source in reshape.columns {
      switch source {
      case .old(let position): row.append(former[position])
      case .value(let value): row.append(value)
      case .code(let code): row.append(try evaluate(code, row: former))
      }
    }
    let computed = program.computed
    guard Int(reshape.table.index) < computed.count else { return row }
    for cell in computed[Int(reshape.table.index)] {
      let code = self.code(of: cell.expression)
      let value = try evaluate(code, row: row)
      row.append(cell.isPredicate ? value.isTrue ? .true : .null : value)
    }
    return row
  }

  /// Fails unless the rows that are there, in their new shapes, meet what the definition asks for.
  package func check(
    _ definition: StepDefinition, rows: (TableID) -> [[Value]]
  ) throws(SQLError) {
    for check in definition.checks {
      guard case .unique(let table, let name) = check else { continue }
      try checkUnique(table, name, rows(table))
    }
    for check in definition.checks {
      switch check {
      case .unique: break
      case .notNull(let table, let column):
        let shape = program.schema[table]
        guard rows(table).contains(where: { $0[column].isNull }) else { continue }
        throw SQLError(
          .notNullViolation,
          "column \"\(shape.columns[column].name)\" of relation \"\(shape.name)\" contains null values"
        )
      case .condition(let table, let name):
        let constraint = program.checks[Int(table.index)].first { $0.name == name }
        guard let constraint else { continue }
        for row in rows(table)
        where try evaluate(code(of: constraint.condition), row: row).isFalse {
          throw SQLError(
            .checkViolation,
            "check constraint \"\(name)\" of relation \"\(program.schema[table].name)\" is violated "
              + "by some row")
        }
      case .reference(let table, let key): try checkReference(table, key, rows)
      }
    }
  }

  private func checkUnique(
    _ table: TableID, _ name: String, _ rows: [[Value]]
  ) throws(SQLError) {
    let index = program.schema[table].uniqueIndexes.first { $0.name == name }
    guard let index else { return }
    let keys = rows.filter { row in
      if let predicate = index.predicate, !row[predicate].isTrue { return false }
      return index.areNullsEqual || !index.columns.contains { row[$0].isNull }
    }.map { row in index.columns.map { row[$0] } }
    func isSame(_ left: Value, _ right: Value) -> Bool {
      left.isNull || right.isNull
        ? left.isNull && right.isNull : left == right || Value.equal(left, right)
    }
    for (number, key) in keys.enumerated() {
      for other in keys[..<number] where zip(key, other).allSatisfy(isSame) {
        throw SQLError(.uniqueViolation, "could not create unique index \"\(name)\"")
      }
    }
  }

  private func checkReference(
    _ table: TableID, _ number: Int, _ rows: (TableID) -> [[Value]]
  ) throws(SQLError) {
    let key = program.schema[table].foreignKeys[number]
    let parents = rows(key.parent).map { row in key.parentColumns.map { row[$0] } }
    for row in rows(table) {
      let values = key.columns.map { row[$0] }
      if values.contains(where: \.isNull) { continue }
      let isThere = parents.contains { parent in
        zip(parent, values).allSatisfy { $0 == $1 || !$0.isNull && Value.equal($0, $1) }
      }
      if isThere { continue }
      let shape = program.schema[table]
      throw SQLError.foreignKeyMissingParent(
        constraint: key.name, table: shape.name, parent: program.schema[key.parent].name,
        key: key.columns.map { shape.stored($0).name }.joined(separator: ", "),
        values: zip(key.columns, values).map { column, value in
          value.formatted(
            as: shape.stored(column).type, catalog: program.types, options: program.format)
        }.joined(separator: ", "))
    }
  }

  /// The value of an expression that reads a row of one table, which nothing but its words.
  private func evaluate(_ code: Code, row: [Value]) throws(SQLError) -> Value {
    var bound = code
    for (index, operation) in code.operations.enumerated() {
      if case .column(0, let offset) = operation, offset > 0, Int(offset) <= row.count {
        bound.replace(index, with: .constant(row[Int(offset) - 1]))
      }
    }
    do throws(ConstantEvaluator.Failure) {
      return try ConstantEvaluator(program: program).evaluate(bound)
    } catch {
      switch error {
      case .error(let error): throw error
      case .notConstant:
        throw SQLError(
          .featureNotSupported,
          "a definition whose rows are computed by functions, sequences or queries is not simulated"
        )
      }
    }
  }
}
