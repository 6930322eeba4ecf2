package import SQL
import Store

/// Turns scenario files into models: one for the scenario as written and one for each variant.
///
///     file ─ ScenarioReader ─▶ syntax ─ ModelPlanner ─▶ plans ─ ModelCompiler ─▶ models
///
/// A plan is the syntax of one model: the scenario's blocks after the variant's changes. Compiling
/// it resolves names and types. Every mistake of a file is found in one run; what is wrong in the
/// part that all variants share is reported once.
package enum ScenarioCompiler {
  /// Compiles what was read.
  ///
  /// - Parameters:
  ///   - source: what ``ScenarioReader`` made of the files.
  ///   - path: as given on the command line.
  /// - Returns: No scenario if anything is wrong beyond warnings.
  package static func compile(
    _ source: ScenarioSource, path: String
  ) -> (scenario: Scenario?, diagnostics: [Diagnostic]) {
    let scenario = source.scenario
    var checker = BlockChecker(scenario: scenario)
    checker.check()
    let place = scenario.title?.span ?? SourceSpan(file: 0, start: 0, end: 0)

    var planner = ModelPlanner(scenario: scenario, diagnostics: checker.diagnostics)
    let base = planner.basePlan(at: place)
    let variants = scenario.variants.prefix(ScenarioLimits.variants)
    let plans = [base] + variants.map { planner.plan($0, of: base) }
    var diagnostics = planner.diagnostics

    var models: [Model] = []
    var timelines: [Timeline] = []
    for plan in plans {
      var compiler = ModelCompiler(
        scenario: scenario, plan: plan, sources: source.sources, diagnostics: diagnostics)
      let output = compiler.compile()
      diagnostics = compiler.diagnostics
      models.append(output.model)
      guard models.count == 1 else { continue }
      timelines = compileTimelines(of: scenario, with: compiler, output, &diagnostics)
      reportUnusedParameters(of: scenario, used: output.usedParameters, &diagnostics)
    }

    let sorted = diagnostics.sorted
    guard !diagnostics.hasErrors else { return (nil, sorted) }
    let result = Scenario(
      path: path, title: scenario.title?.text ?? fileName(of: path),
      description: scenario.descriptions.map(\.text).joined(separator: "\n\n"), models: models,
      timelines: timelines, sources: source.sources, syntax: scenario)
    return (result, sorted)
  }

  /// Reads and compiles a file with everything that it includes.
  ///
  /// - Parameters:
  ///   - path: as given on the command line.
  ///   - load: gives the bytes of the file at a path, or `nil` when it cannot be read.
  /// - Returns: No scenario if anything is wrong beyond warnings.
  package static func compile(
    path: String, load: (_ path: String) -> [UInt8]?
  ) -> (scenario: Scenario?, diagnostics: [Diagnostic], sources: SourceMap) {
    let parsed = ScenarioReader.read(path: path, load: load)
    let sources = parsed.value.sources
    // A tree with gaps would only bring mistakes that are none.
    guard parsed.isUsable else { return (nil, parsed.diagnostics, sources) }
    let (scenario, found) = compile(parsed.value, path: path)
    var diagnostics = DiagnosticList()
    diagnostics.add(contentsOf: parsed.diagnostics + found)
    return (scenario, diagnostics.sorted, sources)
  }

  private static func compileTimelines(
    of scenario: ScenarioSyntax, with compiler: ModelCompiler, _ output: ModelCompiler.Output,
    _ diagnostics: inout DiagnosticList
  ) -> [Timeline] {
    var timelines = TimelineCompiler(
      roster: output.roster, clock: output.model.clock, properties: output.properties,
      diagnostics: diagnostics, evaluate: compiler.evaluate)
    let result = scenario.timelines.map { timelines.compile($0) }
    diagnostics = timelines.diagnostics
    return result
  }

  private static func reportUnusedParameters(
    of scenario: ScenarioSyntax, used: Set<String>, _ diagnostics: inout DiagnosticList
  ) {
    // What was not compiled because of a mistake may use them.
    guard !diagnostics.hasErrors else { return }
    for parameter in scenario.parameters where !used.contains(parameter.name.text) {
      diagnostics.add(
        Diagnostic(
          .unusedParameter, "nothing uses the parameter `\(parameter.name.text)`",
          at: parameter.name.span,
          help: "write `:\(parameter.name.text)` in the SQL, or remove the parameter"))
    }
  }

  private static func fileName(of path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".race") ? String(name.dropLast(5)) : name
  }
}
