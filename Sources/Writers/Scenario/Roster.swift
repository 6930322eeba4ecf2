import SQL
import Store

/// All sessions of a model by their writers: what `faults`, `allow` and timelines refer to.
struct Roster {
  /// In file order.
  let plans: [WriterPlan]
  /// For each plan, the positions of its sessions in ``Model/sessions``.
  let ranges: [Range<Int>]
  /// Writers of the scenario that the model's variant leaves out: no mistake to name, but nobody.
  let absent: Set<String>

  init(plans: [WriterPlan], absent: Set<String> = []) {
    var ranges: [Range<Int>] = []
    var next = 0
    for plan in plans {
      ranges.append(next..<next + plan.sessions.count)
      next += plan.sessions.count
    }
    self.plans = plans
    self.ranges = ranges
    self.absent = absent
  }

  /// The number of sessions.
  var count: Int { ranges.last?.upperBound ?? 0 }

  /// The positions of a writer's sessions; empty if there is none of the name.
  func positions(of writer: String) -> Range<Int> {
    guard let index = plans.firstIndex(where: { $0.writer.name.text == writer }) else {
      return 0..<0
    }
    return ranges[index]
  }

  /// The writer of the name, or a diagnostic.
  func plan(of name: NameSyntax, _ diagnostics: inout DiagnosticList) -> WriterPlan? {
    if let plan = plans.first(where: { $0.writer.name.text == name.text }) { return plan }
    diagnostics.add(
      Diagnostic.unknown(
        name, what: "writer", code: .unknownWriter, among: plans.map(\.writer.name.text)))
    return nil
  }

  /// The sessions of the named writers, ascending; those of all writers if there are no names.
  func sessions(of names: [NameSyntax], _ diagnostics: inout DiagnosticList) -> [Int] {
    guard !names.isEmpty else { return Array(0..<count) }
    var sessions: Set<Int> = []
    for name in names where !absent.contains(name.text) {
      guard plan(of: name, &diagnostics) != nil else { continue }
      sessions.formUnion(positions(of: name.text))
    }
    return sessions.sorted()
  }

  // MARK: Faults and allowances

  func faults(_ faults: [FaultSyntax], _ diagnostics: inout DiagnosticList) -> [Fault] {
    var result: [Fault] = []
    for fault in faults {
      let limit = fault.limit.value
      guard (1...ScenarioLimits.repetitions).contains(limit) else {
        diagnostics.add(
          Diagnostic(
            .invalidRange, "`up to \(limit)` is out of range", at: fault.limit.span,
            help: "write a number from 1 to \(ScenarioLimits.repetitions)"))
        continue
      }
      let names: [NameSyntax] =
        switch fault.target {
        case .any: []
        case .writer(let name): [name]
        }
      let sessions = sessions(of: names, &diagnostics)
      if !sessions.isEmpty { result.append(Fault(sessions: sessions, limit: limit)) }
    }
    return result
  }

  func allowances(
    _ allowances: [AllowanceSyntax], _ diagnostics: inout DiagnosticList
  ) -> Allowances {
    var result = Allowances()
    for allowance in allowances {
      let sessions = sessions(of: allowance.writers, &diagnostics)
      switch allowance.kind {
      case .deadlock: result.deadlock.formUnion(sessions)
      case .stuck: result.stuck.formUnion(sessions)
      case .endless: result.endless.formUnion(sessions)
      case .unhandledError(let conditions):
        let states = Conditions.states(of: conditions, &diagnostics)
        for session in sessions {
          let known = result.errors[session]
          let isAny = conditions.isEmpty || known?.isEmpty == true
          result.errors[session] = isAny ? [] : merged(known ?? [], states)
        }
      }
    }
    return result
  }

  private func merged(_ left: [SQLState], _ right: [SQLState]) -> [SQLState] {
    left + right.filter { !left.contains($0) }
  }
}

/// Conditions by name or SQLSTATE, as in `retry 3 on serialization_failure` and
/// `allow unhandled_error(unique_violation)`.
enum Conditions {
  static func states(
    of conditions: [ConditionSyntax], _ diagnostics: inout DiagnosticList
  ) -> [SQLState] {
    var states: [SQLState] = []
    for condition in conditions {
      for state in self.states(of: condition, &diagnostics) where !states.contains(state) {
        states.append(state)
      }
    }
    return states
  }

  private static func states(
    of condition: ConditionSyntax, _ diagnostics: inout DiagnosticList
  ) -> [SQLState] {
    switch condition {
    case .sqlstate(let code):
      guard let state = SQLState(code.text) else {
        diagnostics.add(
          Diagnostic(
            .unknownCondition, "`\(code.text)` is no SQLSTATE", at: code.span,
            help: "an SQLSTATE has five digits or capital letters: '40001'"))
        return []
      }
      return [state]
    case .name(let name):
      let states = SQLState.conditions(named: name.text)
      guard states.isEmpty else { return states }
      var problem = Diagnostic.misspelt(
        .unknownCondition, "there is no condition `\(name.text)`", at: name.span,
        name: name.text, among: SQLState.conditionNames)
      if name.text == "others" {
        problem.help = Diagnostic.Help("name the errors: `serialization_failure`")
      } else if problem.help == nil {
        problem.help = Diagnostic.Help(
          "write a condition name such as `serialization_failure`, or `SQLSTATE '40001'`")
      }
      diagnostics.add(problem)
      return []
    }
  }
}
