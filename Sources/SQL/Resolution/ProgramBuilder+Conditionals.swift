import Store

// CASE and its relatives, which evaluate only what they need.
extension ProgramBuilder {
  func resolveConditional(_ syntax: ExpressionSyntax, _ scope: Scope) -> Typed? {
    let span = syntax.span
    switch syntax.kind {
    case .caseWhen(let operand, let branches, let otherwise):
      return caseWhen(operand, branches, otherwise, at: span, scope)
    case .coalesce(let items): return coalesce(items, at: span, scope)
    case .nullif(let left, let right): return nullif(left, right, at: span, scope)
    case .greatest(let items): return extreme(items, isGreatest: true, at: span, scope)
    case .least(let items): return extreme(items, isGreatest: false, at: span, scope)
    default: return nil
    }
  }

  private func caseWhen(
    _ operand: ExpressionSyntax?, _ branches: [CaseBranchSyntax], _ otherwise: ExpressionSyntax?,
    at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let inner = scope.conditional("a CASE does not always evaluate it")
    var isSound = true
    var subject: Typed?
    if let operand {
      subject = resolve(operand, branches.count == 1 ? scope : inner).map(resolvingUnknown)
      isSound = subject.map(isRepeatable) ?? false
    }
    var conditions: [Typed] = []
    var results: [Typed] = []
    for (index, branch) in branches.enumerated() {
      let place = index == 0 && operand == nil ? scope : inner
      if let condition = branchCondition(branch.condition, subject, operand != nil, place) {
        conditions.append(condition)
      } else {
        isSound = false
      }
      if let result = resolve(branch.result, inner) {
        results.append(result)
      } else {
        isSound = false
      }
    }
    let last =
      otherwise.map { resolve($0, inner) } ?? Typed.constant(.null, .unknown, at: span)
    guard isSound, let last else { return nil }
    // PostgreSQL asks the ELSE part first.
    guard let unified = unified([last] + results, in: "CASE") else { return nil }
    var code = Code()
    var exits: [Int] = []
    for (condition, result) in zip(conditions, unified.values.dropFirst()) {
      code.append(condition.code)
      let skip = code.appendJump(.jumpUnlessTrue(0), at: span)
      code.append(result.code)
      exits.append(code.appendJump(.jump(0), at: span))
      code.land(skip)
    }
    code.append(unified.values[0].code)
    for exit in exits { code.land(exit) }
    return Typed(code, unified.type, at: span)
  }

  private func branchCondition(
    _ syntax: ExpressionSyntax, _ subject: Typed?, _ hasSubject: Bool, _ scope: Scope
  ) -> Typed? {
    guard hasSubject else { return booleanOperand(syntax, "CASE/WHEN", scope) }
    guard let value = resolve(syntax, scope), let subject else { return nil }
    return apply("=", subject, value, at: syntax.span)
  }

  private func coalesce(
    _ items: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let inner = scope.conditional("COALESCE does not always evaluate it")
    let values = items.enumerated().compactMap { resolve($1, $0 == 0 ? scope : inner) }
    guard values.count == items.count, let unified = unified(values, in: "COALESCE") else {
      return nil
    }
    var code = Code()
    var exits: [Int] = []
    for (index, value) in unified.values.enumerated() {
      if index > 0 { code.append(.pop, at: span) }
      code.append(value.code)
      if index < unified.values.count - 1 {
        exits.append(code.appendJump(.jumpIfNotNullKeeping(0), at: span))
      }
    }
    for exit in exits { code.land(exit) }
    return Typed(code, unified.type, at: span)
  }

  /// `CASE WHEN left = right THEN NULL ELSE left END`.
  private func nullif(
    _ left: ExpressionSyntax, _ right: ExpressionSyntax, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let first = resolve(left, scope)
    guard let second = resolve(right, scope), let first, isRepeatable(first) else { return nil }
    guard let same = apply("=", first, second, at: span) else { return nil }
    let value = first.type == .unknown ? resolvingUnknown(first) : first
    var code = same.code
    let skip = code.appendJump(.jumpUnlessTrue(0), at: span)
    code.append(.constant(.null), at: span)
    let exit = code.appendJump(.jump(0), at: span)
    code.land(skip)
    code.append(value.code)
    code.land(exit)
    return Typed(code, value.type, at: span)
  }

  private func extreme(
    _ items: [ExpressionSyntax], isGreatest: Bool, at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    let values = items.compactMap { resolve($0, scope) }
    let word = isGreatest ? "GREATEST" : "LEAST"
    guard values.count == items.count, let unified = unified(values, in: word) else { return nil }
    guard Builtins.resolveOperator("<", unified.type, unified.type) != nil else {
      report(
        Diagnostic(
          .typeMismatch, "values of type `\(name(unified.type))` have no order", at: span))
      return nil
    }
    var code = Code()
    for value in unified.values { code.append(value.code) }
    let count = UInt8(clamping: values.count)
    code.append(isGreatest ? .greatest(count: count) : .least(count: count), at: span)
    return Typed(code, unified.type, at: span)
  }
}
