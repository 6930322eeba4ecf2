import SQL

/// One model as the file describes it: the scenario as written, or with a variant's changes.
///
/// A plan is made of syntax alone. Compiling it resolves names and types; see ``ModelCompiler``.
struct ModelPlan {
  /// Empty for the scenario as written.
  var name: String
  /// Where the expectation (or else the variant, or the scenario's title) is written.
  var span: SourceSpan
  /// The variant's own values, by parameter.
  var settings: [Setting] = []
  var omittedLocks = OmittedLocks.none
  /// In file order.
  var writers: [WriterSyntax]
  /// In file order.
  var invariants: [InvariantSyntax]
  /// The variant's level goes before a writer's own, the scenario's after it.
  var variantIsolation: IsolationLevelSyntax?
  var scenarioIsolation: IsolationLevelSyntax?
  var clock: ClockSyntax?
  var faults: [FaultSyntax]
  var allowances: [AllowanceSyntax]
  var checks: [CheckSyntax]
  var expectation: ExpectationSyntax?

  /// `set name = expression`.
  struct Setting {
    var name: NameSyntax
    var value: ExpressionSyntax
  }

  /// Which explicit locks are not taken.
  enum OmittedLocks: Equatable {
    case none
    case all(SourceSpan)
    /// By number, ascending.
    case numbered([NumberSyntax])
  }
}

/// Makes the plans of a scenario's models, and finds what contradicts itself on the way.
struct ModelPlanner {
  let scenario: ScenarioSyntax
  private(set) var diagnostics: DiagnosticList

  init(scenario: ScenarioSyntax, diagnostics: DiagnosticList) {
    self.scenario = scenario
    self.diagnostics = diagnostics
  }

  /// The plan of the scenario as written.
  mutating func basePlan(at place: SourceSpan) -> ModelPlan {
    let expectation = single(scenario.expectations, "`expect`", span: \.span) {
      "a scenario has one expectation; give the other case a variant of its own"
    }
    let clock = single(scenario.clocks, "`clock`", span: \.span) {
      "put all instants into one `clock`"
    }
    let isolation = single(scenario.isolations, "`isolation`", span: \.span) {
      "a scenario has one level; a writer may have its own: `writer name isolation serializable`"
    }
    if expectation == nil {
      reportMissingExpectation("the scenario", at: place, isBase: true)
    }
    return ModelPlan(
      name: "", span: expectation?.span ?? place, writers: scenario.writers,
      invariants: scenario.invariants, scenarioIsolation: isolation?.level, clock: clock,
      faults: scenario.faults, allowances: scenario.allowances, checks: scenario.checks,
      expectation: expectation)
  }

  /// The plan of a variant: the base with its changes.
  mutating func plan(_ variant: VariantSyntax, of base: ModelPlan) -> ModelPlan {
    var plan = base
    plan.name = variant.name.text
    plan.span = variant.name.span
    plan.expectation = nil
    var changes = Changes()
    for change in variant.changes { changes.add(change) }

    plan.settings = settings(changes.settings)
    plan.omittedLocks = omittedLocks(changes)
    plan.writers = writers(changes, of: base)
    plan.invariants = invariants(changes, of: base)
    if let isolation = single(changes.isolations, "`isolation`", span: \.span, in: "variant") {
      plan.variantIsolation = isolation.level
    }
    if let clock = single(changes.clocks, "`clock`", span: \.span, in: "variant") {
      plan.clock = clock
    }
    if let faults = changes.faults { plan.faults = faults }
    plan.allowances += changes.allowances
    plan.checks += changes.checks
    if let expectation = single(changes.expectations, "`expect`", span: \.span, in: "variant") {
      plan.expectation = expectation
      plan.span = expectation.span
    } else {
      reportMissingExpectation(
        "variant \"\(variant.name.text)\"", at: variant.name.span, isBase: false)
    }
    return plan
  }

  private mutating func reportMissingExpectation(
    _ subject: String, at place: SourceSpan, isBase: Bool
  ) {
    let where_ = isBase ? "in the file" : "in the variant"
    diagnostics.add(
      Diagnostic(
        .missingExpectation, "\(subject) does not say what must come out", at: place,
        help: "write `expect proved` or `expect violated name` \(where_)"))
  }

  /// The only one of several blocks of a kind, if there is any; a second one is reported.
  private mutating func single<Block>(
    _ blocks: [Block], _ what: String, span: (Block) -> SourceSpan, in place: String = "scenario",
    help: () -> String = { "keep one of them" }
  ) -> Block? {
    guard let first = blocks.first else { return nil }
    for extra in blocks.dropFirst() {
      diagnostics.add(
        Diagnostic(
          .duplicateBlock, "the \(place) has a second \(what)", at: span(extra),
          labels: [.init("the first one", at: span(first))], help: Diagnostic.Help(help())))
    }
    return first
  }

  /// A variant's lines, sorted by what they change.
  private struct Changes {
    var settings: [ModelPlan.Setting] = []
    var withoutLocks: [SourceSpan] = []
    var withoutLock: [NumberSyntax] = []
    var withoutWriters: [NameSyntax] = []
    var onlyWriters: [[NameSyntax]] = []
    var withoutInvariants: [NameSyntax] = []
    var onlyInvariants: [[NameSyntax]] = []
    var isolations: [IsolationSyntax] = []
    var clocks: [ClockSyntax] = []
    /// `nil` when the variant has no `faults`; an empty block removes all faults.
    var faults: [FaultSyntax]?
    var allowances: [AllowanceSyntax] = []
    var checks: [CheckSyntax] = []
    var expectations: [ExpectationSyntax] = []

    mutating func add(_ change: VariantChangeSyntax) {
      switch change {
      case .set(let name, let value): settings.append(.init(name: name, value: value))
      case .withoutLocks(let span): withoutLocks.append(span)
      case .withoutLock(let number): withoutLock.append(number)
      case .withoutWriters(let names): withoutWriters += names
      case .onlyWriters(let names): onlyWriters.append(names)
      case .withoutInvariants(let names): withoutInvariants += names
      case .onlyInvariants(let names): onlyInvariants.append(names)
      case .isolation(let isolation): isolations.append(isolation)
      case .clock(let clock): clocks.append(clock)
      case .faults(let more): faults = (faults ?? []) + more
      case .allow(let allowance): allowances.append(allowance)
      case .check(let check): checks.append(check)
      case .expect(let expectation): expectations.append(expectation)
      }
    }
  }

  // MARK: Parameters and locks

  private mutating func settings(_ settings: [ModelPlan.Setting]) -> [ModelPlan.Setting] {
    var kept: [ModelPlan.Setting] = []
    let names = scenario.parameters.map(\.name.text)
    for setting in settings {
      let name = setting.name
      if let earlier = kept.first(where: { $0.name.text == name.text }) {
        diagnostics.add(
          Diagnostic(
            .contradiction, "the variant sets `\(name.text)` twice", at: name.span,
            labels: [.init("the first time", at: earlier.name.span)],
            help: Diagnostic.Help("keep one of them")))
        continue
      }
      guard names.contains(name.text) else {
        var problem = Diagnostic.misspelt(
          .unknownParameter, "there is no parameter `\(name.text)`", at: name.span,
          name: name.text, among: names)
        if problem.help == nil {
          problem.help = Diagnostic.Help(
            names.isEmpty
              ? "declare it: `param \(name.text) type = value`"
              : "the parameters are \(enumerated(names))")
        }
        diagnostics.add(problem)
        continue
      }
      kept.append(setting)
    }
    return kept
  }

  private mutating func omittedLocks(_ changes: Changes) -> ModelPlan.OmittedLocks {
    if let all = changes.withoutLocks.first {
      for number in changes.withoutLock {
        diagnostics.add(
          Diagnostic(
            .contradiction, "`without locks` already removes lock \(number.value)",
            at: number.span, labels: [.init("removes every lock", at: all)],
            help: Diagnostic.Help("keep one of them")))
      }
      return .all(all)
    }
    var kept: [NumberSyntax] = []
    for number in changes.withoutLock {
      if let earlier = kept.first(where: { $0.value == number.value }) {
        diagnostics.add(
          Diagnostic(
            .contradiction, "the variant removes lock \(number.value) twice", at: number.span,
            labels: [.init("the first time", at: earlier.span)],
            help: Diagnostic.Help("keep one of them")))
      } else {
        kept.append(number)
      }
    }
    return kept.isEmpty ? .none : .numbered(kept.sorted { $0.value < $1.value })
  }

  // MARK: Writers and invariants

  private mutating func writers(_ changes: Changes, of base: ModelPlan) -> [WriterSyntax] {
    let kept = selected(
      base.writers.map(\.name.text), without: changes.withoutWriters, only: changes.onlyWriters,
      what: "writer", code: .unknownWriter)
    let isContradiction = !changes.onlyWriters.isEmpty
    if kept.isEmpty, !isContradiction, let place = changes.withoutWriters.last {
      diagnostics.add(
        Diagnostic(
          .contradiction, "the variant has no writers left", at: place.span,
          help: "leave at least one writer"))
    }
    return base.writers.filter { kept.contains($0.name.text) }
  }

  private mutating func invariants(_ changes: Changes, of base: ModelPlan) -> [InvariantSyntax] {
    let kept = selected(
      base.invariants.map(\.name.text), without: changes.withoutInvariants,
      only: changes.onlyInvariants, what: "invariant", code: .unknownInvariant)
    return base.invariants.filter { kept.contains($0.name.text) }
  }

  /// The names that `without` and `only` lines leave.
  private mutating func selected(
    _ names: [String], without: [NameSyntax], only: [[NameSyntax]], what: String,
    code: DiagnosticCode
  ) -> Set<String> {
    for name in without + only.joined() where !names.contains(name.text) {
      diagnostics.add(Diagnostic.unknown(name, what: what, code: code, among: names))
    }
    if let second = only.dropFirst().first?.first, let first = only.first?.first {
      diagnostics.add(
        Diagnostic(
          .contradiction, "the variant has `only \(what)s` twice", at: second.span,
          labels: [.init("the first one", at: first.span)],
          help: Diagnostic.Help("write one list")))
    }
    var kept = Set(names)
    if let first = only.first {
      kept = Set(first.map(\.text)).intersection(kept)
      for name in without where names.contains(name.text) {
        let isKept = first.first { $0.text == name.text }
        let problem =
          isKept == nil
          ? "`only \(what)s` already leaves out `\(name.text)`"
          : "the variant both keeps and removes \(what) `\(name.text)`"
        diagnostics.add(
          Diagnostic(
            .contradiction, problem, at: name.span,
            labels: (isKept ?? first.first).map { [.init("kept here", at: $0.span)] } ?? [],
            help: Diagnostic.Help("use `only` or `without`, not both")))
      }
    }
    return kept.subtracting(without.map(\.text))
  }
}
