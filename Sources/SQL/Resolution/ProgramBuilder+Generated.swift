import Store

// GENERATED ALWAYS AS (…) STORED.
extension ProgramBuilder {
  /// Compiles a table's generated columns; again after the table has changed.
  func compileGenerated(of table: TableID) {
    guard let written = generatedSyntax[table] else { return }
    while program.generated.count <= Int(table.index) { program.generated.append([]) }
    program.generated[Int(table.index)] = written.sorted { $0.key < $1.key }.compactMap {
      generated($0.key, $0.value, written, table)
    }
  }

  private func generated(
    _ position: Int, _ syntax: ExpressionSyntax, _ all: [Int: ExpressionSyntax], _ table: TableID
  ) -> GeneratedColumn? {
    guard let typed = indexOperand(syntax, isPredicate: false, table, inside: .generation) else {
      return nil
    }
    guard isImmutable(typed.code) else {
      report(
        Diagnostic(
          .invalidDefinition, "generation expression is not immutable", at: typed.span,
          caption: "its result depends on more than the row"))
      return nil
    }
    var reads: Set<Int> = []
    visitColumns(of: typed.code) { _, offset in reads.insert(offset - 1) }
    if let other = reads.sorted().first(where: { all[$0] != nil }) {
      report(
        Diagnostic(
          .invalidDefinition,
          "cannot use generated column `\(program.schema[table].columns[other].name)` in column "
            + "generation expression", at: typed.span))
      return nil
    }
    guard let value = stored(typed, in: position, of: table) else { return nil }
    return GeneratedColumn(
      column: position, expression: commit(value.code), reads: reads.sorted())
  }

  /// Refuses a value for a generated column.
  func checkNotGenerated(
    _ position: Int, of table: TableID, isUpdate: Bool, at span: SourceSpan
  ) -> Bool {
    guard generatedSyntax[table]?[position] != nil else { return true }
    let name = program.schema[table].columns[position].name
    report(
      Diagnostic(
        .notAssignable,
        isUpdate
          ? "column `\(name)` can only be updated to DEFAULT"
          : "cannot insert a non-DEFAULT value into column `\(name)`", at: span,
        caption: "the column is a generated column"))
    return false
  }
}
