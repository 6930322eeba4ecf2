import Store

// SELECT.
extension ProgramBuilder {
  /// A result column before it is compiled, `*` expanded.
  struct Target {
    enum Content {
      case expression(ExpressionSyntax)
      case column(NamespaceItem.Column)
    }

    var name: String
    var content: Content
    var span: SourceSpan
  }

  /// A SELECT in the making.
  struct SelectDraft {
    var level: QueryLevel
    var select = Select()
    var filters: [Typed] = []
    var keys: [Typed] = []
    var targets: [Target] = []
    var outputs: [Typed] = []
    var having: Typed?
    var order: [(item: OrderItemSyntax, typed: Typed)] = []
    var distinctOn: [Typed] = []
  }

  func compile(_ syntax: SelectSyntax, _ query: QuerySyntax, _ scope: Scope) -> CompiledQuery? {
    let syntax = expandingRowCalls(syntax)
    var draft = SelectDraft(level: QueryLevel())
    let inner = scope.entering(draft.level)
    draft.level.locking = query.locking
    guard resolveFrom(syntax.from, condition: syntax.condition, &draft, inner) else { return nil }
    var place = inner
    if let reason = Self.refusal(in: syntax, query) { place = inner.refusingCalls(reason) }
    guard let targets = expanded(syntax.targets, draft.level, place) else { return nil }
    draft.targets = targets
    guard resolveGrouping(syntax, &draft, place), resolveOutputs(&draft, place),
      resolveHaving(syntax, &draft, place), resolveOrder(syntax, query, &draft, place),
      checkGrouping(syntax, draft), let limits = limits(of: query, scope)
    else { return nil }
    let columns = zip(draft.targets, draft.outputs).map {
      OutputColumn(name: $0.name, type: $1.type)
    }
    guard checkWindows(draft.level, isGrouped: isGrouped(syntax, draft)),
      checkDistinct(syntax, draft), checkLimit(query, draft, scope),
      let locks = locks(query, syntax, draft, scope)
    else {
      return nil
    }
    let order = draft.order.map { orderKey($0.item, $0.typed) }
    if limits.limit == nil, !isGrouped(syntax, draft), syntax.distinct == nil,
      draft.level.windows.isEmpty
    {
      orderJoin(&draft, scope)
    }
    var select = assembled(draft, syntax)
    var result = Query(body: .select(select), columns: columns)
    result.order = order
    result.limit = limits.limit
    result.offset = limits.offset
    result.locks = locks
    let access =
      limitedAccess(select, draft.filters, result, in: draft.level)
      ?? extremeAccess(select, draft.filters, in: draft.level) ?? orderedAccess(select, order)
    if access != nil || isReadInSequence(select, draft.filters, result, in: draft.level) {
      select.relations[0].access = access
      result.body = .select(select)
    }
    let id = append(result)
    if !scope.levels.isEmpty { noteReadsAlone(id, draft.level) }
    guard checkLockCalls(id, at: query.span) else { return nil }
    return CompiledQuery(id: id, columns: columns)
  }

  /// Why a VOLATILE function among the outputs would not be evaluated exactly once.
  private static func refusal(in syntax: SelectSyntax, _ query: QuerySyntax) -> String? {
    if !syntax.from.isEmpty { return "it is evaluated for each row" }
    if syntax.condition != nil || syntax.having != nil { return "the query has a condition" }
    if query.limit != nil || query.offset != nil { return "the query has a limit" }
    return nil
  }

  /// A limit would stop PostgreSQL from asking a locking subquery for all of its rows.
  private func checkLimit(_ query: QuerySyntax, _ draft: SelectDraft, _ scope: Scope) -> Bool {
    guard query.limit != nil, let parts = scope.statement?.parts else { return true }
    for relation in draft.level.relations {
      guard case .part(let index) = relation.source, parts.indices.contains(index),
        case .query = parts[index].body
      else { continue }
      report(
        Diagnostic(
          .unsupportedClause, "LIMIT over a subquery that locks rows is not simulated",
          at: query.limit?.span ?? query.span, help: "put the LIMIT into the subquery"))
      return false
    }
    return true
  }

  private func assembled(_ draft: SelectDraft, _ syntax: SelectSyntax) -> Select {
    var select = draft.select
    let level = draft.level
    select.relations = level.relations
    for index in select.relations.indices {
      select.relations[index].key = keyLookup(of: index, in: level)
      select.relations[index].access = access(of: index, in: level)
    }
    settleJoinedReads(draft.filters, in: level)
    if let first = select.from?.first, select.relations.count > 1 {
      select.relations[first].lead = lead(first, among: select.relations, draft.filters, in: level)
    }
    select.filter = conjunction(cheapestFirst(draft.filters, in: level)).map { commit($0.code) }
    select.gate = gate(draft.filters)
    select.groupOffset = level.width
    select.tupleWidth = level.width
    if isGrouped(syntax, draft) {
      select.grouping = Grouping(
        keys: draft.keys.map { commit($0.code) }, aggregates: level.aggregates)
      select.tupleWidth += draft.keys.count + level.aggregates.count
    }
    select.windows = level.windows
    select.tupleWidth += level.windows.count
    select.having = draft.having.map { commit($0.code) }
    select.outputs = draft.outputs.map { commit($0.code) }
    switch syntax.distinct {
    case nil: select.distinct = .no
    case .all?: select.distinct = .all
    case .on?: select.distinct = .on(draft.distinctOn.map { commit($0.code) })
    }
    return select
  }

  /// A condition that PostgreSQL keeps as a list: the first part that is false or NULL ends it (`make_ands_implicit`).
  func listedCondition(_ syntax: ExpressionSyntax, _ word: String, _ scope: Scope) -> Typed? {
    let parts = Self.conjuncts(of: syntax)
    let later = scope.refusingCalls("the right side of AND is not always evaluated")
    let conditions = parts.indices.map { booleanOperand(parts[$0], word, $0 == 0 ? scope : later) }
    guard conditions.allSatisfy({ $0 != nil }) else { return nil }
    return conjunction(conditions.compactMap { $0 })
  }

  func conjunction(_ conditions: [Typed]) -> Typed? {
    guard let first = conditions.first else { return nil }
    return conditions.dropFirst().reduce(first) {
      connect($0, $1, isAnd: true, isList: true, at: $0.span.through($1.span))
    }
  }

  /// In evaluations of an operator (`cpu_operator_cost`); functions of one's own cost a hundred, a subquery for each
  /// row more than all else.
  func cost(of code: Code) -> Int {
    code.operations.reduce(0) { sum, operation in
      switch operation {
      case .lockCall(let function): sum + (function.widensKey ? 2 : 1)
      case .call, .cast, .isDistinct, .sessionCall, .nextValue, .sequence: sum + 1
      case .routine: sum + 100
      case .scalarSubquery(let query), .exists(let query):
        sum + (isCorrelated(query) ? 1_000_000 : 0)
      case .quantified(let query, _, _, _): sum + (isCorrelated(query) ? 1_000_000 : 1)
      default: sum
      }
    }
  }

  /// The conditions that are the same for each row; a function among them may do more than answer.
  func gate(_ conditions: [Typed]) -> Expression? {
    let constant = conditions.filter { condition in
      var hasOwnColumn = false
      visitColumns(of: condition.code) { depth, _ in hasOwnColumn = hasOwnColumn || depth == 0 }
      let facts = facts(of: condition.code)
      return !hasOwnColumn && !facts.callsLocks && !facts.usesSequence
        && !condition.code.operations.contains { if case .routine = $0 { true } else { false } }
    }
    return conjunction(constant).map { commit($0.code) }
  }

  // MARK: FROM and WHERE

  /// Resolves FROM and WHERE into the draft.
  func resolveFrom(
    _ from: [FromSyntax], condition: ExpressionSyntax?, _ draft: inout SelectDraft, _ scope: Scope
  ) -> Bool {
    let level = draft.level
    var isSound = true
    let isOnlyItem = from.count == 1 && condition == nil && level.relations.isEmpty
    let place = isOnlyItem ? scope : scope.refusingCalls("it stands in a join")
    for item in from {
      guard let joined = resolve(item, level, place) else {
        isSound = false
        continue
      }
      level.namespace += joined.items
      draft.select.from =
        draft.select.from.map { .join(.inner, $0, joined.tree, on: nil) }
        ?? joined.tree
    }
    guard isSound else { return false }
    guard condition != nil || !level.pulledConditions.isEmpty else { return true }
    let inner = scope.inside(.condition).refusingCalls("WHERE is evaluated for each row")
    var conditions: [Typed?] = level.pulledConditions
    for part in condition.map(Self.conjuncts) ?? [] {
      conditions.append(booleanOperand(part, "WHERE", inner))
    }
    for typed in conditions {
      guard let typed else {
        isSound = false
        continue
      }
      draft.filters.append(typed)
      level.accessConditions.append(
        AccessCondition(
          uses: typed.uses, relations: 0..<Int.max, membership: typed.membership))
      level.keyConditions += typed.equalities.map {
        KeyCondition(equality: $0, relations: 0..<Int.max)
      }
    }
    if isSound { pushDown(conditions.compactMap { $0 }, in: level, scope) }
    draft.select.from = draft.select.from.map { reduced($0, draft.filters, level) }
    return isSound
  }

  /// Outer joins whose rows without a partner WHERE turns down are none (`reduce_outer_joins`).
  private func reduced(_ tree: FromTree, _ filters: [Typed], _ level: QueryLevel) -> FromTree {
    var certain: Set<Int> = []
    for comparison in filters.filter({ $0.uses.count == 1 }).flatMap({ $0.uses[0] }) {
      for side in [comparison.left, comparison.right] {
        guard let offset = side.code.ownColumn else { continue }
        if let index = level.relations.lastIndex(where: { $0.offset <= offset }) {
          certain.insert(index)
        }
      }
    }
    return certain.isEmpty ? tree : tree.reduced(certain)
  }

  static func conjuncts(of syntax: ExpressionSyntax) -> [ExpressionSyntax] {
    if case .and(let left, let right) = syntax.kind {
      return conjuncts(of: left) + conjuncts(of: right)
    }
    return [syntax]
  }

  // MARK: Outputs

  /// The result columns, `*` expanded.
  func expanded(_ targets: [TargetSyntax], _ level: QueryLevel, _ scope: Scope) -> [Target]? {
    var result: [Target] = []
    var isSound = true
    for target in targets {
      guard case .star(let qualifier) = target.value.kind else {
        let name = target.alias?.text ?? outputName(of: target.value)
        result.append(Target(name: name, content: .expression(target.value), span: target.span))
        continue
      }
      if let items = recordItems(target.value, scope) {
        result += items.map {
          Target(name: outputName(of: $0), content: .expression($0), span: target.span)
        }
        continue
      }
      guard let columns = starColumns(qualifier, level, target.span) else {
        isSound = false
        continue
      }
      result += columns.map { Target(name: $0.name, content: .column($0), span: target.span) }
    }
    return isSound ? result : nil
  }

  private func starColumns(
    _ qualifier: QualifiedNameSyntax?, _ level: QueryLevel, _ span: SourceSpan
  ) -> [NamespaceItem.Column]? {
    guard let qualifier else {
      guard !level.relations.isEmpty else {
        report(
          Diagnostic(.invalidReference, "`*` with no tables specified is not valid", at: span))
        return nil
      }
      return level.namespace.flatMap(\.bareColumns)
    }
    if let item = item(named: qualifier.parts[...], in: level) { return item.columns }
    report(
      .misspelt(
        .unknownTable, "no table `\(qualifier.text)` in this query's FROM", at: qualifier.span,
        name: qualifier.last.text, among: level.namespace.compactMap(\.alias)))
    return nil
  }

  func resolve(_ target: Target, _ scope: Scope) -> Typed? {
    switch target.content {
    case .expression(let syntax): resolve(syntax, scope)
    case .column(let column):
      Typed(code(for: column.source, depth: 0, at: target.span), column.type, at: target.span)
    }
  }

  private func resolveOutputs(_ draft: inout SelectDraft, _ scope: Scope) -> Bool {
    let outputs = draft.targets.map { resolve($0, scope.inside(.output)) }
    draft.outputs = outputs.compactMap { $0 }
    return draft.outputs.count == outputs.count
  }

  private func resolveHaving(
    _ syntax: SelectSyntax, _ draft: inout SelectDraft, _ scope: Scope
  ) -> Bool {
    guard let having = syntax.having else { return true }
    let place = scope.inside(.having).refusingCalls("HAVING is evaluated for each group")
    draft.having = listedCondition(having, "HAVING", place)
    return draft.having != nil
  }

  // MARK: ORDER BY and DISTINCT

  private func resolveOrder(
    _ syntax: SelectSyntax, _ query: QuerySyntax, _ draft: inout SelectDraft, _ scope: Scope
  ) -> Bool {
    let place = scope.inside(.orderBy).refusingCalls("it stands in ORDER BY")
    var isSound = true
    if case .on(let keys)? = syntax.distinct {
      let typed = keys.map { outputOrExpression($0, "DISTINCT ON", draft, place) }
      draft.distinctOn = typed.compactMap { $0 }
      isSound = draft.distinctOn.count == typed.count
    }
    for item in query.orderBy {
      guard let typed = outputOrExpression(item.value, "ORDER BY", draft, place) else {
        isSound = false
        continue
      }
      guard Builtins.resolveOperator("<", typed.type, typed.type) != nil || typed.type == .unknown
      else {
        report(
          Diagnostic(
            .typeMismatch, "values of type `\(name(typed.type))` have no order",
            at: item.value.span))
        isSound = false
        continue
      }
      draft.order.append((item, typed))
    }
    return isSound
  }

  /// An output by its name or position, or any expression.
  private func outputOrExpression(
    _ syntax: ExpressionSyntax, _ clause: String, _ draft: SelectDraft, _ scope: Scope
  ) -> Typed? {
    switch syntax.kind {
    case .integer(let digits):
      if let position = Int(digits), draft.outputs.indices.contains(position - 1) {
        return draft.outputs[position - 1]
      }
      report(
        Diagnostic(
          .invalidReference, "\(clause) position \(digits) is not in select list",
          at: syntax.span))
      return nil
    case .column(let name) where name.parts.count == 1:
      let matches = draft.targets.indices.filter { draft.targets[$0].name == name.last.text }
      guard let first = matches.first else { return resolve(syntax, scope) }
      let code = draft.outputs[first].code
      if matches.allSatisfy({ draft.outputs[$0].code.computesSame(as: code) }) {
        return draft.outputs[first]
      }
      report(
        Diagnostic(.ambiguousName, "\(clause) `\(name.text)` is ambiguous", at: syntax.span))
      return nil
    default: return resolve(syntax, scope)
    }
  }

  private func checkDistinct(_ syntax: SelectSyntax, _ draft: SelectDraft) -> Bool {
    switch syntax.distinct {
    case nil: return true
    case .all?:
      for (item, typed) in draft.order
      where !draft.outputs.contains(where: { $0.code.computesSame(as: typed.code) }) {
        report(
          Diagnostic(
            .invalidReference,
            "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
            at: item.value.span))
        return false
      }
    case .on?:
      let count = min(draft.distinctOn.count, draft.order.count)
      for (item, typed) in draft.order.prefix(count)
      where !draft.distinctOn.contains(where: { $0.code.computesSame(as: typed.code) }) {
        report(
          Diagnostic(
            .invalidReference,
            "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
            at: item.value.span))
        return false
      }
    }
    return true
  }

  // MARK: Names of outputs

  /// The name that PostgreSQL gives a result column without an alias.
  ///
  /// Source: `FigureColname` in parse_target.c.
  func outputName(of syntax: ExpressionSyntax) -> String {
    Self.figuredName(syntax)?.name ?? "?column?"
  }

  private static func figuredName(_ syntax: ExpressionSyntax) -> (name: String, isWeak: Bool)? {
    switch syntax.kind {
    case .column(let name): return (name.last.text, false)
    case .field(_, let name): return (name.text, false)
    case .call(let call):
      if call.name.last.text.hasPrefix("$"), let first = call.arguments.first {
        return figuredName(first.value)
      }
      return (call.name.last.text, false)
    case .cast(let inner, let type):
      if let name = figuredName(inner), !name.isWeak { return name }
      return systemName(of: type).map { ($0, true) } ?? figuredName(inner)
    case .typedLiteral(let type, _): return systemName(of: type).map { ($0, true) }
    case .caseWhen(_, _, let otherwise):
      if let otherwise, let name = figuredName(otherwise), !name.isWeak { return name }
      return ("case", true)
    case .coalesce: return ("coalesce", false)
    case .nullif: return ("nullif", false)
    case .greatest: return ("greatest", false)
    case .least: return ("least", false)
    case .exists: return ("exists", false)
    case .scalarSubquery(let query): return name(of: query)
    case .array, .arraySubquery: return ("array", false)
    case .row: return ("row", false)
    case .extract: return ("extract", false)
    case .position: return ("position", false)
    case .substring: return ("substring", false)
    case .trim(let side, _, _):
      return (side == .both ? "btrim" : side == .leading ? "ltrim" : "rtrim", false)
    case .atTimeZone: return ("timezone", false)
    case .keywordFunction(let function): return (function.rawValue, false)
    case .null, .boolean, .integer, .decimal, .string, .parameter, .positional, .star, .unary,
      .binary, .and,
      .or, .not, .isTest, .isDistinct, .between, .inList, .inSubquery, .like, .quantified,
      .defaultValue:
      return nil
    }
  }

  private static func name(of query: QuerySyntax) -> (name: String, isWeak: Bool)? {
    switch query.body {
    case .select(let select):
      guard let first = select.targets.first else { return nil }
      if let alias = first.alias { return (alias.text, false) }
      return figuredName(first.value)
    case .nested(let inner): return name(of: inner)
    case .values: return ("column1", false)
    case .setOperation: return nil
    }
  }

  /// A type's name in the system catalogue, which a cast's column gets.
  private static func systemName(of type: TypeNameSyntax) -> String? {
    guard case .named(let name) = type.kind else { return nil }
    let names = [
      "integer": "int4", "int": "int4", "bigint": "int8", "smallint": "int2",
      "boolean": "bool", "timestamp with time zone": "timestamptz",
      "timestamp without time zone": "timestamp", "character varying": "varchar",
      "decimal": "numeric", "character": "bpchar", "char": "bpchar",
      "float": "float8", "double precision": "float8",
    ]
    return names[name.last.text] ?? name.last.text
  }
}
