import SQL

extension ScenarioCompiler {
  /// Compiles one model of a scenario once more, with explicit locks left out besides those that it
  /// leaves out itself: `without lock N` for each number.
  ///
  /// - Parameters:
  ///   - source: what ``ScenarioReader`` made of the files.
  ///   - name: a variant; empty for the scenario as written.
  ///   - locks: numbers of ``Model/lockSites``.
  /// - Returns: `nil` if there is no such variant, or the scenario has mistakes.
  package static func compile(
    _ source: ScenarioSource, model name: String, withoutLocks locks: [Int]
  ) -> Model? {
    let scenario = source.scenario
    let place = scenario.title?.span ?? SourceSpan(file: 0, start: 0, end: 0)
    var planner = ModelPlanner(scenario: scenario, diagnostics: DiagnosticList())
    var plan = planner.basePlan(at: place)
    if !name.isEmpty {
      guard let variant = scenario.variants.first(where: { $0.name.text == name }) else {
        return nil
      }
      plan = planner.plan(variant, of: plan)
    }
    let added = locks.map { NumberSyntax($0, at: plan.span) }
    switch plan.omittedLocks {
    case .none: plan.omittedLocks = .numbered(added)
    case .numbered(let omitted): plan.omittedLocks = .numbered(omitted + added)
    case .all: break
    }
    var compiler = ModelCompiler(
      scenario: scenario, plan: plan, sources: source.sources, diagnostics: planner.diagnostics)
    let output = compiler.compile()
    return compiler.diagnostics.hasErrors ? nil : output.model
  }
}

extension Model {
  /// The numbers of the explicit locks that the model does not leave out, ascending.
  package var locksTaken: [Int] {
    lockSites.map(\.number).filter { !omittedLocks.contains($0) }
  }
}
