import Store

// Subqueries in expressions and in FROM; common table expressions.
extension ProgramBuilder {
  /// A query inside another: its rows, wherever they come from.
  struct NestedQuery {
    var columns: [OutputColumn]
    var source: Relation.Source
  }

  /// Compiles a query inside another.
  ///
  /// One that locks rows becomes an earlier part of the statement.
  func nested(
    _ syntax: QuerySyntax, _ scope: Scope, settles: Bool = true
  ) -> NestedQuery? {
    guard let compiled = compile(syntax, scope) else { return nil }
    return nested(compiled, syntax, scope, settles: settles)
  }

  private func nested(
    _ compiled: CompiledQuery, _ syntax: QuerySyntax, _ scope: Scope, settles: Bool
  ) -> NestedQuery? {
    var compiled = compiled
    if settles {
      guard let settled = settled(compiled, at: syntax.span) else { return nil }
      compiled = settled
    }
    guard let lock = program.queries[Int(compiled.id.index)].locks.first else {
      return NestedQuery(
        columns: compiled.columns, source: .query(compiled.id, isLateral: isLateral(compiled.id)))
    }
    let span = span(ofLock: lock.number) ?? syntax.span
    guard let settled = settled(compiled, at: syntax.span),
      let part = part(locking: settled, at: span, scope)
    else { return nil }
    return NestedQuery(columns: settled.columns, source: .part(part))
  }

  /// Makes a locking query a part of its own.
  private func part(locking compiled: CompiledQuery, at span: SourceSpan, _ scope: Scope) -> Int? {
    guard let context = scope.statement, context.takesParts else {
      reportLockNotHere(at: span)
      return nil
    }
    if isCorrelated(compiled.id) {
      report(
        Diagnostic(
          .unsupportedClause,
          "a subquery in FROM that locks rows cannot refer to the query around it", at: span,
          help: "lock the rows in a statement before"))
      return nil
    }
    var part = StatementPart(body: .query(compiled.id), columns: compiled.columns)
    describe(&part, query: compiled.id)
    context.parts.append(part)
    return context.parts.count - 1
  }

  /// A subquery of an expression, as a query.
  private func subquery(
    _ syntax: QuerySyntax, _ scope: Scope, settles: Bool = true, isExists: Bool = false
  ) -> CompiledQuery? {
    let inner = scope.refusingCalls(Self.inSubquery)
    guard let compiled = compile(syntax, inner) else { return nil }
    if let lock = program.queries[Int(compiled.id.index)].locks.first,
      isExists || scope.isConditional || isCorrelated(compiled.id)
    {
      guard let settled = settles ? settled(compiled, at: syntax.span) : compiled,
        canLockInPlace(at: span(ofLock: lock.number) ?? syntax.span, scope)
      else { return nil }
      return settled
    }
    guard let nested = nested(compiled, syntax, inner, settles: settles) else { return nil }
    if case .query(let id, _) = nested.source {
      return CompiledQuery(id: id, columns: nested.columns)
    }
    return reading(nested)
  }

  /// Whether a subquery can lock its rows where it stands, each time that it is evaluated; reports where not.
  private func canLockInPlace(at span: SourceSpan, _ scope: Scope) -> Bool {
    guard scope.statement?.takesParts ?? false, scope.clause != .returning else {
      reportLockNotHere(at: span)
      return false
    }
    return true
  }

  /// `SELECT *` from an earlier part.
  func reading(_ nested: NestedQuery) -> CompiledQuery {
    var select = Select()
    let count = nested.columns.count
    select.relations = [Relation(source: nested.source, alias: "", offset: 0, columnCount: count)]
    select.from = .relation(0)
    select.groupOffset = count + 1
    select.tupleWidth = count + 1
    let span = SourceSpan(file: 0, start: 0, end: 0)
    select.outputs = nested.columns.indices.map {
      commit(Code(.column(depth: 0, offset: UInt16(clamping: $0 + 1)), at: span))
    }
    let id = append(Query(body: .select(select), columns: nested.columns))
    return CompiledQuery(id: id, columns: nested.columns)
  }

  // MARK: In expressions

  func resolveSubquery(_ syntax: ExpressionSyntax, _ scope: Scope) -> Typed? {
    let span = syntax.span
    if [.check, .defaultValue, .index, .indexPredicate, .generation, .trigger].contains(
      scope.clause)
    {
      report(
        Diagnostic(
          .unsupportedExpression, "a subquery cannot stand in \(scope.clause.rawValue)", at: span))
      return nil
    }
    switch syntax.kind {
    case .exists(let query):
      guard let compiled = subquery(query, scope, isExists: true) else { return nil }
      return Typed(.exists(compiled.id), .boolean, at: span)
    case .scalarSubquery(let query):
      guard let compiled = subquery(query, scope) else { return nil }
      guard let column = compiled.columns.first, compiled.columns.count == 1 else {
        report(
          Diagnostic(
            .columnCountMismatch, "subquery must return only one column", at: query.span))
        return nil
      }
      return Typed(.scalarSubquery(compiled.id), column.type, at: span)
    case .inSubquery(let operand, let query, let negated):
      var items = [operand]
      if case .row(let row) = operand.kind { items = row }
      return membership(items, query, negated ? "<>" : "=", isAll: negated, at: span, scope)
    case .quantified(let symbol, let operand, let quantifier, let range):
      return quantified(symbol, operand, quantifier == .all, range, at: span, scope)
    case .arraySubquery(let query): return resolve(Self.collected(query, at: span), scope)
    default: return nil
    }
  }

  private func quantified(
    _ symbol: BinaryOperator, _ operand: ExpressionSyntax, _ isAll: Bool,
    _ range: QuantifiedOperand, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    switch range {
    case .subquery(let query):
      if case .row(let row) = operand.kind {
        guard symbol == (isAll ? .notEqual : .equal) else {
          report(
            Diagnostic(
              .unsupportedExpression, "this comparison of rows is not simulated", at: span))
          return nil
        }
        return membership(row, query, symbol.rawValue, isAll: isAll, at: span, scope)
      }
      return membership([operand], query, symbol.rawValue, isAll: isAll, at: span, scope)
    case .array(let array):
      guard case .array(let items) = Self.withoutCast(Self.writtenOut(array)).kind
      else { return comparedWithElements(symbol, operand, isAll, array, at: span, scope) }
      let inner = scope.refusingCalls(Self.inComparison)
      guard let value = resolve(operand, inner) else { return nil }
      let resolved = items.compactMap { resolve($0, inner) }
      guard resolved.count == items.count, isRepeatable(value) else { return nil }
      // The elements agree on a type first; literals alone take the operand's.
      let isTyped = resolved.contains { $0.type != .unknown }
      return matchesAny(
        value, resolved, symbol: symbol.rawValue, isAll: isAll,
        commonWith: isTyped ? nil : value, at: span)
    }
  }

  /// A quoted array (`'{1,2}'`, with or without a cast) as its elements; anything else as it is.
  ///
  /// Source: `array_in` in arrayfuncs.c, for one dimension.
  private static func writtenOut(_ syntax: ExpressionSyntax) -> ExpressionSyntax {
    switch syntax.kind {
    case .string(let text):
      guard let elements = elements(of: text) else { return syntax }
      let items = elements.map {
        ExpressionSyntax($0.map { .string($0) } ?? .null, at: syntax.span)
      }
      return ExpressionSyntax(.array(items), at: syntax.span)
    case .cast(let inner, let type) where type.arrayDimensions > 0:
      return ExpressionSyntax(.cast(writtenOut(inner), type), at: syntax.span)
    default: return syntax
    }
  }

  /// The elements of an array's text; `nil` where it is no array of one dimension.
  private static func elements(of text: String) -> [String?]? {
    let trimmed = text.drop { $0 == " " }
    guard trimmed.first == "{", let end = trimmed.lastIndex(of: "}"),
      trimmed[trimmed.index(after: end)...].allSatisfy({ $0 == " " })
    else { return nil }
    let inside = trimmed[..<end].dropFirst()
    var result: [String?] = []
    var element = ""
    var isQuoted = false
    var wasQuoted = false
    var isEscaped = false
    func finish() -> Bool {
      let bare = wasQuoted ? element : element.trimmingSpaces
      if bare.isEmpty, !wasQuoted { return false }
      result.append(!wasQuoted && bare.uppercased() == "NULL" ? nil : bare)
      element = ""
      wasQuoted = false
      return true
    }
    if inside.allSatisfy({ $0 == " " }) { return [] }
    for character in inside {
      if isEscaped {
        element.append(character)
        isEscaped = false
        continue
      }
      switch character {
      case "\\": isEscaped = true
      case "\"":
        if !isQuoted { element = element.trimmingSpaces }
        isQuoted.toggle()
        wasQuoted = true
      case ",":
        if isQuoted { element.append(character) } else if !finish() { return nil }
      case "{", "}":
        guard isQuoted else { return nil }
        element.append(character)
      case " " where wasQuoted && !isQuoted: continue
      default:
        if wasQuoted, !isQuoted { return nil }
        element.append(character)
      }
    }
    return !isQuoted && !isEscaped && finish() ? result : nil
  }

  /// `ARRAY[…]::text[]` is its elements; the cast of each is left to the comparison.
  private static func withoutCast(_ syntax: ExpressionSyntax) -> ExpressionSyntax {
    guard case .cast(let inner, let type) = syntax.kind, type.arrayDimensions > 0,
      case .array(let items) = inner.kind
    else { return syntax }
    var element = type
    element.arrayDimensions = 0
    let cast = items.map { ExpressionSyntax(.cast($0, element), at: $0.span) }
    return ExpressionSyntax(.array(cast), at: syntax.span)
  }

  /// `(a, b) IN (SELECT …)`, `a = ANY (SELECT …)` and so on.
  private func membership(
    _ operands: [ExpressionSyntax], _ query: QuerySyntax, _ symbol: String, isAll: Bool,
    at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let lefts = operands.map { resolve($0, scope.refusingCalls(Self.inSubquery)) }
    guard let compiled = subquery(query, scope, settles: false) else { return nil }
    let sound = lefts.compactMap { $0 }
    guard sound.count == lefts.count else { return nil }
    guard compiled.columns.count == sound.count else {
      let few = compiled.columns.count < sound.count
      report(
        Diagnostic(
          .columnCountMismatch, "subquery has too \(few ? "few" : "many") columns", at: query.span))
      return nil
    }
    var code = Code()
    var types: [DataType] = []
    var function: ResolvedFunction?
    for (left, column) in zip(sound, compiled.columns) {
      let right = Typed.constant(.null, column.type, at: query.span)
      guard let found = Builtins.resolveOperator(symbol, left.type, column.type),
        let converted = self.converted(left, to: found.argumentTypes[0], .implicit)
      else {
        reportNoOperator(symbol, left, right, at: span)
        return nil
      }
      if let function, function.id != found.id, !isSameComparison(function, found) {
        report(
          Diagnostic(
            .unsupportedExpression,
            "columns of different types cannot be compared with a subquery's row", at: span,
            help: "use EXISTS"))
        return nil
      }
      function = function ?? found
      code.append(converted.code)
      types.append(found.argumentTypes[1])
    }
    guard let function, cast(compiled, to: types, .implicit, at: query.span) != nil else {
      return nil
    }
    code.append(
      .quantified(
        compiled.id, function: function.id, columns: UInt8(clamping: sound.count), isAll: isAll),
      at: span)
    var typed = Typed(code, .boolean, at: span)
    if symbol == "=", !isAll, sound.count == 1,
      isFewRows(compiled.id, for: sound[0].code, scope)
    {
      typed.membership = Membership(column: sound[0].code, query: compiled.id, code: code)
    }
    return typed
  }

  /// Whether so few rows are expected of a plain subquery, of a table or of a part of the statement, that the table of a
  /// column is searched for each of them.
  private func isFewRows(_ id: QueryID, for column: Code, _ scope: Scope) -> Bool {
    guard !isCorrelated(id), program.queries[Int(id.index)].isPlain,
      case .select(let select) = program.queries[Int(id.index)].body, select.grouping == nil,
      let relation = select.relations.first, select.relations.count == 1
    else { return false }
    switch relation.source {
    case .table:
      guard let access = relation.access, access.isNarrow else { return false }
      if relation.key != nil { return true }
      return searched(by: column, scope).map { isFew(matches(of: relation), for: $0) } ?? false
    case .part(let number):
      guard let parts = scope.statement?.parts, parts.indices.contains(number) else { return false }
      if parts[number].touchesOneRowByKey { return true }
      guard let inner = searched(by: column, scope), case .query(let query) = parts[number].body,
        program.queries[Int(query.index)].offset == nil,
        case .select(let part) = program.queries[Int(query.index)].body, part.grouping == nil,
        part.relations.count == 1
      else { return false }
      let limit = program.queries[Int(query.index)].limit.flatMap {
        code(of: $0).constant?.asInteger
      }
      if let limit, isFew(Double(limit), for: inner) { return true }
      return part.relations[0].access?.isNarrow ?? false
        && isFew(matches(of: part.relations[0]), for: inner)
    default: return false
    }
  }

  /// The relation of the query at hand that has a column.
  private func searched(by column: Code, _ scope: Scope) -> Relation? {
    guard let offset = column.ownColumn else { return nil }
    return scope.levels.last?.level.relations.last { $0.offset < offset }
  }

  /// How many rows are expected of a table that is searched by an index.
  private func matches(of relation: Relation) -> Double {
    guard case .table(let table) = relation.source, let access = relation.access else {
      return .infinity
    }
    var expectation = Expectation(rowWidth: rowWidth(of: table))
    expectation.share = access.share
    return expectation.matches
  }

  /// Whether one comparison can stand for another: values know how they compare.
  private func isSameComparison(_ left: ResolvedFunction, _ right: ResolvedFunction) -> Bool {
    left.resultType == .boolean && right.resultType == .boolean
      && left.argumentTypes.allSatisfy { !$0.isEnum } && right.isStrict == left.isStrict
  }

  // MARK: Common table expressions

  /// The scope inside a query with its WITH; `nil` after a report.
  func defining(_ tables: [CommonTableSyntax], _ scope: Scope) -> Scope? {
    var result = scope
    var isSound = true
    for (index, table) in tables.enumerated() {
      if tables.prefix(index).contains(where: { $0.name.text == table.name.text }) {
        report(
          Diagnostic(
            .duplicateName, "WITH query name `\(table.name.text)` specified more than once",
            at: table.name.span))
        isSound = false
      }
      guard let common = commonTable(table, result) else {
        isSound = false
        result.commonTables.append(
          CommonTable(name: table.name.text, columns: [], meaning: .broken))
        continue
      }
      result.commonTables.append(common)
    }
    return isSound ? result : nil
  }

  private func commonTable(_ syntax: CommonTableSyntax, _ scope: Scope) -> CommonTable? {
    let name = syntax.name.text
    guard case .select(let query) = syntax.statement.kind else {
      return changingTable(syntax, scope)
    }
    let inner = scope.refusingCalls("it stands in WITH")
    if syntax.isRecursive, namesTable(query, name) { return recursiveTable(syntax, query, inner) }
    guard let nested = nested(query, inner),
      let columns = renamed(nested.columns, syntax.columns, of: name)
    else { return nil }
    switch nested.source {
    case .part(let part):
      return CommonTable(name: name, columns: columns, meaning: .part(part))
    case .query(let id, _):
      if facts(of: id).usesSequence {
        report(
          Diagnostic(
            .unsupportedClause, "`nextval` in WITH is not simulated", at: syntax.name.span))
        return nil
      }
      let meaning: CommonTable.Meaning =
        isCorrelated(id) ? .syntax(query, scope) : .query(id)
      return CommonTable(name: name, columns: columns, meaning: meaning)
    case .table, .outcomes, .series, .given, .function, .result, .working: return nil
    }
  }

  /// A CTE that writes: a part of its own.
  private func changingTable(_ syntax: CommonTableSyntax, _ scope: Scope) -> CommonTable? {
    guard let context = scope.statement, context.takesParts, scope.levels.isEmpty else {
      report(
        Diagnostic(
          .unsupportedClause,
          "WITH clause containing a data-modifying statement must be at the top level",
          at: syntax.name.span))
      return nil
    }
    if case .merge = syntax.statement.kind {
      report(
        Diagnostic(
          .unsupportedClause, "MERGE not supported in WITH query", at: syntax.statement.span,
          help: "make it a statement of its own"))
      return nil
    }
    let inner = scope.refusingCalls("it stands in WITH")
    guard let part = changingPart(syntax.statement, inner) else { return nil }
    guard let columns = renamed(part.columns, syntax.columns, of: syntax.name.text) else {
      return nil
    }
    context.parts.append(part)
    return CommonTable(
      name: syntax.name.text, columns: columns, meaning: .part(context.parts.count - 1))
  }

  /// A CTE as an item of FROM.
  func reference(
    to common: CommonTable, _ alias: AliasSyntax, _ span: SourceSpan, _ level: QueryLevel,
    _ scope: Scope
  ) -> Joined? {
    var source: Relation.Source
    switch common.meaning {
    case .broken: return nil
    case .query(let id): source = .query(id, isLateral: false)
    case .working(let number, let depth):
      guard scope.levels.count == depth else {
        report(
          Diagnostic(
            .unsupportedRecursion,
            "a recursive reference to `\(common.name)` in a subquery is not simulated", at: span,
            help: "name it in the FROM of the second part of the UNION"))
        return nil
      }
      source = .working(number)
    case .part(let part):
      guard scope.statement?.takesParts == true else { return nil }
      source = .part(part)
    case .syntax(let query, let definition):
      var inner = scope
      inner.commonTables = definition.commonTables
      for index in inner.levels.indices {
        inner.levels[index].isVisible =
          index < definition.levels.count && definition.levels[index].isVisible
      }
      guard let nested = nested(query, inner) else { return nil }
      source = nested.source
    }
    if case .part = source, common.columns.isEmpty {
      report(
        Diagnostic(
          .invalidReference, "WITH query `\(common.name)` does not have a RETURNING clause",
          at: span))
      return nil
    }
    guard let columns = renamed(common.columns, alias.columns, of: alias.name.text) else {
      return nil
    }
    return addRelation(
      source, alias: alias.name.text, columns: columns,
      RelationDetail(kind: .other, span: span), to: level)
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}
