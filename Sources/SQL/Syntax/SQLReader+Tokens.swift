extension SQLReader {
  /// The tokens of a part of a file, without comments and white space, up to its end.
  ///
  /// What the lexer cannot read is left out here; reading the file reports it.
  package static func tokens(in sources: SourceMap, _ span: SourceSpan) -> [Token] {
    let bytes = sources.file(of: span).bytes
    let range = span.range.clamped(to: bytes.indices)
    let input = LexerInput(bytes: bytes, range: range, file: span.file)
    return Lexer.tokens(of: input).tokens.filter { $0.kind != .endOfFile }
  }
}
