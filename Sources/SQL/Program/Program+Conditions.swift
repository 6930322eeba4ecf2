import Store

/// What conditions say, read off their code.
extension Program {
  /// The positions of an expression's code in ``operations``.
  package func range(of expression: Expression) -> Range<Int> {
    Int(expression.start)..<Int(expression.start) + Int(expression.count)
  }

  /// The conditions that must all hold for a condition to hold, in the order in which they are evaluated; if
  /// one is false, those after it are not (nor if one is NULL, but within an AND that is written).
  ///
  ///     a = 1 AND b > 2      a  1  =  jumpIfFalse ─┐  b  2  >  and ◀ the jump lands behind it
  ///                          └───────┘             └▶ └───────┘
  package func conjuncts(of expression: Expression) -> [Range<Int>] {
    conjuncts(in: range(of: expression), start: Int(expression.start))
  }

  private func conjuncts(in range: Range<Int>, start: Int) -> [Range<Int>] {
    guard let last = range.last, operations[last] == .and else { return [range] }
    let target = Int32(range.upperBound - start)
    let ends = [Operation.jumpIfFalseKeeping(target), .jumpUnlessTrueKeeping(target)]
    guard let jump = range.first(where: { ends.contains(operations[$0]) }) else { return [range] }
    return conjuncts(in: range.lowerBound..<jump, start: start)
      + conjuncts(in: jump + 1..<last, start: start)
  }

  /// The two sides of `x = y`, where each is a column, a variable or a constant; `nil` for anything else.
  package func equality(at range: Range<Int>) -> (left: Operation, right: Operation)? {
    guard range.count == 3, case .call(let function, 2, _) = operations[range.lowerBound + 2],
      Builtins.isEquality(function)
    else { return nil }
    let sides = (operations[range.lowerBound], operations[range.lowerBound + 1])
    guard sides.0.isPlainOperand, sides.1.isPlainOperand else { return nil }
    return sides
  }

  /// Whether evaluating the code only compares values, so that it cannot fail and nobody can notice it.
  package func onlyCompares(_ range: Range<Int>) -> Bool {
    operations[range].allSatisfy(\.onlyCompares)
  }
}

extension Operation {
  var isPlainOperand: Bool {
    switch self {
    case .constant, .column, .slot: true
    default: false
    }
  }

  /// Whether it compares values or moves them about; see ``Program/onlyCompares(_:)``.
  package var onlyCompares: Bool {
    switch self {
    case .constant, .column, .slot, .and, .or, .not, .isNull, .isNotNull, .isTrue, .isFalse,
      .isDistinct, .pop, .jump, .jumpIfFalseKeeping, .jumpUnlessTrueKeeping, .jumpIfTrueKeeping,
      .jumpIfNotNullKeeping,
      .jumpUnlessTrue, .greatest, .least:
      true
    case .call(let function, _, _): Builtins.isComparison(function)
    case .routine, .cast, .scalarSubquery, .exists, .quantified, .nextValue, .refused, .lockCall,
      .setting, .configure, .sequence, .row, .sessionCall, .tableName, .place, .array,
      .anyElement:
      false
    }
  }
}
