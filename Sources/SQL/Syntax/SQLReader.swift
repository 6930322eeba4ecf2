/// What a parser made of a text: as much of the tree as it could read, and what is wrong with it.
package struct Parsed<Value: Sendable>: Sendable {
  package var value: Value

  /// In the order of the file, at most ``Diagnostic/countLimit``.
  package var diagnostics: [Diagnostic]

  package init(value: Value, diagnostics: [Diagnostic]) {
    self.value = value
    self.diagnostics = diagnostics.inFileOrder
  }

  /// Whether nothing is wrong beyond warnings; otherwise the tree has gaps.
  package var isUsable: Bool { !diagnostics.contains { $0.severity == .error } }
}

extension [Diagnostic] {
  /// The diagnostics by file and place; those of one place stay in their order.
  package var inFileOrder: [Diagnostic] {
    let sorted = enumerated().sorted { left, right in
      let leftKey = (left.element.span.file, left.element.span.start, left.offset)
      let rightKey = (right.element.span.file, right.element.span.start, right.offset)
      return leftKey < rightKey
    }
    return sorted.prefix(Diagnostic.countLimit).map(\.element)
  }
}

/// Reads whole texts of SQL; a scenario's blocks are read with a ``Parser`` instead.
package enum SQLReader {
  /// Reads statements separated by semicolons up to the end of the file.
  package static func statements(
    in file: SourceFile, index: UInt16 = 0
  ) -> Parsed<[StatementSyntax]> {
    var parser = Parser(file, index: index)
    let statements = parser.parseStatements()
    parser.recordStrayBrace()
    return Parsed(value: statements, diagnostics: parser.diagnostics)
  }

  /// Reads one expression that fills the file.
  package static func expression(
    in file: SourceFile, index: UInt16 = 0
  ) -> Parsed<ExpressionSyntax?> {
    var parser = Parser(file, index: index)
    let expression = parser.parseWhole { (parser) throws(ParseFailure) in
      try parser.parseExpression()
    }
    return Parsed(value: expression, diagnostics: parser.diagnostics)
  }

  /// Reads a writer program that fills the file.
  package static func program(
    in file: SourceFile, index: UInt16 = 0
  ) -> Parsed<[ProceduralStatementSyntax]> {
    var parser = Parser(file, index: index)
    let statements = parser.parseProgram()
    parser.recordStrayBrace()
    return Parsed(value: statements, diagnostics: parser.diagnostics)
  }
}

extension Parser {
  /// Reads something that must fill the whole text.
  package mutating func parseWhole<Value>(
    _ body: (inout Parser) throws(ParseFailure) -> Value
  ) -> Value? {
    do throws(ParseFailure) {
      let value = try body(&self)
      guard isAtEnd else { throw unexpected("nothing more") }
      return value
    } catch {
      return nil
    }
  }

  /// Reports a `}` that no block opened.
  fileprivate mutating func recordStrayBrace() {
    if !isAtEnd { _ = unexpected("the end of the text") }
  }
}
