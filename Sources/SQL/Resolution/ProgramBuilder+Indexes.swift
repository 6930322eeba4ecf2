import Store

/// An expression or a condition of an index, as written.
struct ComputedSyntax {
  var syntax: ExpressionSyntax
  var isPredicate: Bool
  var code = Code()
}

// CREATE INDEX.
extension ProgramBuilder {
  func define(_ syntax: CreateIndexSyntax, at span: SourceSpan) {
    if let name = syntax.name, syntax.ifNotExists, relationNames.contains(name.text) { return }
    guard let table = table(named: syntax.table) else { return }
    var elements: [IndexElement] = []
    for item in syntax.elements {
      guard let element = element(item.value, table) else { return }
      elements.append(element)
    }
    let isDescending = syntax.elements.contains { $0.isDescending || $0.nullsFirst ?? false }
    if isDescending, let name = syntax.name { descendingIndexes.insert(name.text) }
    for name in syntax.include { guard column(name, of: table) != nil else { return } }
    var condition: Typed?
    if let written = syntax.condition {
      guard let typed = indexExpression(written, isPredicate: true, table) else { return }
      condition = typed
    }
    guard syntax.isUnique else {
      if let name = syntax.name { claimIndex(name) }
      addPlainIndex(syntax, elements, to: table)
      return
    }
    if let method = syntax.method, method.text != "btree" {
      report(
        Diagnostic(
          .invalidDefinition, "access method `\(method.text)` does not support unique indexes",
          at: method.span))
      return
    }
    guard let name = indexName(syntax, table) else { return }
    var index = Table.UniqueIndex(name: name, columns: [], isPrimary: false)
    index.areNullsEqual = syntax.nullsNotDistinct
    for element in elements {
      switch element {
      case .column(let position): index.columns.append(position)
      case .expression(let typed, let syntax):
        index.isPlain = false
        index.columns.append(store(typed, syntax, isPredicate: false, table))
      }
    }
    if let condition, let syntax = syntax.condition {
      index.isPlain = false
      index.predicate = store(condition, syntax, isPredicate: true, table)
    }
    program.schema.tables[Int(table.index)].uniqueIndexes.append(index)
    program.schema.tables[Int(table.index)].expressionColumns += expressionColumns(syntax, table)
    compileComputed(of: table)
  }

  /// Keeps an index that is not unique, for what serializable transactions lock and for the order of rows.
  private func addPlainIndex(
    _ syntax: CreateIndexSyntax, _ elements: [IndexElement], to table: TableID
  ) {
    var columns: [Int] = []
    for element in elements {
      if case .column(let position) = element { columns.append(position) }
    }
    var index = Table.PlainIndex(name: syntax.name?.text ?? "", columns: columns)
    index.otherColumns = expressionColumns(syntax, table)
    index.isSearchable = syntax.condition == nil && columns.count == elements.count
    if syntax.method?.text == "hash" { index.buckets = buckets(of: table) }
    program.schema.tables[Int(table.index)].plainIndexes.append(index)
  }

  /// With how many buckets a hash index of a small table begins (`hashbuild`, `_hash_init_metabuffer`): the planner
  /// takes the table for ten pages, and a bucket for a page filled to three quarters.
  private func buckets(of table: TableID) -> UInt32 {
    let rowsOfPage = (8192 - 24) / (rowWidth(of: table) + 28)
    let wanted = rowsOfPage * 10 / (8192 * 3 / 4 / 20)
    var count: UInt32 = 2
    while Int(count) < wanted { count *= 2 }
    return count
  }

  /// Whether what a search of an index locks against writers is known: it depends on the index's kind.
  package func knowsLocks(of syntax: CreateIndexSyntax) -> Bool {
    guard let method = syntax.method, method.text != "btree" else { return true }
    guard method.text == "hash", syntax.condition == nil, syntax.elements.count == 1,
      case .column(let name) = syntax.elements[0].value.kind,
      let table = program.schema.table(named: syntax.table.last.text)
    else { return false }
    return program.schema[table].columns.contains {
      $0.name == name.last.text && $0.type.hasBuckets
    }
  }

  /// The columns that an index's expressions and condition name.
  private func expressionColumns(_ syntax: CreateIndexSyntax, _ table: TableID) -> [Int] {
    let columns = program.schema[table].columns
    var written = syntax.elements.map(\.value).filter {
      if case .column = $0.kind { false } else { true }
    }
    if let condition = syntax.condition { written.append(condition) }
    return columns.indices.filter { column in
      written.contains { Self.names(columns[column].name, in: $0) }
    }
  }

  private enum IndexElement {
    case column(Int)
    case expression(Typed, ExpressionSyntax)
  }

  private func element(_ syntax: ExpressionSyntax, _ table: TableID) -> IndexElement? {
    if case .column(let name) = syntax.kind, name.parts.count == 1 {
      return column(name.last, of: table).map { .column($0) }
    }
    return indexExpression(syntax, isPredicate: false, table).map { .expression($0, syntax) }
  }

  /// The name written, or the one that PostgreSQL would choose (`ChooseIndexName`).
  private func indexName(_ syntax: CreateIndexSyntax, _ table: TableID) -> String? {
    if let written = syntax.name {
      return claim(written.text, at: written.span) ? written.text : nil
    }
    var columns: [String] = []
    for item in syntax.elements.map(\.value) {
      let figured = outputName(of: item)
      let first = figured == "?column?" ? "expr" : figured
      var name = first
      var pass = 1
      while columns.contains(name) {
        name = "\(first)\(pass)"
        pass += 1
      }
      columns.append(name)
    }
    columns += syntax.include.map(\.text)
    let name = unusedName(program.schema[table].name, columns.joined(separator: "_"), "idx")
    relationNames.insert(name)
    return name
  }

  private func claimIndex(_ name: NameSyntax) {
    if claim(name.text, at: name.span) { plainIndexes.insert(name.text) }
  }

  // MARK: Expressions and conditions

  /// An expression of an index, which must be IMMUTABLE.
  private func indexExpression(
    _ syntax: ExpressionSyntax, isPredicate: Bool, _ table: TableID
  ) -> Typed? {
    guard let typed = indexOperand(syntax, isPredicate: isPredicate, table),
      checkImmutable(typed, isPredicate ? "predicate" : "expression")
    else { return nil }
    return typed
  }

  /// Resolves an expression in a tuple of the table alone.
  func indexOperand(
    _ syntax: ExpressionSyntax, isPredicate: Bool, _ table: TableID,
    inside clause: Scope.Clause? = nil
  ) -> Typed? {
    let level = QueryLevel()
    let shape = program.schema[table]
    let span = tableSpans[table] ?? syntax.span
    guard
      let joined = addRelation(
        .table(table), alias: shape.name, columns: columns(of: table),
        RelationDetail(kind: .table(table), span: span), definition: span, to: level)
    else { return nil }
    level.namespace = joined.items
    var scope = Scope(access: .database).entering(level)
    scope = scope.inside(clause ?? (isPredicate ? .indexPredicate : .index))
    scope.callRefusal = "only an IMMUTABLE function can stand here"
    return isPredicate
      ? booleanOperand(syntax, "WHERE", scope) : resolve(syntax, scope).map(resolvingUnknown)
  }

  /// What an index stores must not change by itself.
  private func checkImmutable(_ typed: Typed, _ what: String) -> Bool {
    if isImmutable(typed.code) { return true }
    report(
      Diagnostic(
        .invalidDefinition, "functions in index \(what) must be marked IMMUTABLE", at: typed.span,
        caption: "its result depends on more than the row",
        help: "store the value in a column, and index that"))
    return false
  }

  func isImmutable(_ code: Code) -> Bool {
    code.operations.allSatisfy { operation in
      switch operation {
      case .call(let function, _, _): Builtins.isImmutable(function)
      case .cast(let index): isImmutable(program.casts[Int(index)])
      case .routine(let index, _):
        functions.first { $0.routine.index == index }?.volatility == .immutable
      case .nextValue, .slot: false
      default: true
      }
    }
  }

  /// Whether a conversion depends on no setting; literals have been converted before (`pg_cast`,
  /// and the input and output functions of `pg_proc`).
  private func isImmutable(_ cast: Cast) -> Bool {
    func isLoose(_ type: DataType) -> Bool {
      if type.isEnum { return true }
      switch type.kind {
      case .timestamptz, .timestamp, .date, .interval: return true
      default: return false
      }
    }
    func isLooselyRead(_ type: DataType) -> Bool { isLoose(type) || type.withoutModifiers == .time }
    if cast.source.isString { return cast.target.isString || !isLooselyRead(cast.target) }
    if cast.target.isString { return !isLoose(cast.source) }
    let isZoned = cast.source.withoutModifiers == .timestamptz
    return isZoned == (cast.target.withoutModifiers == .timestamptz)
  }

  // MARK: What is stored

  /// The place behind the columns where an expression's value is stored; equal ones share it.
  private func store(
    _ typed: Typed, _ syntax: ExpressionSyntax, isPredicate: Bool, _ table: TableID
  ) -> Int {
    let known = computedSyntax[table] ?? []
    let columns = program.schema[table].columns.count
    if let place = known.firstIndex(where: {
      $0.isPredicate == isPredicate && $0.code.computesSame(as: typed.code)
    }) {
      return columns + place
    }
    computedSyntax[table] =
      known + [ComputedSyntax(syntax: syntax, isPredicate: isPredicate, code: typed.code)]
    program.schema.tables[Int(table.index)].computed.append(
      Table.Column(name: program.sources.text(of: syntax.span), type: typed.type))
    return columns + known.count
  }

  /// Compiles what a table's indexes store; again after the table has changed.
  func compileComputed(of table: TableID) {
    guard let list = computedSyntax[table], !list.isEmpty else { return }
    while program.computed.count <= Int(table.index) { program.computed.append([]) }
    program.computed[Int(table.index)] = []
    for (place, item) in list.enumerated() {
      guard
        let typed = indexExpression(item.syntax, isPredicate: item.isPredicate, table)
      else { continue }
      computedSyntax[table]?[place].code = typed.code
      program.computed[Int(table.index)].append(
        ComputedCell(expression: commit(typed.code), isPredicate: item.isPredicate))
    }
  }

  /// Drops what a table's indexes store that names a column, which is about to go, with those indexes.
  func dropComputed(naming column: String, of table: TableID) {
    let columns = program.schema[table].columns.count
    for place in (computedSyntax[table] ?? []).indices.reversed() {
      guard let item = computedSyntax[table]?[place], Self.names(column, in: item.syntax) else {
        continue
      }
      let position = columns + place
      computedSyntax[table]?.remove(at: place)
      program.schema[table].computed.remove(at: place)
      for index in program.schema[table].uniqueIndexes
      where index.columns.contains(position) || index.predicate == position {
        relationNames.remove(index.name)
      }
      program.schema[table].uniqueIndexes.removeAll {
        $0.columns.contains(position) || $0.predicate == position
      }
      program.schema[table].moveIndexes(past: position, by: -1)
    }
  }
}
