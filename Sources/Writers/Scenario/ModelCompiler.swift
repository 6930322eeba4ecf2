import SQL
import Store

/// Compiles one plan of a scenario into the model that is explored.
///
/// Every model has a program of its own, because a variant may change whatever the program holds:
/// a constant, a lock, which writers there are.
struct ModelCompiler {
  let scenario: ScenarioSyntax
  let plan: ModelPlan
  private let builder: ProgramBuilder
  private(set) var diagnostics: DiagnosticList
  /// The groups of sessions whose writers run `times many`.
  private var manyGroups: Set<Int> = []

  init(
    scenario: ScenarioSyntax, plan: ModelPlan, sources: SourceMap, diagnostics: DiagnosticList
  ) {
    self.scenario = scenario
    self.plan = plan
    self.diagnostics = diagnostics
    let omitted: ProgramBuilder.Options.OmittedLocks =
      switch plan.omittedLocks {
      case .none: .none
      case .all: .all
      case .numbered(let numbers): .numbers(Set(numbers.map(\.value)))
      }
    builder = ProgramBuilder(
      sources: sources, options: ProgramBuilder.Options(omittedLocks: omitted))
  }

  /// Stands for a program that could not be compiled; then there is an error and no scenario.
  private static let noRoutine = RoutineID(0)

  /// A model and what timelines need to know of it.
  struct Output {
    var model: Model
    var roster: Roster
    var properties: PropertyNames
    /// The parameters that the model's program names.
    var usedParameters: Set<String>
    /// The invariants that some writer may break.
    var atRisk: Set<String>
  }

  /// Compiles everything; after a mistake the output is of no use but for finding more mistakes.
  mutating func compile() -> Output {
    let schema = scenario.schemas.flatMap(\.statements)
    let world = scenario.worlds.flatMap(\.statements)
    let data = scenario.data.flatMap(\.statements)
    // Locks are numbered over all writers, so that a number means the same in every variant.
    builder.numberLocks(
      in: schema + world + data, scenario.writers.flatMap(\.program.statements))
    checkOmittedLocks()

    // A parameter's type may be an enum of the schema, and a function's head may name a parameter.
    builder.define(schema.filter { $0.isEnumDefinition }, isWorld: false)
    let parameters = addParameters()
    builder.define(schema.filter { !$0.isEnumDefinition }, isWorld: false)
    builder.define(world, isWorld: true)
    builder.compileFunctions()

    let setup = builder.compileSetup(data) ?? Self.noRoutine
    let roster = planSessions()
    let sessions = compileWriters(of: roster)
    let invariants = compileInvariants()
    builder.finishRoutines()
    takeDiagnostics()

    var model = Model(name: plan.name, program: builder.program, setup: setup, span: plan.span)
    model.sessions = sessions
    model.manyGroups = manyGroups
    OpenEndChecker.check(sessions, in: builder.program, &diagnostics)
    ShortLockChecker.check(sessions, in: builder.program, &diagnostics)
    model.lockSites = builder.lockSites
    model.omittedLocks =
      switch plan.omittedLocks {
      case .none: []
      case .all: Set(builder.lockSites.map(\.number))
      case .numbered(let numbers): Set(numbers.map(\.value))
      }
    model.parameters = parameters.map {
      Model.Parameter(name: $0.name, type: $0.value.type, value: $0.value.value)
    }
    model.variableUses = builder.variableUses
    model.clock = ClockCompiler.instants(of: plan.clock, &diagnostics)
    model.invariants = invariants
    model.faults = roster.faults(plan.faults, &diagnostics)
    model.allowances = roster.allowances(plan.allowances, &diagnostics)
    model.checksSerializable = plan.checks.contains { $0.kind == .serializable }
    let properties = propertyNames(of: model)
    model.expectation = properties.expectation(plan.expectation, &diagnostics)
    model.fingerprint = fingerprint(of: model, parameters: parameters)
    return Output(
      model: model, roster: roster, properties: properties,
      usedParameters: builder.usedParameters, atRisk: atRisk(of: model))
  }

  /// Evaluates a constant with this model's parameters.
  func evaluate(
    _ expression: ExpressionSyntax, _ diagnostics: inout DiagnosticList
  ) -> TypedValue? {
    Self.evaluate(expression, as: nil, in: builder, &diagnostics)
  }

  private static func evaluate(
    _ expression: ExpressionSyntax, as type: DataType?, in builder: ProgramBuilder,
    _ diagnostics: inout DiagnosticList
  ) -> TypedValue? {
    let constant = builder.constant(expression, as: type)
    diagnostics.add(contentsOf: builder.diagnostics)
    builder.diagnostics = []
    return constant.map { TypedValue(value: $0.0, type: $0.1) }
  }

  private mutating func takeDiagnostics() {
    diagnostics.add(contentsOf: builder.diagnostics)
    builder.diagnostics = []
  }

  // MARK: Locks and parameters

  private mutating func checkOmittedLocks() {
    guard case .numbered(let numbers) = plan.omittedLocks else {
      if case .all(let span) = plan.omittedLocks, builder.lockSites.isEmpty {
        diagnostics.add(
          Diagnostic(
            .unknownLock, "the scenario has no explicit locks", at: span,
            help: "explicit locks are `FOR UPDATE` and its kin; remove the line"))
      }
      return
    }
    let sites = builder.lockSites
    for number in numbers where !sites.contains(where: { $0.number == number.value }) {
      let count = sites.isEmpty ? "no explicit locks" : plural(sites.count, "explicit lock")
      var problem = Diagnostic(
        .unknownLock, "there is no lock \(number.value): the scenario has \(count)",
        at: number.span,
        help: sites.isEmpty
          ? "explicit locks are `FOR UPDATE` and its kin; remove the line"
          : "write a number from 1 to \(sites.count)")
      problem.labels = sites.prefix(10).map { .init("lock \($0.number)", at: $0.span) }
      diagnostics.add(problem)
    }
  }

  /// Evaluates the parameters in order, each with those before it, and gives their values.
  private mutating func addParameters() -> [(name: String, value: TypedValue)] {
    var result: [(name: String, value: TypedValue)] = []
    for parameter in scenario.parameters {
      let setting = plan.settings.first { $0.name.text == parameter.name.text }
      let type = builder.dataType(parameter.type)
      takeDiagnostics()
      guard let type else { continue }
      let expression = setting?.value ?? parameter.value
      guard let value = Self.evaluate(expression, as: type, in: builder, &diagnostics) else {
        // Its name is known, so that its uses are no mistakes.
        builder.addParameter(name: parameter.name.text, type: type, value: .null)
        continue
      }
      builder.addParameter(name: parameter.name.text, type: type, value: value.value)
      result.append((parameter.name.text, TypedValue(value: value.value, type: type)))
    }
    return result
  }

  // MARK: Writers

  private mutating func planSessions() -> Roster {
    let builder = builder
    var planner = SessionPlanner(diagnostics: diagnostics) { expression, diagnostics in
      Self.evaluate(expression, as: nil, in: builder, &diagnostics)
    }
    let plans = plan.writers.map { planner.plan($0) }
    diagnostics = planner.diagnostics
    let kept = Set(plan.writers.map(\.name.text))
    return Roster(
      plans: plans, absent: Set(scenario.writers.map(\.name.text)).subtracting(kept))
  }

  private mutating func compileWriters(of roster: Roster) -> [SessionDefinition] {
    var sessions: [SessionDefinition] = []
    var groupCount = 0
    for plan in roster.plans where !plan.sessions.isEmpty {
      let writer = plan.writer
      let routine = builder.compileWriter(
        name: writer.name.text, parameters: plan.parameters.map { ($0.name, $0.type) },
        program: writer.program.statements)
      let retryConditions = Conditions.states(of: writer.retry?.conditions ?? [], &diagnostics)
      var groups: [[Value]: Int] = [:]
      for session in plan.sessions {
        let group = groups[session.arguments] ?? groupCount
        if group == groupCount { groupCount += 1 }
        groups[session.arguments] = group
        if plan.isMany { manyGroups.insert(group) }
        var definition = SessionDefinition(
          writer: writer.name.text, name: session.name, routine: routine ?? Self.noRoutine,
          arguments: session.arguments, isolation: isolation(of: writer), group: group)
        definition.retries = plan.retries
        definition.retryConditions = retryConditions
        definition.restarts = plan.restarts
        definition.restartsOnCrashOnly = writer.restartsOnCrashOnly
        sessions.append(definition)
      }
    }
    return sessions
  }

  private func isolation(of writer: WriterSyntax) -> IsolationLevel {
    let written = plan.variantIsolation ?? writer.isolation?.level ?? plan.scenarioIsolation
    switch written {
    case nil, .readUncommitted, .readCommitted: return .readCommitted
    case .repeatableRead: return .repeatableRead
    case .serializable: return .serializable
    }
  }

  // MARK: Invariants

  private mutating func compileInvariants() -> [Invariant] {
    var invariants: [Invariant] = []
    for invariant in plan.invariants {
      guard let query = builder.query(invariant.query, in: Scope(access: .everything)) else {
        continue
      }
      let moment: Invariant.Moment =
        switch invariant.moment {
        case .always: .always
        case .finally: .finally
        }
      if builder.footprint(of: query).alwaysHasRow {
        diagnostics.add(
          Diagnostic(
            .alwaysViolated, "`\(invariant.name.text)` is violated whatever the tables hold",
            at: invariant.query.span, caption: "always returns a row",
            help: "a rule returns rows where it is broken only: add `HAVING …`"))
      }
      invariants.append(
        Invariant(
          name: invariant.name.text, text: invariant.text?.text ?? "", moment: moment,
          query: query, span: invariant.query.span))
    }
    return invariants
  }

  private func atRisk(of model: Model) -> Set<String> {
    let checker = RiskChecker(program: model.program, setup: model.setup)
    return Set(
      model.invariants.filter { checker.isAtRisk(builder.footprint(of: $0.query)) }.map(\.name))
  }

  private func propertyNames(of model: Model) -> PropertyNames {
    let all = scenario.invariants.map(\.name.text)
    let kept = plan.invariants.map(\.name.text)
    var names = PropertyNames(invariants: kept, absent: Set(all).subtracting(kept))
    let everyone = model.sessions.indices
    let allowances = model.allowances
    guard !everyone.isEmpty else { return names }
    if everyone.allSatisfy(allowances.deadlock.contains) {
      names.unchecked[BuiltInProperty.deadlock.rawValue] = "`allow deadlock` lets it happen"
    }
    if everyone.allSatisfy(allowances.stuck.contains) {
      names.unchecked[BuiltInProperty.stuck.rawValue] = "`allow stuck` lets it happen"
    }
    if !model.canLoop {
      names.unchecked[BuiltInProperty.endless.rawValue] = "no writer has a loop"
    } else if everyone.allSatisfy(allowances.endless.contains) {
      names.unchecked[BuiltInProperty.endless.rawValue] = "`allow endless` lets it happen"
    }
    if everyone.allSatisfy({ allowances.errors[$0]?.isEmpty == true }) {
      names.unchecked[BuiltInProperty.unhandledError.rawValue] =
        "`allow unhandled_error` lets every error happen"
    }
    if !model.checksSerializable {
      names.unchecked[BuiltInProperty.serializable.rawValue] =
        "it is not checked; add `check serializable`"
    }
    return names
  }

  // MARK: Fingerprint

  private func fingerprint(
    of model: Model, parameters: [(name: String, value: TypedValue)]
  ) -> UInt64 {
    var hash = ScenarioFingerprint(sources: builder.program.sources)
    hash.addSection("schema", scenario.schemas.map(\.span))
    hash.addSection("world", scenario.worlds.map(\.span))
    hash.addSection("data", scenario.data.map(\.span))
    hash.add("params")
    for (name, value) in parameters {
      hash.add(name)
      hash.add(value.type.name(in: builder.program.types))
      hash.add(value.value.bits)
    }
    for writer in plan.writers {
      hash.add("writer")
      hash.add(writer.name.text)
      for name in writer.parameters { hash.add(name.text) }
      hash.addSection("program", [writer.program.span])
    }
    hash.add(sessionsOf: model)
    if !model.manyGroups.isEmpty {
      hash.add("many")
      for group in model.manyGroups.sorted() { hash.add(UInt64(group)) }
    }
    hash.add("clock")
    for instant in model.clock { hash.add(UInt64(bitPattern: instant)) }
    hash.add("locks")
    switch plan.omittedLocks {
    case .none: hash.add(0 as UInt64)
    case .all: hash.add(UInt64.max)
    case .numbered(let numbers): for number in numbers { hash.add(UInt64(number.value)) }
    }
    return hash.value
  }
}

extension StatementSyntax {
  fileprivate var isEnumDefinition: Bool {
    if case .createEnum = kind { return true }
    return false
  }
}
