/// One mistake in a scenario file: what is wrong, where, and what to type instead.
///
/// Messages are lower case without a full stop, names in backticks, what is wrong first.
package struct Diagnostic: Error, Hashable, Sendable {
  /// How much a diagnostic weighs; only an error makes a file unusable.
  package enum Severity: String, Sendable {
    case error, warning, note
  }

  /// A second place that explains the first.
  package struct Label: Hashable, Sendable {
    package var span: SourceSpan
    package var text: String

    package init(_ text: String, at span: SourceSpan) {
      self.span = span
      self.text = text
    }
  }

  /// New text for a range of the file.
  package struct Replacement: Hashable, Sendable {
    package var span: SourceSpan
    package var text: String

    package init(_ text: String, at span: SourceSpan) {
      self.span = span
      self.text = text
    }
  }

  /// What to do about it; with a replacement, the edit itself.
  package struct Help: Hashable, Sendable {
    package var text: String
    package var replacement: Replacement?

    package init(_ text: String, replacement: Replacement? = nil) {
      self.text = text
      self.replacement = replacement
    }
  }

  /// The stable code, `RS0104`.
  package var code: DiagnosticCode

  package var severity: Severity

  /// What is wrong, in one line.
  package var message: String

  /// Where it is wrong; underlined with carets.
  package var span: SourceSpan

  /// The words after the carets; empty for none.
  package var caption: String

  /// Other places that belong to the story; underlined with dashes.
  package var labels: [Label]

  /// Remarks without a place.
  package var notes: [String]

  package var help: Help?

  package init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, caption: String = "",
    labels: [Label] = [], notes: [String] = [], help: Help? = nil
  ) {
    self.code = code
    self.severity = code.severity
    self.message = message
    self.span = span
    self.caption = caption
    self.labels = labels
    self.notes = notes
    self.help = help
  }

  /// An error whose help is a sentence.
  package init(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, caption: String = "",
    help: String
  ) {
    self.init(code, message, at: span, caption: caption, help: Help(help))
  }

  /// A misspelt name, with the candidate that comes closest as the help.
  package static func misspelt(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, name: String,
    among candidates: [String], caption: String = ""
  ) -> Diagnostic {
    var diagnostic = Diagnostic(code, message, at: span, caption: caption)
    if let best = didYouMean(name, among: candidates) {
      diagnostic.help = Help(
        "did you mean `\(best)`?", replacement: Replacement(best, at: span))
    }
    return diagnostic
  }

  /// The most diagnostics that one run reports.
  package static let countLimit = 20
}

/// The candidate that `name` was most likely meant to be, if one is close enough.
///
/// Close means an edit distance below 4 and at most a third of the longer name's length (at
/// least 1, so that two letters may differ by one). Letter case and the order of two neighbours
/// cost less than a letter. Ties go to the earlier candidate.
package func didYouMean(_ name: String, among candidates: [String]) -> String? {
  let wanted = Array(name.lowercased().unicodeScalars)
  guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates where candidate != name {
    let other = Array(candidate.lowercased().unicodeScalars)
    guard other.count <= 64, abs(other.count - wanted.count) < 4 else { continue }
    let distance = editDistance(wanted, other)
    let allowed = min(3, max(1, max(wanted.count, other.count) / 3))
    if distance <= allowed, distance < best?.distance ?? .max {
      best = (candidate, distance)
    }
  }
  return best?.candidate
}

/// The number of letters to insert, delete, replace or swap with their neighbour.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
  var beforeLast = [Int](repeating: 0, count: right.count + 1)
  var last = Array(0...right.count)
  for row in 0..<left.count {
    var next = [row + 1] + [Int](repeating: 0, count: right.count)
    for column in 0..<right.count {
      let substitution = last[column] + (left[row] == right[column] ? 0 : 1)
      var cost = min(substitution, last[column + 1] + 1, next[column] + 1)
      let canSwap = row > 0 && column > 0
      if canSwap, left[row] == right[column - 1], left[row - 1] == right[column] {
        cost = min(cost, beforeLast[column - 1] + 1)
      }
      next[column + 1] = cost
    }
    beforeLast = last
    last = next
  }
  return last[right.count]
}
