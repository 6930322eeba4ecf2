import SQL

/// Checks a scenario's blocks before anything is compiled: what must be there is there, and names
/// are used once.
struct BlockChecker {
  let scenario: ScenarioSyntax
  private(set) var diagnostics = DiagnosticList()

  init(scenario: ScenarioSyntax) { self.scenario = scenario }

  mutating func check() {
    let start = SourceSpan(file: 0, start: 0, end: 0)
    if scenario.title == nil {
      diagnostics.add(
        Diagnostic(
          .missingTitle, "the scenario has no title", at: start,
          help: "begin the file with `scenario \"what happens\"`"))
    }
    if scenario.writers.isEmpty {
      diagnostics.add(
        Diagnostic(
          .missingBlock, "the scenario has no writers", at: scenario.title?.span ?? start,
          help: "add `writer name { … }` for each client of the database"))
    }
    checkUnique(
      scenario.parameters.map { ($0.name.text, $0.name.span) }, what: "parameter")
    checkUnique(scenario.writers.map { ($0.name.text, $0.name.span) }, what: "writer")
    checkUnique(scenario.invariants.map { ($0.name.text, $0.name.span) }, what: "invariant")
    checkUnique(scenario.variants.map { ($0.name.text, $0.name.span) }, what: "variant")
    checkUnique(scenario.timelines.map { ($0.name.text, $0.name.span) }, what: "timeline")
    checkReservedNames()
    checkVariants()
  }

  private mutating func checkUnique(_ names: [(text: String, span: SourceSpan)], what: String) {
    var first: [String: SourceSpan] = [:]
    for name in names {
      guard let earlier = first[name.text] else {
        first[name.text] = name.span
        continue
      }
      diagnostics.add(
        Diagnostic(
          .duplicateName, "there are two \(what)s `\(name.text)`", at: name.span,
          labels: [.init("the first one", at: earlier)],
          help: Diagnostic.Help("give each \(what) a name of its own")))
    }
  }

  /// `expect violated deadlock` means the built-in property.
  private mutating func checkReservedNames() {
    for invariant in scenario.invariants
    where BuiltInProperty(rawValue: invariant.name.text) != nil {
      diagnostics.add(
        Diagnostic(
          .duplicateName, "`\(invariant.name.text)` is the name of a built-in property",
          at: invariant.name.span, help: "give the invariant another name"))
    }
  }

  private mutating func checkVariants() {
    for variant in scenario.variants where variant.name.text.isEmpty {
      diagnostics.add(
        Diagnostic(
          .missingBlock, "the variant has no name", at: variant.name.span,
          help: "say what is different: `variant \"locking off\" { … }`"))
    }
    if let extra = scenario.variants.dropFirst(ScenarioLimits.variants).first {
      diagnostics.add(
        Diagnostic(
          .limitExceeded, "the scenario has \(scenario.variants.count) variants",
          at: extra.name.span,
          help: "a scenario has at most \(ScenarioLimits.variants) variants"))
    }
  }
}
