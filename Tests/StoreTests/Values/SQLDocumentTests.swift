import Foundation
import Testing

@testable import Store

/// The lists of docs/SQL.md that are made of the catalogue of types, operators and functions.
///
/// `RACESIM_BLESS=1 swift test` writes them into the document, between `<!-- generated: name -->` and
/// `<!-- end -->`.
@Suite("The lists of the document on SQL", .serialized)
struct SQLDocumentTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "docs/SQL.md")

  @Test(
    "each list is the catalogue's",
    arguments: ["types", "operators", "functions", "refused functions", "aggregates"])
  func lists(name: String) throws {
    let document = try String(contentsOf: Self.path, encoding: .utf8)
    let opening = "<!-- generated: \(name) -->\n"
    let start = try #require(document.range(of: opening)).upperBound
    let rest = document[start...]
    let end = try #require(rest.range(of: "<!-- end -->")).lowerBound
    let wanted = "\n" + Self.list(name) + "\n"
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil {
      let text = document[..<start] + wanted + document[end...]
      try text.write(to: Self.path, atomically: true, encoding: .utf8)
      return
    }
    #expect(document[start..<end] == wanted)
  }

  private static func list(_ name: String) -> String {
    switch name {
    case "types": reasons(DataType.unsupportedNames, code: "RS0203", head: "refused type")
    case "operators": operators
    case "functions": functions
    case "refused functions": reasons(Builtins.refused, code: "RS0204", head: "refused function")
    default: Aggregates.names.sorted().map { "`\($0)`" }.joined(separator: ", ") + "\n"
    }
  }

  /// A table with a row for each reason.
  private static func reasons(
    _ reasons: [String: String], code: String, head: String
  ) -> String {
    let groups = Dictionary(grouping: reasons.keys.sorted()) { reasons[$0] ?? "" }
    let rows = groups.sorted { ($0.value.first ?? "") < ($1.value.first ?? "") }.map {
      "| \($0.value.map { "`\($0)`" }.joined(separator: ", ")) | `\(code)` | \($0.key) |\n"
    }
    return "| \(head) | code | why, or what to use |\n|---|---|---|\n" + rows.joined()
  }

  // MARK: The catalogue

  private static var operators: String {
    let lines = Builtins.catalogue.filter { $0.isOperator && isGiven($0) }
    let compared = groups(lines.filter { $0.name == "=" }) { text($0.parameters[0], $0) }
    return "| operator | between | gives |\n|---|---|---|\n"
      + "| `=` `<>` `!=` `<` `<=` `>` `>=` | two of \(compared[0].forms) | boolean |\n"
      + names(of: lines.filter { !isComparison($0) }).map { name in
        let symbol = "`" + name.replacing("|", with: "\\|") + "`"
        let groups = groups(lines.filter { $0.name == name }) { line in
          let operands = line.parameters.map { text($0, line) }
          return operands.count == 1
            ? "\(symbol) \(operands[0])" : operands.joined(separator: " \(symbol) ")
        }
        return groups.map { "| \(symbol) | \($0.forms) | \($0.result) |\n" }.joined()
      }.joined()
  }

  private static func isComparison(_ line: Builtins.Line) -> Bool {
    if case .comparison = line.routine { true } else { false }
  }

  private static var functions: String {
    let lines = Builtins.catalogue.filter { !$0.isOperator && isGiven($0) }
    return "| function | gives |\n|---|---|\n"
      + names(of: lines).sorted().map { name in
        groups(lines.filter { $0.name == name }) { "`\(name)(\(arguments(of: $0)))`" }
          .map { "| \($0.forms) | \($0.result) |\n" }.joined()
      }.joined()
  }

  /// Forms of one name with the same result, in the order of the catalogue.
  private static func groups(
    _ lines: [Builtins.Line], _ form: (Builtins.Line) -> String
  ) -> [(forms: String, result: String)] {
    var groups: [(forms: [String], result: String)] = []
    for line in lines {
      let result = text(.type(line.result), line)
      let form = form(line)
      if let index = groups.firstIndex(where: { $0.result == result }) {
        if !groups[index].forms.contains(form) { groups[index].forms.append(form) }
      } else {
        groups.append(([form], result))
      }
    }
    return groups.map { ($0.forms.joined(separator: ", "), $0.result) }
  }

  private static func names(of lines: [Builtins.Line]) -> [String] {
    var names: [String] = []
    for line in lines where !names.contains(line.name) { names.append(line.name) }
    return names
  }

  /// Whether it can be written: the grammar has words for some operators, and lacks others.
  private static func isGiven(_ line: Builtins.Line) -> Bool {
    guard line.result != .doublePrecision else { return false }
    guard line.isOperator else { return true }
    let unwritten = ["~~", "!~~", "~~*", "!~~*", "^@", "?"]
    let isFloat = line.parameters.contains(.type(.doublePrecision)) && line.result == .boolean
    return !unwritten.contains(line.name) && !isFloat
  }

  private static func arguments(of line: Builtins.Line) -> String {
    let required = line.parameters.count - line.optionalCount
    var result = ""
    for (index, parameter) in line.parameters.enumerated() {
      if index >= required { result += "[" }
      if index > 0 { result += ", " }
      result += text(parameter, line)
    }
    if line.isVariadic { result += ", …" }
    return result + String(repeating: "]", count: line.optionalCount)
  }

  private static func text(_ parameter: Builtins.Parameter, _ line: Builtins.Line) -> String {
    switch parameter {
    case .any: return "any"
    case .enumeration: return "enum"
    case .type(.doublePrecision): return "numeric"
    case .type(.timestamptz): return "timestamptz"
    case .type(.timestamp): return "timestamp"
    case .type(.time): return "time"
    case .type(.char): return "char(n)"
    case .type(let type):
      let isFree: Bool
      switch line.routine {
      case .integer, .comparison: isFree = line.result == .boolean || line.result.isInteger
      default: isFree = false
      }
      return isFree && type.isInteger ? "int" : type.name
    }
  }
}
