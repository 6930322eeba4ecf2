/// One remark in a trace: a statement, a lock, an error, a changed row.
///
/// It is laid out for whatever width its column has.
struct Paragraph: Hashable, Sendable {
  var mark: Mark?
  /// The sign before the text, if the mark has one that stands there.
  var lead = ""
  var leadInk = Ink.plain
  var text: String
  var ink = Ink.plain
  var indent = 0
  /// Broken at clauses.
  var isStatement = false
  /// The most lines; `nil` for no limit.
  var linesLimit: Int?
  /// Marks that occur inside the text.
  var innerMarks: [Mark] = []
  /// Whether the session's transaction is open after the paragraph.
  var isOpenAfter = false

  init(_ text: String, _ ink: Ink = .plain, indent: Int = 0) {
    self.text = text
    self.ink = ink
    self.indent = indent
  }

  init(
    _ mark: Mark, _ lead: String, _ text: String, _ ink: Ink = .plain, leadInk: Ink = .plain,
    indent: Int = 0
  ) {
    self.mark = mark
    self.lead = lead
    self.leadInk = leadInk
    self.text = text
    self.ink = ink
    self.indent = indent
  }

  /// The paragraph in lines of at most `width` columns.
  func lines(width: Int, glyphs: Glyphs) -> [Line] {
    let leadWidth = lead.isEmpty ? 0 : TextWidth.columns(of: lead) + 1
    let room = max(6, width - indent - leadWidth)
    var texts: [String]
    if isStatement {
      texts = StatementText(text, ellipsis: glyphs.ellipsis).lines(width: room, limit: linesLimit)
    } else {
      texts = WordWrap.lines(text, width: room)
      if let limit = linesLimit, texts.count > limit {
        texts = Array(texts.prefix(limit))
        texts[limit - 1] += " " + glyphs.ellipsis
      }
    }
    return texts.enumerated().map { position, text in
      var line = Line()
      line.append(String(repeating: " ", count: indent))
      if position == 0, !lead.isEmpty {
        line.append(lead, leadInk)
        line.append(" ")
      } else {
        line.append(String(repeating: " ", count: leadWidth))
      }
      line.append(text, ink)
      return line
    }
  }

  /// The columns below which words would have to be broken.
  var widthNeeded: Int {
    let leadWidth = lead.isEmpty ? 0 : TextWidth.columns(of: lead) + 1
    let word =
      isStatement ? StatementText(text).widestPart : WordWrap.widestWord(text)
    return indent + leadWidth + word
  }

  /// The columns that put it on one line.
  var widthWanted: Int {
    let leadWidth = lead.isEmpty ? 0 : TextWidth.columns(of: lead) + 1
    return indent + leadWidth + TextWidth.columns(of: text)
  }
}
