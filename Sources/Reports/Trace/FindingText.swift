import Scheduler

/// Why a run is wrong and what to try.
struct FindingText {
  private let finding: Trace.Finding
  private let trace: Trace
  private let style: Style
  private let glyphs: Glyphs
  private let values: ValueText

  init(_ finding: Trace.Finding, trace: Trace, style: Style) {
    self.finding = finding
    self.trace = trace
    self.style = style
    glyphs = style.glyphs
    values = ValueText(glyphs: style.glyphs, limit: style.isVerbose ? nil : 48)
  }

  /// `invariant everyone_seated`, `deadlock`.
  static func property(_ finding: Trace.Finding) -> String {
    switch finding.kind {
    case .invariant: "invariant \(finding.name.visible)"
    case .finally: "finally \(finding.name.visible)"
    case .deadlock, .stuck, .endless, .error, .serializable: finding.name.visible
    }
  }

  func lines() -> [Line] {
    var result: [Line] = []
    let why = whyLines()
    if !why.isEmpty { result += [Line()] + why }
    let beside = besideLines()
    if !beside.isEmpty { result += [Line()] + beside }
    let advice = adviceLines()
    if !advice.isEmpty { result += [Line()] + advice }
    return result
  }

  // MARK: Why

  private func whyLines() -> [Line] {
    var result: [Line]
    switch finding.kind {
    case .invariant, .finally: result = invariantLines()
    case .deadlock: result = deadlockLines()
    case .stuck, .endless, .error, .serializable:
      result = finding.text.isEmpty ? [] : section("why", finding.text)
    }
    if finding.kind != .invariant, finding.kind != .finally { result += queryLines() }
    result += rowLines()
    return result
  }

  // MARK: Beside it

  /// What serial orders and stronger levels give, and what little would have had to be different.
  private func besideLines() -> [Line] {
    let evidence = EvidenceText(finding.evidence)
    var result: [Line] = []
    if let serial = evidence.serial { result += section("serial", serial) }
    if let level = evidence.level { result += section("level", level) }
    if let near = finding.evidence.near {
      result += section("near", near.text) + section("", "--token \(near.token)", ink: .dim)
    }
    return result
  }

  private func section(_ title: String, _ text: String, ink: Ink = .plain) -> [Line] {
    SectionLine.wrapped(title, text.visible, width: style.width, ink: ink)
  }

  private func invariantLines() -> [Line] {
    let text = finding.text.isEmpty ? finding.name : finding.text
    let place = finding.kind == .finally ? "at the end: " : ""
    var result = section("why", "must hold \(place)\(text)")
    if finding.kind == .invariant { result = section("why", "must always hold: \(text)") }
    if finding.kind == .finally { result = section("why", "must hold at the end: \(text)") }
    return result + queryLines()
  }

  private func deadlockLines() -> [Line] {
    var result = section("why", finding.text.isEmpty ? "each waits for the next" : finding.text)
    for wait in finding.cycle { result += section("", wait) }
    if let drawing = cycleDrawing() { result.append(SectionLine.line(drawing)) }
    result += section(
      "",
      "PostgreSQL ends it by failing one of them with 40P01; which one is its choice, "
        + "and every choice is explored", ink: .dim)
    return result
  }

  /// `confirm ──payments(1)──▶ cron ──orders(1)──▶ confirm`.
  private func cycleDrawing() -> Line? {
    var line = Line()
    var first: String?
    var expected: String?
    for wait in finding.cycle {
      guard let (waiter, holder, what) = Self.parts(of: wait) else { return nil }
      if let expected, expected != waiter { return nil }
      if first == nil {
        first = waiter
        line.append(waiter.visible, ink(of: waiter))
      }
      let bar = glyphs.line + glyphs.line
      line.append(" \(bar)\(what.visible)\(bar)\(glyphs.arrowHead) ", .dim)
      line.append(holder.visible, ink(of: holder))
      expected = holder
    }
    guard first != nil, first == expected else { return nil }
    return line.width <= style.width - SectionLine.indent ? line : nil
  }

  private func ink(of name: String) -> Ink {
    trace.lanes.firstIndex { $0.name == name }.map { Ink.lane($0) } ?? .plain
  }

  /// The parts of `confirm waits for cron on payments(1)`.
  private static func parts(of wait: String) -> (waiter: String, holder: String, what: String)? {
    guard let waits = range(of: " waits for ", in: wait) else { return nil }
    let rest = String(wait[waits.upperBound...])
    guard let on = range(of: " on ", in: rest) else { return nil }
    return (
      String(wait[..<waits.lowerBound]), String(rest[..<on.lowerBound]),
      String(rest[on.upperBound...])
    )
  }

  /// Where a text first contains another.
  private static func range(of part: String, in text: String) -> Range<String.Index>? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(part) {
        return start..<text.index(start, offsetBy: part.count)
      }
      start = text.index(after: start)
    }
    return nil
  }

  // MARK: The query

  private func queryLines() -> [Line] {
    guard let query = finding.query, !query.isEmpty else { return falsePartLines(isShown: false) }
    var result: [Line] = []
    if let path = finding.path {
      let place = finding.line.map { "\(path.visible):\($0)" } ?? path.visible
      result.append(SectionLine.line(Line(place, .dim)))
    }
    let gutter = finding.line.map(String.init) ?? ""
    let room = style.width - SectionLine.indent - gutter.count - 3
    let texts = StatementText(query.visible, ellipsis: glyphs.ellipsis).lines(
      width: room, limit: nil)
    var isShown = false
    for (position, text) in texts.enumerated() {
      result.append(numbered(position == 0 ? gutter : "", width: gutter.count, Line(text)))
      guard !isShown, let part = finding.falsePart?.visible,
        let found = Self.range(of: part, in: text)
      else { continue }
      isShown = true
      var under = Line()
      under.pad(to: TextWidth.columns(of: text[..<found.lowerBound]))
      under.append(String(repeating: "^", count: TextWidth.columns(of: part)), .bad)
      result.append(numbered("", width: gutter.count, under))
    }
    return result + falsePartLines(isShown: isShown)
  }

  private func numbered(_ number: String, width: Int, _ content: Line) -> Line {
    var line = Line(number.paddedLeft(to: width) + " \(glyphs.inside) ", .dim)
    line.append(content)
    return SectionLine.line(line)
  }

  private func falsePartLines(isShown: Bool) -> [Line] {
    guard !isShown, let part = finding.falsePart, !part.isEmpty else { return [] }
    return section("", part, ink: .bad)
  }

  // MARK: The rows

  private func rowLines() -> [Line] {
    guard !finding.rows.isEmpty else { return [] }
    let count = finding.rows.count == 1 ? "one row" : "\(finding.rows.count) rows"
    let says =
      finding.step > 0
      ? "must return no row; after step \(finding.step) it returns \(count):"
      : "must return no row; at the start it returns \(count):"
    var result = section("", says, ink: .dim)
    let limit = style.isVerbose ? finding.rows.count : 10
    let rows = finding.rows.prefix(limit).map { row in row.map { values.text($0) } }
    for line in TextTable(heading: finding.columns.map(\.visible), rows: rows).lines() {
      result.append(SectionLine.line(line))
    }
    if finding.rows.count > limit {
      result += section("", "\(glyphs.ellipsis) and \(finding.rows.count - limit) more", ink: .dim)
    }
    return result
  }

  // MARK: Advice

  private func adviceLines() -> [Line] {
    var result: [Line] = []
    let remedies = finding.remedies
    for (position, remedy) in remedies.enumerated() {
      let number = remedies.count > 1 ? "\(position + 1)  " : ""
      let indent = String(repeating: " ", count: number.count)
      let width = style.width - SectionLine.indent - number.count
      for (row, text) in WordWrap.lines(remedy.text.visible, width: width).enumerated() {
        var line = Line(row == 0 ? number : indent, .strong)
        line.append(text)
        result.append(SectionLine.line(position == 0 && row == 0 ? "fix" : "", line))
      }
      for text in remedy.result.map({ WordWrap.lines($0.visible, width: width) }) ?? [] {
        var line = Line(indent)
        line.append(text, .good)
        result.append(SectionLine.line(line))
      }
    }
    return result
  }
}
