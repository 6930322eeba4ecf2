import Reports
import SQL
import Scheduler
import Writers

/// `racesim audit`: tells which explicit locks matter.
struct AuditCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let style: Style
  /// One object for each model, in a line, instead of text.
  private let usesJSON: Bool

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    style = command.console.style(arguments)
    usesJSON = arguments.text("--format") == "json"
  }

  func run() -> ExitStatus {
    let (scenarios, _, loaded) = command.load(arguments)
    var status = loaded
    var audited = 0
    for scenario in scenarios {
      guard let model = scenario.model(named: arguments.text("--variant")) else { continue }
      if audited > 0, !usesJSON { command.console.output("\n") }
      audited += 1
      do throws(Diagnostic) {
        status = status.or(try audit(scenario, model))
      } catch {
        command.clearProgress(isQuiet: arguments.has("--quiet"))
        command.report([error], model.program.sources, arguments)
        status = status.or(.invalidScenario)
      }
      if command.isInterrupted() { return .interrupted }
    }
    guard audited == 0, status == .success else { return status }
    command.failWithoutModel("there is nothing to audit", scenarios, arguments)
    return .nothing
  }

  // MARK: One model

  /// What a model comes to without some of its locks.
  private struct Answer {
    var locks: [Int]
    var model: Model
    var exploration: Exploration
    /// Rules that only then are broken, and those that only then hold.
    var broken: [Counterexample]
    var mended: [String]

    /// Whether the answer is one: no bound was hit.
    var isDecided: Bool { exploration.bound == nil }
    var matters: Bool { !broken.isEmpty || !mended.isEmpty }
  }

  private func audit(_ scenario: Scenario, _ model: Model) throws(Diagnostic) -> ExitStatus {
    let locks = model.locksTaken
    print([title(scenario, model, locks.count)])
    guard !locks.isEmpty else {
      if usesJSON { printJSON(scenario, model, nil, []) }
      return .success
    }
    let base = try explore(model, name: scenario.path)
    print(
      WordWrap.lines("with all of them: \(verdict(base))", width: style.width - 2, hanging: 2)
        .map { Line("  " + $0, .dim) })
    guard base.bound == nil else {
      print([Line("  undecided: the search hit its bound", .warning)])
      if usesJSON { printJSON(scenario, model, base, []) }
      return .inconclusive
    }
    var answers: [Answer] = []
    for lock in locks {
      guard let answer = try answer([lock], scenario, model, base) else { continue }
      answers.append(answer)
      print([Line()] + lines(answer, scenario))
      if command.isInterrupted() { return .interrupted }
    }
    // Each of two locks may do what the other does; only both together are missed.
    let idle = answers.filter { !$0.matters && $0.isDecided }.flatMap(\.locks)
    if idle.count > 1, let together = try answer(idle, scenario, model, base) {
      answers.append(together)
      print([Line()] + lines(together, scenario))
    }
    print([Line()] + summary(answers, of: locks, model))
    if usesJSON {
      printJSON(scenario, model, base, answers)
    } else if style.isVerbose {
      try show(answers, scenario)
    }
    return answers.allSatisfy(\.isDecided) ? .success : .inconclusive
  }

  private func answer(
    _ locks: [Int], _ scenario: Scenario, _ model: Model, _ base: Exploration
  ) throws(Diagnostic) -> Answer? {
    guard var without = command.engine.withoutLocks(scenario.path, model.name, locks) else {
      return nil
    }
    let name = Self.variantName(locks)
    without.name = model.name.isEmpty ? name : "\(model.name), \(name)"
    let exploration = try explore(without, name: "\(scenario.path) (\(name))")
    let before = base.counterexamples.map(\.property)
    let after = exploration.counterexamples.map(\.property)
    return Answer(
      locks: locks, model: without, exploration: exploration,
      broken: exploration.counterexamples.filter { !before.contains($0.property) },
      mended: exploration.bound == nil ? before.filter { !after.contains($0) } : [])
  }

  private func explore(_ model: Model, name: String) throws(Diagnostic) -> Exploration {
    let isQuiet = arguments.has("--quiet")
    var options = ExplorationOptions()
    if let limit = arguments.number("--max-states") { options.statesLimit = limit }
    options.timeoutSeconds = arguments.number("--timeout").map { Double($0) / 1000 }
    command.observe(&options, name: name, isQuiet: isQuiet)
    let exploration = try command.engine.explore(model, options)
    command.clearProgress(isQuiet: isQuiet)
    return exploration
  }

  // MARK: JSON

  private func printJSON(
    _ scenario: Scenario, _ model: Model, _ base: Exploration?, _ answers: [Answer]
  ) {
    let missed = answers.filter { !$0.broken.isEmpty }.map(\.locks)
    let value = JSONValue.object([
      ("format", .string("racesim.audit")), ("version", .int(1)),
      ("path", .string(scenario.path)),
      ("variant", model.name.isEmpty ? .null : .string(model.name)),
      ("locks", .array(sites(model.locksTaken, of: model))),
      ("withAll", base.map { Self.json($0) } ?? .null),
      ("without", .array(answers.map { json($0, scenario) })),
      ("matter", .array(missed.filter { $0.count == 1 }.flatMap { $0 }.map { .int($0) })),
      (
        "standInForEachOther",
        .array((missed.first { $0.count > 1 } ?? []).map { .int($0) })
      ),
    ])
    command.console.output(value.compact + "\n")
  }

  private func sites(_ locks: [Int], of model: Model) -> [JSONValue] {
    let sources = model.program.sources
    return model.lockSites.filter { locks.contains($0.number) }.map { site in
      let place = sources.position(of: site.span)
      return .object([
        ("number", .int(site.number)),
        ("text", .string(SourceFile.folded(sources.text(of: site.span)))),
        ("path", .string(sources.file(of: site.span).path)), ("line", .int(place.line)),
        ("column", .int(place.column)),
      ])
    }
  }

  private static func json(_ exploration: Exploration) -> JSONValue {
    .object([
      ("verdict", .string(exploration.verdict.rawValue)), ("states", .int(exploration.states)),
      ("violated", .strings(exploration.counterexamples.map(\.property))),
      ("bound", .text(exploration.bound)),
    ])
  }

  private func json(_ answer: Answer, _ scenario: Scenario) -> JSONValue {
    let broken = answer.broken.map { example in
      let trace = trace(example, answer, scenario)
      return JSONValue.object([
        ("property", .string(example.property)), ("anomaly", .text(trace?.finding?.anomaly)),
        ("code", .text(trace?.finding?.anomalyCode)), ("steps", .int(example.schedule.count)),
      ])
    }
    return .object([
      ("locks", .array(answer.locks.map { .int($0) })), ("matters", .bool(!answer.broken.isEmpty)),
      ("result", Self.json(answer.exploration)), ("breaks", .array(broken)),
      ("mends", .strings(answer.mended)),
    ])
  }

  // MARK: Text

  private func print(_ lines: [Line]) {
    if !usesJSON { command.console.print(lines, style) }
  }

  private func title(_ scenario: Scenario, _ model: Model, _ count: Int) -> Line {
    var line = Line(scenario.path.visible, .strong)
    if !model.name.isEmpty { line.append(" \(style.glyphs.dot) variant \"\(model.name.visible)\"") }
    line.append(": \(counted(count, "explicit lock"))")
    return line
  }

  /// `proved, 1,204 states`.
  private func verdict(_ exploration: Exploration) -> String {
    let names = exploration.counterexamples.map(\.property)
    let text =
      names.isEmpty
      ? exploration.verdict.rawValue : "violates \(names.joined(separator: ", "))"
    return "\(text), \(counted(exploration.states, "state"))"
  }

  private func lines(_ answer: Answer, _ scenario: Scenario) -> [Line] {
    var lines: [Line] = []
    for site in answer.model.lockSites where answer.locks.contains(site.number) {
      let sources = answer.model.program.sources
      var head = Line("  lock \(site.number)".padded(to: 10), .strong)
      let text = sources.text(of: site.span).split(whereSeparator: \.isWhitespace)
      head.append(text.joined(separator: " ").visible)
      let line = sources.position(of: site.span).line
      head.append(" \(style.glyphs.dot) \(sources.file(of: site.span).path.visible):\(line)", .dim)
      lines.append(head)
    }
    for (text, ink) in remarks(answer, scenario) {
      for part in WordWrap.lines(text, width: max(24, style.width - 10), hanging: 2) {
        var line = Line("          ")
        line.append(part, ink)
        lines.append(line)
      }
    }
    return lines
  }

  private func remarks(_ answer: Answer, _ scenario: Scenario) -> [(String, Ink)] {
    let isOne = answer.locks.count == 1
    let without = isOne ? "without it" : "without any of them"
    var remarks: [(String, Ink)] = []
    for example in answer.broken {
      let trace = trace(example, answer, scenario)
      let name = trace?.finding?.anomalyName ?? ""
      let steps = counted(example.schedule.count, "step")
      let anomaly = name.isEmpty || name == example.property ? "" : ": \(name)"
      remarks.append(
        ("matters: \(without) \(example.property) can be violated, in \(steps)\(anomaly)", .bad))
    }
    if !answer.mended.isEmpty {
      let names = answer.mended.joined(separator: ", ")
      remarks.append(("costs: \(without) \(names) can no longer be violated", .warning))
    }
    if !answer.isDecided {
      let bound = answer.exploration.bound ?? ""
      remarks.append(("undecided: the search hit its bound (\(bound))", .warning))
    } else if remarks.isEmpty {
      let what = isOne ? "no rule needs it" : "no rule needs any of them"
      remarks.append(("\(what): \(without) also \(verdict(answer.exploration))", .dim))
    }
    return remarks
  }

  private func summary(_ answers: [Answer], of locks: [Int], _ model: Model) -> [Line] {
    let missed = answers.filter { !$0.broken.isEmpty }
    let single = missed.filter { $0.locks.count == 1 }.count
    let verb = single == 1 ? "matters" : "matter"
    let alone = locks.count == 1 ? "" : " alone"
    var head = Line("  \(single) of \(counted(locks.count, "lock")) \(verb)\(alone)", .strong)
    if let together = missed.first(where: { $0.locks.count > 1 }) {
      head.append("; \(Self.list(together.locks)) stand in for each other", .strong)
    }
    guard model.name.isEmpty, !missed.isEmpty else { return [head] }
    var lines = [head, Line(), Line("  To keep it so, add to the scenario:"), Line()]
    for answer in missed {
      let omitted = answer.locks.map { "without lock \($0)" }.joined(separator: "  ")
      let names = answer.exploration.counterexamples.map(\.property).joined(separator: ", ")
      let variant = Self.variantName(answer.locks)
      lines.append(
        Line("  variant \"\(variant)\" { \(omitted)  expect violated \(names) }"))
    }
    return lines
  }

  private static func variantName(_ locks: [Int]) -> String {
    locks.count == 1 ? "without lock \(locks[0])" : "without locks \(list(locks))"
  }

  /// `1, 2 and 3`.
  private static func list(_ locks: [Int]) -> String {
    let names = locks.map(String.init)
    return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }

  // MARK: Counterexamples

  private func show(_ answers: [Answer], _ scenario: Scenario) throws(Diagnostic) {
    for answer in answers {
      for example in answer.broken {
        guard let trace = trace(example, answer, scenario) else { continue }
        command.console.output("\n")
        command.console.print(TextTrace(trace, role: .failure, style: style).lines(), style)
      }
    }
  }

  private func trace(
    _ example: Counterexample, _ answer: Answer, _ scenario: Scenario
  ) -> Trace? {
    do throws(Diagnostic) {
      return try command.engine.tell(
        scenario, answer.exploration.model(of: answer.model), MachineOptions(),
        .counterexample(example), nil
      ).trace
    } catch {
      command.report([error], answer.model.program.sources, arguments)
      return nil
    }
  }
}
