/// How the output of specs compares with what was expected of them.
package enum SpecComparison {
  /// One spec.
  package struct Row {
    var path: String
    var permutations: Int
    var result: String
    var place: String
    package var passes: Bool
    /// The lines that differ, with those around them; empty where none do.
    package var difference: [Line]
  }

  /// Compares an output with the expected ones, any of which will do.
  ///
  /// - Parameters:
  ///   - path: The spec's.
  ///   - output: What was printed; `nil` if the spec could not be run.
  ///   - permutations: How many were run.
  ///   - expected: The expected outputs and their paths.
  /// - Returns: The spec's line of the table.
  package static func compare(
    _ path: String, output: String?, permutations: Int,
    with expected: [(path: String, text: String)]
  ) -> Row {
    var row = Row(
      path: path, permutations: permutations, result: "", place: "", passes: false, difference: [])
    guard let output else {
      row.result = "refused"
      return row
    }
    guard !expected.isEmpty else {
      row.result = "no output to compare with"
      return row
    }
    if expected.contains(where: { $0.text == output }) {
      row.passes = true
      row.result = "same"
      return row
    }
    let actual = lines(of: output)
    let candidates = expected.map { ($0.path, lines(of: $0.text)) }
    let closest = candidates.max {
      commonPrefix($0.1, actual) < commonPrefix($1.1, actual)
    }
    guard let (name, wanted) = closest else { return row }
    let first = commonPrefix(wanted, actual)
    row.result = "differs"
    row.place = "\(name.split(separator: "/").last ?? "")" + ":\(first + 1)"
    row.difference = difference(path, name, wanted, actual)
    return row
  }

  private static func lines(of text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  private static func commonPrefix(_ left: [Substring], _ right: [Substring]) -> Int {
    zip(left, right).prefix { $0 == $1 }.count
  }

  // MARK: Differences

  /// The lines of context around a difference.
  private static let context = 3

  /// A difference in the unified form, by the longest common subsequence of lines.
  private static func difference(
    _ path: String, _ name: String, _ wanted: [Substring], _ actual: [Substring]
  ) -> [Line] {
    var result = [Line("--- \(name)", .strong), Line("+++ \(path)", .strong)]
    let changes = actual.difference(from: wanted)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in changes {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var entries: [(mark: String, text: Substring, line: Int)] = []
    var left = 0
    var right = 0
    while left < wanted.count || right < actual.count {
      if removed.contains(left) {
        entries.append(("-", wanted[left], left))
        left += 1
      } else if inserted.contains(right) {
        entries.append(("+", actual[right], left))
        right += 1
      } else {
        entries.append((" ", wanted[left], left))
        left += 1
        right += 1
      }
    }
    let isNear = entries.indices.map { index in
      (max(0, index - context)...min(entries.count - 1, index + context)).contains {
        entries[$0].mark != " "
      }
    }
    for (index, entry) in entries.enumerated() where isNear[index] {
      if index == 0 || !isNear[index - 1] {
        result.append(Line("@@ line \(entry.line + 1) @@", .dim))
      }
      let ink: Ink = entry.mark == "-" ? .bad : entry.mark == "+" ? .good : .plain
      result.append(Line(entry.mark + entry.text, ink))
    }
    return result
  }

  // MARK: The table

  /// A line for each spec, then the fraction that came out as expected.
  package static func table(_ rows: [Row]) -> [Line] {
    var lines = TextTable(
      heading: ["spec", "permutations", "result", "first difference"],
      rows: rows.map { [$0.path, "\($0.permutations)", $0.result, $0.place] }
    ).lines()
    let passed = rows.count { $0.passes }
    lines.append(Line())
    lines.append(
      Line("\(passed) of \(rows.count) specs as expected", passed == rows.count ? .good : .bad))
    return lines
  }
}
