/// How text reports look.
///
/// The default is what a pipe gets: 100 columns, Unicode marks, no colour.
package struct Style: Hashable, Sendable {
  /// How a trace is laid out.
  package enum Layout: String, CaseIterable, Sendable {
    /// Lanes where they fit, else a list.
    case auto
    case lanes
    case list
  }

  /// The columns that a line may take.
  package var width = 100
  /// Only ASCII for marks and lines; text from the scenario stays as it is.
  package var usesASCII = false
  package var usesColor = false
  package var layout = Layout.auto
  /// Statements in full, results of every query.
  package var isVerbose = false

  package init() {}

  /// The fewest columns that reports are laid out for.
  package static let widthMin = 40
  /// The most columns that reports are laid out for.
  package static let widthMax = 400

  /// The marks and lines.
  package var glyphs: Glyphs { usesASCII ? .ascii : .unicode }
}

/// What a sign in a trace means; the legend explains those that were used.
package enum Mark: Int, CaseIterable, Sendable {
  case transaction, lock, waiting, woken, failed, outcome, changed, added, removed, pending
  case committed, undone, world, null, broken
}

/// The characters that reports draw with.
package struct Glyphs: Sendable {
  package var begin: String
  package var inside: String
  package var end: String
  package var lock: String
  package var waiting: String
  package var woken: String
  package var failed: String
  package var outcome: String
  package var committed: String
  package var undone: String
  package var world: String
  package var null: String
  package var broken: String
  package var arrow: String
  package var ellipsis: String
  package var dot: String
  package var line: String
  package var dash: String
  package var arrowHead: String

  package static let unicode = Glyphs(
    begin: "┌", inside: "│", end: "└", lock: "■", waiting: "⋮", woken: "▶", failed: "✗",
    outcome: "⇒", committed: "✓", undone: "↶", world: "°", null: "∅", broken: "◀", arrow: "→",
    ellipsis: "…", dot: "·", line: "─", dash: "┄", arrowHead: "▶")

  package static let ascii = Glyphs(
    begin: "+", inside: "|", end: "+", lock: "#", waiting: ":", woken: ">", failed: "X",
    outcome: "=>", committed: "=", undone: "^", world: "@", null: "NULL", broken: "<", arrow: "->",
    ellipsis: "...", dot: "-", line: "-", dash: ".", arrowHead: ">")

  /// The sign and its meaning.
  package func legend(of mark: Mark) -> (sign: String, meaning: String) {
    switch mark {
    case .transaction: ("\(begin)\(inside)\(end)", "transaction")
    case .lock: (lock, "row lock taken")
    case .waiting: (waiting, "waits")
    case .woken: (woken, "goes on")
    case .failed: (failed, "error")
    case .outcome: (outcome, "outcome")
    case .changed: ("~", "changed")
    case .added: ("+", "added")
    case .removed: ("-", "removed")
    case .pending: ("*", "not committed yet")
    case .committed: (committed, "committed")
    case .undone: (undone, "rolled back")
    case .world: (world, "outside the database: never rolled back")
    case .null: (null, "NULL")
    case .broken: (broken, "goes wrong here")
    }
  }
}
