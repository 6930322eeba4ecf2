import Invariants
import SQL
import Store
package import Writers

extension TraceTeller {
  /// Says on a told run what it breaks, and marks the change that hides another one.
  ///
  /// `property`, `steps` and `initial` are as in ``finding(_:in:from:)``.
  package mutating func tellFinding(
    _ property: String, in steps: [Replayer.Step], from initial: MachineState, on trace: inout Trace
  ) {
    let finding = finding(property, in: steps, from: initial)
    trace.finding = finding
    guard let overwrite = finding.overwrite, trace.steps.indices.contains(overwrite.step - 1)
    else { return }
    let changes = trace.steps[overwrite.step - 1].changes
    if let change = changes.firstIndex(where: { $0.row == overwrite.row && $0.kind != .commit }) {
      trace.steps[overwrite.step - 1].changes[change].overwrites = overwrite.session
    }
  }

  /// Says what a told run breaks: the property, the rows, and how it came about.
  ///
  /// - Parameters:
  ///   - property: An invariant's name or a built-in property's.
  ///   - steps: The run.
  ///   - initial: The state before it.
  /// - Returns: What to print above and below the trace.
  package mutating func finding(
    _ property: String, in steps: [Replayer.Step], from initial: MachineState
  ) -> Trace.Finding {
    let last = steps.last?.after ?? initial
    var history = History(from: initial, in: machine)
    for step in steps { history.append(step.choice, events: step.events) }
    if let index = model.invariants.firstIndex(where: { $0.name == property }) {
      return invariantFinding(index, history, steps, last)
    }
    var finding: Trace.Finding
    switch BuiltInProperty(rawValue: property) {
    case .deadlock: finding = deadlockFinding(steps, last)
    case .stuck: finding = stuckFinding(steps, last)
    case .endless: finding = endlessFinding(steps, initial)
    case .unhandledError: finding = errorFinding(steps, last)
    case .serializable, nil:
      finding = Trace.Finding(
        kind: .serializable, name: property,
        text: "every run ends as some serial order of the writers does", step: steps.count)
    }
    if finding.kind == .error, steps.isEmpty { return finding }
    let kind = Violation.Kind(rawValue: finding.kind.rawValue) ?? .serializable
    var violation = Violation(kind: kind, name: property)
    violation.loop = finding.loop
    diagnose(violation, history, serialViolates: nil, &finding)
    return finding
  }

  private func diagnose(
    _ violation: Violation, _ history: History, serialViolates: Bool?,
    _ finding: inout Trace.Finding
  ) {
    let diagnosis = Diagnosis.diagnose(
      history: history, model: model, violation: violation, serialViolates: serialViolates)
    finding.anomaly = diagnosis.name
    finding.anomalyCode = diagnosis.code
    finding.explanation = diagnosis.explanation
    finding.advice = diagnosis.advice
    finding.lockSites = diagnosis.lockSites
    finding.overwrite = diagnosis.overwrite
  }

  private mutating func invariantFinding(
    _ index: Int, _ history: History, _ steps: [Replayer.Step], _ last: MachineState
  ) -> Trace.Finding {
    let invariant = model.invariants[index]
    var finding = Trace.Finding(
      kind: invariant.moment == .always ? .invariant : .finally, name: invariant.name,
      text: invariant.text, step: steps.count)
    let sources = model.program.sources
    finding.query = SourceFile.folded(sources.text(of: invariant.span))
    finding.path = sources.file(of: invariant.span).path
    finding.line = sources.position(of: invariant.span).line
    let columns = model.program.queries[Int(invariant.query.index)].columns
    finding.columns = columns.map(\.name)
    do throws(SQLError) {
      let rows = try machine.violations(of: index, in: last)
      finding.falsePart =
        FalsePart.find(
          in: invariant, model: model, columns: columns, rows: rows, history: history)?.text
      finding.rows = rows.map { row in
        zip(row, columns).map { value, column in
          value.isNull
            ? nil
            : value.formatted(
              as: column.type, catalog: model.program.types, options: FormatOptions())
        }
      }
    } catch {
      finding.explanation = "the invariant's query fails: \(error.message)"
      return finding
    }
    diagnose(
      Violation(of: invariant, in: model), history,
      serialViolates: SerialCheck.breaks(index, machine: machine), &finding)
    return finding
  }

  private func deadlockFinding(_ steps: [Replayer.Step], _ last: MachineState) -> Trace.Finding {
    var finding = Trace.Finding(
      kind: .deadlock, name: BuiltInProperty.deadlock.rawValue,
      text: "no sessions wait for each other in a circle", step: steps.count)
    guard let step = steps.last else { return finding }
    var members: ContiguousArray<Int> = []
    last.database.appendDeadlocked(schema: model.program.schema, to: &members)
    guard let first = members.first else { return finding }
    // Around one cycle, from its first member.
    var session = first
    var seen: [Int] = []
    while !seen.contains(session) {
      seen.append(session)
      guard let wait = wait(of: session, in: last, step),
        let next = wait.lanes.first(where: { members.contains($0) })
      else { break }
      finding.cycle.append(
        "\(model.sessions[session].name) waits for \(model.sessions[next].name) on \(wait.what)")
      session = next
    }
    return finding
  }

  private func stuckFinding(_ steps: [Replayer.Step], _ last: MachineState) -> Trace.Finding {
    var finding = Trace.Finding(
      kind: .stuck, name: BuiltInProperty.stuck.rawValue, text: "every session ends",
      step: steps.count)
    let stuck = model.sessions.indices.filter { last.controls[$0].status == .ready }
    finding.explanation =
      stuck.map { "\(model.sessions[$0].name) cannot go on" }.joined(separator: "; ")
    return finding
  }

  /// The end of the run is a state that it has come through before.
  private func endlessFinding(_ steps: [Replayer.Step], _ initial: MachineState) -> Trace.Finding {
    var finding = Trace.Finding(
      kind: .endless, name: BuiltInProperty.endless.rawValue, text: "every session can end",
      step: steps.count)
    var options = machine.options
    // Sessions that have changed places are in another state.
    options.usesSymmetry = false
    var machine = Machine(model: model, options: options)
    var order: ContiguousArray<Int> = []
    func words(_ state: MachineState) -> ContiguousArray<UInt64> {
      var words: ContiguousArray<UInt64> = []
      machine.pack(state, to: &words, order: &order)
      return words
    }
    guard let last = steps.last else { return finding }
    let end = words(last.after)
    if let first = steps.lastIndex(where: { words($0.before) == end }) {
      finding.loop = steps[first].number...last.number
    }
    return finding
  }

  private mutating func errorFinding(
    _ steps: [Replayer.Step], _ last: MachineState
  ) -> Trace.Finding {
    var finding = Trace.Finding(
      kind: .error, name: BuiltInProperty.unhandledError.rawValue,
      text: "no writer ends with an error that the scenario does not list", step: steps.count)
    if steps.isEmpty { tellFailureAtStart(&finding) }
    for event in steps.last?.events ?? [] {
      guard case .ended(_, let error?) = event, let step = steps.last else { continue }
      finding.explanation =
        "\(model.sessions[Int(step.choice.session)].name) ends with \(error.state.code): "
        + error.message
    }
    return finding
  }

  /// A program can fail before it does anything that takes a step: in an assignment, in a loop without end.
  private mutating func tellFailureAtStart(_ finding: inout Trace.Finding) {
    finding.anomaly = "unhandled error"
    // The setup has succeeded once: the run would not be there without.
    _ = try? machine.initialState()
    let failure = machine.startFailures.first { failure in
      guard let allowed = model.allowances.errors[failure.session] else { return true }
      return !allowed.isEmpty && !allowed.contains(failure.error.state)
    }
    guard let (session, error) = failure else { return }
    finding.explanation =
      "\(model.sessions[session].name) ends with \(error.state.code) before its first step: "
      + error.message
  }
}
