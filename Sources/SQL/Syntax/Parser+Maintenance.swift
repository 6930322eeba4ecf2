/// VACUUM and ANALYZE.
extension Parser {
  /// Reads `VACUUM [(option, …)] [table, …]` and `ANALYZE`, also with VACUUM's old order of options.
  mutating func parseMaintenance() throws(ParseFailure) -> StatementKind {
    var result = MaintenanceSyntax(isVacuum: current.text == "vacuum")
    result.analyzes = advance().text != "vacuum"
    if isSymbol("(") {
      let opening = current.span
      try expect(symbol: "(")
      repeat { try parseMaintenanceOption(into: &result) } while accept(symbol: ",")
      try expectClosing(")", of: opening)
    } else {
      while isAnyWord(["full", "freeze", "verbose", "analyze", "analyse"]) {
        let word = advance().text
        if word == "full" { result.isFull = true }
        if word.hasPrefix("analy") { result.analyzes = true }
      }
    }
    guard isName() else { return .maintenance(result) }
    result.tables = try list { (parser) throws(ParseFailure) in
      let table = try parser.expectQualifiedName("a table")
      if parser.isSymbol("(") { _ = try parser.nameList() }
      return table
    }
    return .maintenance(result)
  }

  /// Reads `option [value]`; those that change neither locks nor rows are passed over.
  private mutating func parseMaintenanceOption(
    into result: inout MaintenanceSyntax
  ) throws(ParseFailure) {
    let option = try expectLabel().text
    var isOn = true
    if !isSymbol(","), !isSymbol(")") {
      isOn = !isAnyWord(["false", "off"]) && current.text != "0"
      advance()
    }
    switch option {
    case "full": result.isFull = isOn
    case "skip_locked": result.skipsLocked = isOn
    case "analyze", "analyse": result.analyzes = isOn
    default: break
    }
  }
}
