/// The smallest piece of a text that has a meaning.
package struct Token: Hashable, Sendable {
  /// The sorts of tokens.
  package enum Kind: Hashable, Sendable {
    /// An unquoted identifier or keyword, folded to lower case.
    case word

    /// An identifier in double quotes.
    case quoted

    /// A string in single quotes, decoded.
    case string

    /// A string between dollar quotes; its content can be read again as a text of its own.
    case dollarString

    case integer
    case decimal

    /// `:name`
    case parameter

    /// `$1`
    case positional

    /// An operator or punctuation mark; `!=` is `<>`.
    case symbol

    /// Something that has been reported already and fits nowhere.
    case invalid

    case endOfFile
  }

  package var kind: Kind

  /// The folded or decoded text; of a parameter, the name without its mark.
  package var text: String

  package var span: SourceSpan

  /// The bytes between the quotes of a string; otherwise the same as ``span``.
  package var content: SourceSpan

  package init(_ kind: Kind, _ text: String, at span: SourceSpan, content: SourceSpan? = nil) {
    self.kind = kind
    self.text = text
    self.span = span
    self.content = content ?? span
  }
}

/// The bytes that a lexer reads and where each of them stands in its file.
///
/// A function's body in single quotes is decoded before it is read again: then byte 7 of the
/// body need not be byte 7 after the opening quote.
package struct LexerInput: Sendable {
  /// The whole file, or a decoded piece of it.
  package let bytes: [UInt8]

  /// The part of ``bytes`` that is read.
  package let range: Range<Int>

  /// The file's index in the source map.
  package let file: UInt16

  /// The offset in the file of every byte and of the end; `nil` when bytes are the file's own.
  package let offsets: [Int32]?

  package init(bytes: [UInt8], range: Range<Int>, file: UInt16, offsets: [Int32]? = nil) {
    precondition(range.upperBound <= bytes.count, "\(range) reaches past \(bytes.count) bytes")
    self.bytes = bytes
    self.range = range
    self.file = file
    self.offsets = offsets
  }

  /// The place in the file of a range of bytes.
  package func span(_ start: Int, _ end: Int) -> SourceSpan {
    guard let offsets else { return SourceSpan(file: file, start: start, end: end) }
    return SourceSpan(file: file, start: Int(offsets[start]), end: Int(offsets[end]))
  }

  /// The text of a range of bytes.
  package func text(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The text at a place in the file; ``bytes`` must be the file's own.
  package func text(_ span: SourceSpan) -> String {
    text(Int(span.start), min(Int(span.end), bytes.count))
  }
}
