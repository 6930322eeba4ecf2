import Store

// Finding rows by a whole unique key.
extension ProgramBuilder {
  /// The unique key by which a table's rows are found, where conditions give each of its columns a
  /// value that the relations before it, or none, decide.
  ///
  /// Both sides of an equality have the types that are compared; a column that had to be converted is
  /// no longer a bare column there, so that equal keys are what the operator calls equal.
  func keyLookup(of index: Int, in level: QueryLevel) -> KeyLookup? {
    let relation = level.relations[index]
    guard case .table(let table) = relation.source else { return nil }
    for unique in program.schema[table].uniqueIndexes where unique.isPlain {
      let values = unique.columns.compactMap { column in
        keyValue(relation.offset + 1 + column, of: index, in: level)
      }
      if values.count == unique.columns.count {
        return KeyLookup(columns: unique.columns, values: values.map { commit($0.code) })
      }
    }
    return nil
  }

  private func keyValue(_ offset: Int, of index: Int, in level: QueryLevel) -> Typed? {
    for condition in level.keyConditions where condition.relations.contains(index) {
      let equality = condition.equality
      for (column, value) in [
        (equality.left, equality.right), (equality.right, equality.left),
      ] where column.code.ownColumn == offset && isKnown(value.code, before: index, in: level) {
        return value
      }
    }
    return nil
  }

  /// Whether code can be evaluated before a relation is scanned, once for the scan.
  func isKnown(_ code: Code, before index: Int, in level: QueryLevel) -> Bool {
    if facts(of: code).usesSequence { return false }
    // A join that keeps its right side's rows may scan that side first.
    let limit = level.hasRightJoin ? 0 : level.relations[index].offset
    let end = level.relations[index].offset + level.relations[index].columnCount
    let isLast = level.scansFirstLast && index == 0
    let last = level.scansFirstLast ? level.relations[0].columnCount : -1
    var isKnown = true
    visitColumns(of: code) { queryLevel, offset in
      guard queryLevel == 0 else {
        if queryLevel == 1, level.hidesOuter { isKnown = false }
        return
      }
      if offset >= limit, !isLast || offset <= end { isKnown = false }
      if offset <= last { isKnown = false }
    }
    return isKnown
  }

  /// Whether a relation's rows are found by a key that is decided before the statement begins.
  func hasConstantKey(_ relation: Relation) -> Bool {
    guard let key = relation.key else { return false }
    return key.values.allSatisfy { expression in
      let code = self.code(of: expression)
      var namesColumn = false
      visitColumns(of: code) { _, _ in namesColumn = true }
      return !namesColumn && !hasSubquery(code)
    }
  }

  func code(of expression: Expression) -> Code {
    let span = SourceSpan(file: 0, start: 0, end: 0)
    var code = Code()
    for operation in program.operations[program.range(of: expression)] {
      code.append(operation, at: span)
    }
    return code
  }
}
