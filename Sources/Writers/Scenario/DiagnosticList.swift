import SQL

/// What is wrong with a scenario, gathered while it is compiled.
///
/// Each variant compiles the whole scenario anew, so the same mistake turns up once for every
/// variant; it is kept once.
struct DiagnosticList {
  private var seen: Set<Diagnostic> = []
  private var items: [Diagnostic] = []

  init() {}

  /// Whether the scenario cannot be used.
  private(set) var hasErrors = false

  mutating func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { hasErrors = true }
    if seen.insert(diagnostic).inserted { items.append(diagnostic) }
  }

  mutating func add(contentsOf diagnostics: [Diagnostic]) {
    for diagnostic in diagnostics { add(diagnostic) }
  }

  /// All diagnostics in the order of the file; the first ``Diagnostic/countLimit`` of them, errors
  /// before warnings where there are more.
  var sorted: [Diagnostic] {
    guard items.count > Diagnostic.countLimit else { return items.inFileOrder }
    let errors = items.filter { $0.severity == .error }.inFileOrder
    let others = items.filter { $0.severity != .error }.inFileOrder
    return Array((errors + others).prefix(Diagnostic.countLimit)).inFileOrder
  }
}
