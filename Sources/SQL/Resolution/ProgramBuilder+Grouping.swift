import Store

// GROUP BY, and what may stand beside it.
extension ProgramBuilder {
  func resolveGrouping(
    _ syntax: SelectSyntax, _ draft: inout SelectDraft, _ scope: Scope
  ) -> Bool {
    let place = scope.inside(.groupBy).refusingCalls("GROUP BY is evaluated for each row")
    var isSound = true
    for item in syntax.groupBy {
      if let typed = groupKey(item, draft, place) {
        draft.keys.append(resolvingUnknown(typed))
      } else {
        isSound = false
      }
    }
    draft.level.keyCount = draft.keys.count
    return isSound
  }

  /// A grouping key: an input column, else an output by its name or position, else an expression.
  private func groupKey(_ syntax: ExpressionSyntax, _ draft: SelectDraft, _ scope: Scope) -> Typed?
  {
    switch syntax.kind {
    case .integer(let digits):
      if let position = Int(digits), draft.targets.indices.contains(position - 1) {
        return resolve(draft.targets[position - 1], scope)
      }
      report(
        Diagnostic(
          .invalidReference, "GROUP BY position \(digits) is not in select list",
          at: syntax.span))
      return nil
    case .column(let name) where name.parts.count == 1:
      var own = scope
      own.levels = scope.levels.suffix(1)
      if findColumn(name, own) != nil { return resolve(syntax, scope) }
      let matches = draft.targets.filter { $0.name == name.last.text }
      guard let first = matches.first else { return resolve(syntax, scope) }
      guard matches.count == 1 else {
        report(
          Diagnostic(.ambiguousName, "GROUP BY `\(name.text)` is ambiguous", at: syntax.span))
        return nil
      }
      return resolve(first, scope)
    default: return resolve(syntax, scope)
    }
  }

  func isGrouped(_ syntax: SelectSyntax, _ draft: SelectDraft) -> Bool {
    !syntax.groupBy.isEmpty || !draft.level.aggregates.isEmpty || syntax.having != nil
  }

  /// Whether all that is computed for a group is the same for its rows.
  func checkGrouping(_ syntax: SelectSyntax, _ draft: SelectDraft) -> Bool {
    guard isGrouped(syntax, draft) else { return true }
    let codes =
      draft.outputs + [draft.having].compactMap { $0 } + draft.order.map(\.typed)
      + draft.distinctOn
    let known = groupedOffsets(draft)
    for typed in codes where !checkGrouped(typed.code, draft, known) { return false }
    return true
  }

  /// The words that are the same for all rows of a group: plain keys, and the columns that depend on
  /// a primary key among them.
  private func groupedOffsets(_ draft: SelectDraft) -> Set<Int> {
    var offsets = Set(draft.keys.compactMap(\.code.ownColumn))
    for relation in draft.level.relations {
      guard case .table(let table) = relation.source,
        let key = program.schema[table].uniqueIndexes.first(where: \.isPrimary)
      else { continue }
      if key.columns.allSatisfy({ offsets.contains(relation.offset + 1 + $0) }) {
        for column in 0...relation.columnCount { offsets.insert(relation.offset + column) }
      }
    }
    return offsets
  }

  private func checkGrouped(_ code: Code, _ draft: SelectDraft, _ known: Set<Int>) -> Bool {
    var index = 0
    while index < code.count {
      if let key = draft.keys.first(where: { code.contains($0.code, at: index) }) {
        index += key.code.count
        continue
      }
      var offending: Int?
      switch code.operations[index] {
      case .column(0, let offset):
        if Int(offset) < draft.level.width, !known.contains(Int(offset)) {
          offending = Int(offset)
        }
      case .scalarSubquery(let query), .exists(let query), .quantified(let query, _, _, _):
        visitColumns(of: query) { level, offset in
          if level == 0, offset < draft.level.width, !known.contains(offset) {
            offending = offset
          }
        }
      default: break
      }
      if let offending {
        reportNotGrouped(offending, at: code.spans[index], draft)
        return false
      }
      index += 1
    }
    return true
  }

  private func reportNotGrouped(_ offset: Int, at span: SourceSpan, _ draft: SelectDraft) {
    let item = draft.level.namespace.first { item in
      item.alias != nil && item.columns.contains { $0.source == .offset(offset) }
    }
    let column = item?.columns.first { $0.source == .offset(offset) }
    let name = "\(item?.alias ?? "").\(column?.name ?? "")"
    report(
      Diagnostic(
        .notGrouped,
        "column `\(name)` must appear in the GROUP BY clause or be used in an aggregate function",
        at: span))
  }
}

extension Code {
  /// Whether `part` stands in this code at a position, its jumps moved.
  func contains(_ part: Code, at position: Int) -> Bool {
    guard part.count > 0, position + part.count <= count else { return false }
    for (index, operation) in part.operations.enumerated() {
      let own = operations[position + index]
      if let target = operation.jumpTarget {
        guard own == operation.jumping(to: target + Int32(position)) else { return false }
      } else if own != operation {
        return false
      }
    }
    return true
  }
}
