package import SQL
package import Store
package import Writers

/// The part of an invariant's condition that makes a row a violation.
///
///     SELECT p.id, o.status FROM payments p JOIN orders o ON o.id = p.order_id
///     WHERE p.status = 'confirmed' AND o.status IN ('expired', 'cancelled')
///                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
///     o.status = 'expired'
///
/// All conjuncts of the condition are true of a row that the query returns. The part that is shown is
/// the one about the columns that changed last: before that change the invariant held. Of a grouped
/// query it is HAVING.
package struct FalsePart: Hashable, Sendable {
  package struct Cell: Hashable, Sendable {
    /// As the condition writes it: `o.status`.
    package var column: String
    /// SQL text output; `NULL` for NULL.
    package var value: String

    package init(column: String, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// The conjunct as written; several are joined by `AND`.
  package var text: String
  /// Offsets in bytes within the query's text, for carets; one for each conjunct.
  package var ranges: [Range<Int>]
  /// The columns in it that the violating row gives a value for.
  package var values: [Cell]

  /// Finds it.
  ///
  /// - Parameters:
  ///   - invariant: The violated invariant.
  ///   - model: The model that it belongs to.
  ///   - columns: What the query returns.
  ///   - rows: The rows that it returned.
  ///   - history: The run up to the violation.
  /// - Returns: `nil` if the query has no condition, or cannot be read.
  package static func find(
    in invariant: Invariant, model: Model, columns: [OutputColumn], rows: [[Value]],
    history: History
  ) -> FalsePart? {
    let sources = model.program.sources
    guard Int(invariant.span.file) < sources.files.count else { return nil }
    let text = sources.text(of: invariant.span)
    guard let finder = FalsePartFinder(text: text, model: model) else { return nil }
    return finder.find(columns: columns, row: rows.first ?? [], ledger: Ledger(history, model))
  }
}

private struct FalsePartFinder {
  private let text: String
  private let model: Model
  private let survey: SyntaxSurvey
  /// The operands of AND in WHERE and HAVING of the outermost query.
  private let conjuncts: [ExpressionSyntax]
  /// Those of HAVING: where there are any, it is the group that breaks the rule.
  private let groupConjuncts: [ExpressionSyntax]
  private let targets: [TargetSyntax]

  init?(text: String, model: Model) {
    let file = SourceFile(path: "", text: text)
    let parsed = SQLReader.statements(in: file)
    guard parsed.isUsable, case .select(let query)? = parsed.value.first?.kind,
      let select = Self.outermost(query.body)
    else { return nil }
    let conditions = [select.condition, select.having].compactMap { $0 }
    guard !conditions.isEmpty else { return nil }
    self.text = text
    self.model = model
    conjuncts = conditions.flatMap(\.conjuncts)
    groupConjuncts = select.having?.conjuncts ?? []
    targets = select.targets
    var survey = SyntaxSurvey()
    survey.visit(query)
    self.survey = survey
  }

  private static func outermost(_ body: QueryBodySyntax) -> SelectSyntax? {
    switch body {
    case .select(let select): select
    case .nested(let query): outermost(query.body)
    case .values, .setOperation: nil
    }
  }

  func find(columns: [OutputColumn], row: [Value], ledger: Ledger) -> FalsePart {
    let chosen = groupConjuncts.isEmpty ? decisive(ledger) ?? conjuncts : groupConjuncts
    var cells: [FalsePart.Cell] = []
    for conjunct in chosen {
      cells += outputs(in: conjunct, columns, row).filter { !cells.contains($0) }
      for name in mentioned(in: conjunct) {
        guard !cells.contains(where: { $0.column == name.text }),
          let value = value(of: name, row, ledger)
        else { continue }
        cells.append(FalsePart.Cell(column: name.text, value: value))
      }
    }
    let bytes = Array(text.utf8)
    let ranges = chosen.map { $0.span.range.clamped(to: bytes.indices) }
    let texts = ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
    return FalsePart(
      text: texts.map { StatementText.folded($0) }.joined(separator: " AND "), ranges: ranges,
      values: cells)
  }

  // MARK: Which conjuncts

  /// Those about the columns of the newest change that any conjunct is about.
  private func decisive(_ ledger: Ledger) -> [ExpressionSyntax]? {
    for write in ledger.writes.reversed() where !write.isUndone {
      guard let table = table(write.row.table) else { continue }
      let changed = Set(changedColumns(write, table))
      let found = conjuncts.filter { conjunct in
        mentioned(in: conjunct).contains { name in
          column(name, of: table).map { changed.contains($0) } ?? false
        }
      }
      guard !found.isEmpty else { continue }
      // A comparison of two tables' columns only says which rows belong together.
      let telling = found.filter { !isJoin($0) }
      return telling.isEmpty ? found : telling
    }
    return nil
  }

  private func changedColumns(_ write: Ledger.Write, _ table: Table) -> [Int] {
    guard let before = write.before, let after = write.after else {
      return Array(table.columns.indices)
    }
    return zip(before, after).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
  }

  private func isJoin(_ conjunct: ExpressionSyntax) -> Bool {
    guard case .binary(.equal, let left, let right) = conjunct.kind, case .column = left.kind,
      case .column = right.kind
    else { return false }
    return true
  }

  private func mentioned(in expression: ExpressionSyntax) -> [QualifiedNameSyntax] {
    var inner = SyntaxSurvey()
    inner.visit(expression)
    return inner.columns
  }

  private func table(_ id: TableID) -> Table? {
    let tables = model.program.schema.tables
    return Int(id.index) < tables.count ? tables[Int(id.index)] : nil
  }

  /// The column of the table that a name in the query means.
  private func column(_ name: QualifiedNameSyntax, of table: Table) -> Int? {
    let isMeant = survey.tables.contains { mention in
      mention.name == table.name
        && (name.qualifiers.last.map { mention.isCalled($0.text) } ?? true)
    }
    guard isMeant else { return nil }
    return table.columns.firstIndex { $0.name == name.last.text }
  }

  // MARK: Values

  /// The parts of a conjunct that the query also returns, `count(*)` for one.
  private func outputs(
    in expression: ExpressionSyntax, _ columns: [OutputColumn], _ row: [Value]
  ) -> [FalsePart.Cell] {
    guard targets.count == columns.count, targets.count == row.count else { return [] }
    let text = source(of: expression)
    if let index = targets.firstIndex(where: { source(of: $0.value) == text }) {
      return [FalsePart.Cell(column: text, value: plain(row[index], columns[index].type))]
    }
    return expression.operands.flatMap { outputs(in: $0, columns, row) }
  }

  private func source(of expression: ExpressionSyntax) -> String {
    let bytes = Array(text.utf8)
    return StatementText.folded(
      String(decoding: bytes[expression.span.range.clamped(to: bytes.indices)], as: UTF8.self))
  }

  /// What the row of a table that the output is about holds in a column that the output does not show.
  private func value(
    of name: QualifiedNameSyntax, _ row: [Value], _ ledger: Ledger
  ) -> String? {
    for table in model.program.schema.tables.indices {
      guard let definition = self.table(TableID(table)), let column = column(name, of: definition),
        let values = violatingRow(of: TableID(table), definition, row, ledger),
        values.indices.contains(column)
      else { continue }
      return plain(values[column], definition.columns[column].type)
    }
    return nil
  }

  /// The row of a table that the output is about: the one with the key that it shows, or the only one.
  private func violatingRow(
    of id: TableID, _ table: Table, _ row: [Value], _ ledger: Ledger
  ) -> [Value]? {
    let live = ledger.rows.filter { $0.table == id }.compactMap {
      ledger.versions[$0]?.last?.values
    }
    if live.count == 1 { return live[0] }
    let key = table.uniqueIndexes.first(where: \.isPrimary)?.columns ?? []
    let shown = key.compactMap { keyColumn -> Value? in
      let index = targets.firstIndex {
        guard case .column(let name) = $0.value.kind else { return false }
        return column(name, of: table) == keyColumn
      }
      return index.flatMap { row.indices.contains($0) ? row[$0] : nil }
    }
    guard !key.isEmpty, shown.count == key.count else { return nil }
    return live.first { values in
      zip(key, shown).allSatisfy { values.indices.contains($0) && values[$0] == $1 }
    }
  }

  private func plain(_ value: Value, _ type: DataType) -> String {
    value.isNull ? "NULL" : value.formatted(as: type, catalog: model.program.types)
  }
}
