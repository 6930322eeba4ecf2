/// Reads SQL statements, expressions and procedural programs; see the extensions for the grammar.
package enum SQLReader {
  /// Reads statements separated by semicolons up to the end of the file.
  package static func statements(
    in file: SourceFile, index: UInt16 = 0
  ) -> Parsed<[StatementSyntax]> {
    Parsed(value: [], diagnostics: [])
  }

  /// Reads one expression that fills the file.
  package static func expression(
    in file: SourceFile, index: UInt16 = 0
  ) -> Parsed<ExpressionSyntax?> {
    Parsed(value: nil, diagnostics: [])
  }

  /// Reads a writer program that fills the file.
  package static func program(
    in file: SourceFile, index: UInt16 = 0
  ) -> Parsed<[ProceduralStatementSyntax]> {
    Parsed(value: [], diagnostics: [])
  }
}
