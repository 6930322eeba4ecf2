import SQL
import Store
import Writers

/// A statement as written, and what can be told from its text alone.
struct StatementText {
  enum Kind: Equatable { case select, insert, update, delete, other }

  /// White space folded, comments and the semicolon left out.
  let text: String
  private(set) var kind = Kind.other
  /// The table that it changes.
  private(set) var target: String?
  /// The columns that an UPDATE sets.
  private(set) var assigned: [String] = []
  private(set) var survey = SyntaxSurvey()

  init(_ source: String) {
    text = Self.folded(source)
    let file = SourceFile(path: "", text: source + ";")
    let program = SQLReader.program(in: file)
    if program.isUsable {
      for statement in program.value { visit(statement.kind) }
      return
    }
    let expression = SQLReader.expression(in: SourceFile(path: "", text: source))
    if expression.isUsable, let value = expression.value { survey.visit(value) }
  }

  private mutating func visit(_ statement: ProceduralStatementKind) {
    switch statement {
    case .sql(let statement): visit(statement)
    case .perform(let query):
      kind = .select
      survey.visit(query)
    case .assign(_, let value), .returnValue(let value?): survey.visit(value)
    case .ifElse(let branches, _):
      for branch in branches { survey.visit(branch.condition) }
    case .forQuery(_, let source, _), .returnQuery(let source):
      switch source {
      case .query(let query):
        kind = .select
        survey.visit(query)
      case .statement(let statement): visit(statement)
      case .dynamic: return
      }
    default: return
    }
  }

  private mutating func visit(_ statement: StatementSyntax) {
    switch statement.kind {
    case .select: kind = .select
    case .insert(let insert):
      kind = .insert
      target = insert.table.name.last.text
    case .update(let update):
      kind = .update
      target = update.table.name.last.text
      assigned = update.assignments.flatMap { $0.columns.map(\.text) }
    case .delete(let delete):
      kind = .delete
      target = delete.table.name.last.text
    default: break
    }
    survey.visit(statement)
  }

  /// The text on one line, without its semicolon.
  static func folded(_ text: String) -> String {
    var words = SourceFile.folded(text)
    while words.last == ";" || words.last == " " { words.removeLast() }
    return words
  }

  // MARK: Conditions on one table

  /// How often the statement names the table.
  func mentions(of table: Table) -> Int { survey.tables.count { $0.name == table.name } }

  /// The column of the table that an expression is, `nil` if it is none.
  func column(_ expression: ExpressionSyntax, of table: Table) -> Int? {
    guard case .column(let name) = expression.kind else { return nil }
    return column(name, of: table)
  }

  func column(_ name: QualifiedNameSyntax, of table: Table) -> Int? {
    if let qualifier = name.qualifiers.last?.text {
      let isMeant = survey.tables.contains { $0.name == table.name && $0.isCalled(qualifier) }
      guard isMeant else { return nil }
    }
    return table.columns.firstIndex { $0.name == name.last.text }
  }

  /// The columns of the table that the conditions mention, in the order of the table.
  func conditionColumns(of table: Table) -> [Int] {
    var found: Set<Int> = []
    for conjunct in survey.conjuncts {
      var inner = SyntaxSurvey()
      inner.visit(conjunct)
      for name in inner.columns { if let column = column(name, of: table) { found.insert(column) } }
    }
    return found.sorted()
  }

  /// The columns of the table that must equal something, whatever it is.
  func equatedColumns(of table: Table) -> Set<Int> {
    var columns: Set<Int> = []
    for conjunct in survey.conjuncts {
      guard case .binary(.equal, let left, let right) = conjunct.kind else { continue }
      for side in [left, right] {
        if let column = column(side, of: table) { columns.insert(column) }
      }
    }
    return columns
  }

  /// Whether a row of the table meets the conditions, as far as they compare its columns with constants.
  ///
  /// - Returns: `nil` where that cannot be told from the text.
  func matches(_ values: [Value], of table: Table, in catalog: TypeCatalog) -> Bool? {
    guard mentions(of: table) == 1 else { return nil }
    var isCertain = true
    for conjunct in survey.conjuncts {
      switch isTrue(conjunct, values, table, catalog) {
      case true?: continue
      case false?: return false
      case nil: isCertain = false
      }
    }
    return isCertain ? true : nil
  }

  private func isTrue(
    _ condition: ExpressionSyntax, _ values: [Value], _ table: Table, _ catalog: TypeCatalog
  ) -> Bool? {
    func equals(_ left: ExpressionSyntax, _ right: ExpressionSyntax) -> Bool? {
      let sides = column(left, of: table) != nil ? (left, right) : (right, left)
      guard let column = column(sides.0, of: table), values.indices.contains(column),
        let constant = constant(sides.1, as: table.columns[column].type, catalog)
      else { return nil }
      if values[column].isNull || constant.isNull { return false }
      return Value.equal(values[column], constant)
    }
    switch condition.kind {
    case .binary(.equal, let left, let right): return equals(left, right)
    case .binary(.notEqual, let left, let right):
      guard let same = equals(left, right) else { return nil }
      return !same
    case .inList(let value, let list, let isNegated):
      let results = list.map { equals(value, $0) }
      if results.contains(true) { return !isNegated }
      return results.contains(nil) ? nil : isNegated
    case .isTest(let value, .null, let isNegated):
      guard let column = column(value, of: table), values.indices.contains(column) else {
        return nil
      }
      return values[column].isNull != isNegated
    case .boolean(let value): return value
    default: return nil
    }
  }

  private func constant(
    _ expression: ExpressionSyntax, as type: DataType, _ catalog: TypeCatalog
  ) -> Value? {
    let text: String
    switch expression.kind {
    case .null: return .null
    case .boolean(let value): return Value(value)
    case .integer(let digits), .decimal(let digits): text = digits
    case .string(let content): text = content
    case .unary(.minus, let inner):
      guard case .integer(let digits) = inner.kind else { return nil }
      text = "-" + digits
    case .cast(let inner, _): return constant(inner, as: type, catalog)
    default: return nil
    }
    return try? Value.parse(text, as: type, catalog: catalog)
  }
}
