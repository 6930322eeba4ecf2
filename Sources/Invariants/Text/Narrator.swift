import SQL
import Store
import Writers

/// Puts sessions, rows, values and steps into words.
struct Narrator {
  let model: Model
  let ledger: Ledger
  private let texts: [StatementText]

  init(model: Model, ledger: Ledger) {
    self.model = model
    self.ledger = ledger
    let sources = model.program.sources
    var known: [SourceSpan: StatementText] = [:]
    var texts: [StatementText] = []
    for statement in ledger.statements {
      guard let span = statement.span, Int(span.file) < sources.files.count else {
        texts.append(StatementText(""))
        continue
      }
      let text = known[span] ?? StatementText(sources.text(of: span))
      known[span] = text
      texts.append(text)
    }
    self.texts = texts
  }

  // MARK: Names

  func writer(_ session: Int) -> String {
    model.sessions.indices.contains(session) ? model.sessions[session].name : "session \(session)"
  }

  func writer(ofTransaction transaction: Int) -> String {
    writer(ledger.transactions[transaction].session)
  }

  func table(_ id: TableID) -> Table? {
    let tables = model.program.schema.tables
    return Int(id.index) < tables.count ? tables[Int(id.index)] : nil
  }

  func tableName(_ id: TableID) -> String { table(id)?.name ?? "table \(id.index)" }

  /// `advisory lock 42`, or the table's name.
  func name(of object: LockObject) -> String { object.name(in: model.program.schema) }

  /// `orders(1)`: by primary key, or by the row's number in the table.
  func row(_ key: RowKey) -> String {
    guard let table = table(key.table) else { return "row \(key.row)" }
    guard let values = ledger.values(of: key),
      let columns = table.uniqueIndexes.first(where: \.isPrimary)?.columns,
      columns.allSatisfy({ values.indices.contains($0) })
    else { return "\(table.name)#\(key.row + 1)" }
    let texts = columns.map { plain(values[$0], table.columns[$0].type) }
    return "\(table.name)(\(texts.joined(separator: ", ")))"
  }

  /// `a`, `a and b`, `a, b and c`, each once.
  func list(_ words: [String]) -> String {
    var unique: [String] = []
    for word in words where !unique.contains(word) { unique.append(word) }
    guard unique.count > 1, let last = unique.last else { return unique.first ?? "" }
    return unique.dropLast().joined(separator: ", ") + " and " + last
  }

  // MARK: Values

  func plain(_ value: Value, _ type: DataType) -> String {
    value.isNull ? "NULL" : value.formatted(as: type, catalog: model.program.types)
  }

  /// As SQL writes it.
  func literal(_ value: Value, _ type: DataType) -> String {
    if value.isNull { return "NULL" }
    if let boolean = value.asBoolean { return boolean ? "true" : "false" }
    let text = plain(value, type)
    if type.isNumber { return text }
    return "'"
      + text.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''") + "'"
  }

  /// The columns that an update changed.
  func changedColumns(_ write: Ledger.Write) -> [Int] {
    guard let before = write.before, let after = write.after else {
      return table(write.row.table).map { Array($0.columns.indices) } ?? []
    }
    return zip(before, after).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
  }

  /// `changed status of orders(1) from 'pending' to 'paid'`, in the past.
  func deed(_ write: Ledger.Write) -> String {
    let name = row(write.row)
    switch write.kind {
    case .insert: return "inserted \(name)"
    case .delete: return "deleted \(name)"
    case .update:
      guard let table = table(write.row.table), let before = write.before,
        let after = write.after, let column = changedColumns(write).first,
        table.columns.indices.contains(column)
      else { return "updated \(name)" }
      let type = table.columns[column].type
      return "changed \(table.columns[column].name) of \(name) from "
        + "\(literal(before[column], type)) to \(literal(after[column], type))"
    }
  }

  // MARK: Statements

  func text(_ statement: Int) -> StatementText { texts[statement] }

  /// The table's primary key columns, as a row of that key is asked for: `id = …`.
  func keyCondition(_ table: Table) -> String {
    let columns = table.uniqueIndexes.first(where: \.isPrimary)?.columns ?? []
    if columns.isEmpty { return "…" }
    return columns.map { "\(table.columns[$0].name) = …" }.joined(separator: " AND ")
  }

  /// The step at which a transaction's work was everybody's.
  func commitStep(ofTransaction transaction: Int) -> Int? {
    let it = ledger.transactions[transaction]
    return it.isCommitted ? it.end : nil
  }

  /// `at step 3`, or `at step 3 (committed at step 4)`.
  func moment(_ write: Ledger.Write) -> String {
    guard let commit = commitStep(ofTransaction: write.transaction), commit != write.step else {
      return "at step \(write.step)"
    }
    return "at step \(write.step) (committed at step \(commit))"
  }
}
