import Scheduler

/// What `racesim check --format json` writes, one object in a line.
extension JSONReport {
  /// All lines of a check that has ended.
  package static func lines(_ report: CheckReport) -> String {
    var values = [start(version: report.version, models: report.plannedModels)]
    values += report.invalidPaths.map(invalid)
    for entry in report.entries {
      switch entry {
      case .model(let model): values += lines(model)
      case .timeline(let it): values.append(timeline(it))
      }
    }
    values.append(summary(report.counts, status: report.status))
    return values.map { $0.compact + "\n" }.joined()
  }

  /// The lines of one model: its findings, then what its search came to.
  package static func lines(_ model: CheckReport.Model) -> [JSONValue] {
    model.findings.map(finding) + [scenario(model.row)]
  }

  /// The first line.
  package static func start(version: String, models: Int) -> JSONValue {
    .object([
      ("event", .string("start")), ("format", .string("racesim.check")), ("version", .int(1)),
      ("racesim", .string(version)), ("models", .int(models)),
    ])
  }

  /// A violation, with its trace.
  private static func finding(_ finding: CheckReport.Finding) -> JSONValue {
    .object([
      ("event", .string("finding")), ("expected", .bool(finding.isExpected)),
      ("violatingInterleavings", .text(finding.violatingInterleavings)),
      ("trace", trace(finding.trace)),
    ])
  }

  /// A model whose search has ended.
  private static func scenario(_ row: Summary.Row) -> JSONValue {
    let exploration = row.exploration
    let violated = exploration.counterexamples.enumerated().map { position, example in
      let anomaly = position < row.anomalies.count ? row.anomalies[position] : ""
      return JSONValue.object([
        ("property", .string(example.property)),
        ("anomaly", anomaly.isEmpty ? .null : .string(anomaly)),
        ("expected", .bool(!row.judgement.unexpected.contains(example.property))),
      ])
    }
    var members: [(key: String, value: JSONValue)] = [
      ("event", .string("scenario")),
      ("path", .string(row.path)),
      ("variant", row.variant.isEmpty ? .null : .string(row.variant)),
      ("status", .string(row.judgement.status.rawValue)),
      ("verdict", .string(exploration.verdict.rawValue)),
      ("remark", row.judgement.remark.isEmpty ? .null : .string(row.judgement.remark)),
      ("violated", .array(violated)),
      ("states", .int(exploration.states)),
      ("transitions", .int(exploration.transitions)),
      ("finalStates", .int(exploration.finalStates)),
      ("depth", .int(exploration.depth)),
      ("parts", .int(exploration.parts)),
      ("interleavings", .text(exploration.interleavings)),
      ("bound", .text(exploration.bound)),
      ("collisionProbabilityBelow", .string(powerOfTen(above: exploration.collisionProbability))),
    ]
    if let facts = exploration.parametric { members.append(("parametric", parametric(facts))) }
    if let coverage = exploration.coverage { members.append(("random", random(coverage))) }
    if let milliseconds = row.milliseconds { members.append(("milliseconds", .int(milliseconds))) }
    return .object(members)
  }

  /// Which numbers of sessions the verdict is about.
  private static func parametric(_ facts: ParametricFacts) -> JSONValue {
    .object([
      ("writers", .strings(facts.writers)), ("sessions", .int(facts.copies)),
      ("countedUpTo", facts.cut > 0 ? .int(facts.cut) : .null),
      ("abstractStates", facts.cut > 0 ? .int(facts.abstractStates) : .null),
      ("reason", .text(facts.reason)),
    ])
  }

  /// How random runs were drawn, and what they have met.
  private static func random(_ coverage: RandomCoverage) -> JSONValue {
    func point(_ it: RandomCoverage.Point) -> JSONValue {
      .object([
        ("runs", .int(it.runs)), ("states", .int(it.states)), ("classes", .int(it.classes)),
        ("pairs", .int(it.pairs)),
      ])
    }
    var members: [(key: String, value: JSONValue)] = [
      ("strategy", .string(coverage.options.strategy.rawValue)),
      ("seed", .string(String(coverage.options.seed))),
      ("runs", .int(coverage.runs)),
    ]
    if let length = coverage.length {
      members += [
        ("depth", .int(coverage.options.depth)), ("actors", .int(coverage.actors)),
        ("expectedSteps", .int(length)), ("longerRuns", .int(coverage.longerRuns)),
        ("chancePerRun", .text(coverage.chancePerRun.map { String($0) })),
        ("chance", .text(coverage.chance.map { String($0) })),
      ]
    }
    members += [
      ("states", .int(coverage.states)), ("areStatesExact", .bool(coverage.isStatesExact)),
      ("classes", .int(coverage.classes)), ("areClassesExact", .bool(coverage.isClassesExact)),
      ("classesMetOnce", .int(coverage.singleClasses)),
      ("newClassChance", .text(coverage.newClassChance.map { String($0) })),
      ("pairs", .array(coverage.pairs.map(pair))),
      ("growth", .array(coverage.growth.map(point))), ("latest", point(coverage.latest)),
    ]
    return .object(members)
  }

  private static func pair(_ pair: RandomCoverage.Pair) -> JSONValue {
    func statement(_ it: RandomCoverage.Statement) -> JSONValue {
      .object([
        ("writer", .string(it.writer)), ("path", .string(it.path)), ("line", .int(it.line)),
        ("column", .int(it.column)),
      ])
    }
    return .object([("first", statement(pair.first)), ("second", statement(pair.second))])
  }

  /// A timeline that was run.
  package static func timeline(_ timeline: CheckReport.Timeline) -> JSONValue {
    .object([
      ("event", .string("timeline")),
      ("path", .string(timeline.path)),
      ("timeline", .string(timeline.name)),
      ("status", .string(timeline.remark.isEmpty ? "expected" : "failed")),
      ("broken", .strings(timeline.broken)),
      ("remark", timeline.remark.isEmpty ? .null : .string(timeline.remark)),
      ("steps", .int(timeline.steps)),
    ])
  }

  /// A file with errors, which stand on standard error.
  package static func invalid(path: String) -> JSONValue {
    .object([("event", .string("invalid")), ("path", .string(path))])
  }

  /// The last line.
  package static func summary(_ counts: Summary.Counts, status: ExitStatus) -> JSONValue {
    .object([
      ("event", .string("summary")), ("ok", .int(counts.ok)), ("expected", .int(counts.expected)),
      ("failed", .int(counts.failed)), ("bounded", .int(counts.bounded)),
      ("invalidFiles", .int(counts.invalidFiles)), ("exit", .int(Int(status.rawValue))),
    ])
  }

  /// The smallest power of ten that is no less than a probability: `1e-24`; `0` for none.
  package static func powerOfTen(above probability: Double) -> String {
    guard probability > 0 else { return "0" }
    var bound = 1.0
    var exponent = 0
    while exponent < 300, bound / 10 >= probability {
      bound /= 10
      exponent += 1
    }
    return exponent == 0 ? "1" : "1e-\(exponent)"
  }
}
