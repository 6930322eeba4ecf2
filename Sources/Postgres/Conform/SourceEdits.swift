import SQL

/// A source file's text with parts of it replaced: what is not replaced is the user's own, byte for byte.
struct SourceEdits {
  private struct Edit {
    var file: UInt16
    var range: Range<Int>
    var text: String
  }

  private let sources: SourceMap
  private var edits: [Edit] = []

  init(_ sources: SourceMap) { self.sources = sources }

  /// Puts a text in the place of what `span` covers; an empty span is an insertion.
  ///
  /// Inside a text that has been replaced already nothing is replaced again.
  mutating func replace(_ span: SourceSpan, with text: String) {
    edits.append(Edit(file: span.file, range: span.range, text: text))
  }

  /// The text that `span` covers, with the replacements.
  func text(of span: SourceSpan) -> String {
    let bytes = sources.file(of: span).bytes
    let whole = span.range.clamped(to: bytes.indices)
    let inside = edits.enumerated()
      .filter { edit in
        edit.element.file == span.file && edit.element.range.lowerBound >= whole.lowerBound
          && edit.element.range.upperBound <= whole.upperBound
      }
      .sorted {
        ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
      }
    var result: [UInt8] = []
    var cursor = whole.lowerBound
    for (_, edit) in inside where edit.range.lowerBound >= cursor {
      result += bytes[cursor..<edit.range.lowerBound]
      result += Array(edit.text.utf8)
      cursor = edit.range.upperBound
    }
    result += bytes[cursor..<whole.upperBound]
    return String(decoding: result, as: UTF8.self)
  }
}
