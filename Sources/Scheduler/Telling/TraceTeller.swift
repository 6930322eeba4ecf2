import SQL
import Store
package import Writers

/// Tells a replayed schedule in words and values: from the machine's events to a ``Trace``.
///
/// The replay keeps row and commit numbers as they are, so that a row is the same row in every step.
package struct TraceTeller {
  package let scenario: Scenario
  package let model: Model
  var machine: Machine
  var trace: Trace
  /// For each session, the commit whose version of a row it last read.
  var lastRead: [RowKey: [Int: Int32]] = [:]
  /// The session that last committed a change of a row.
  var lastWriter: [RowKey: Int] = [:]
  /// Changes not committed yet, by session.
  var pending: [Int: [PendingChange]] = [:]

  struct RowKey: Hashable {
    var table: Int
    var row: Int32
  }

  struct PendingChange {
    var key: RowKey
    var change: Trace.Change
  }

  package init(scenario: Scenario, model: Model, options: MachineOptions) {
    self.scenario = scenario
    self.model = model
    machine = Machine(model: model, options: options)
    trace = Trace(
      scenarioPath: scenario.path, scenarioTitle: scenario.title, variant: model.name)
  }

  /// Tells a run.
  ///
  /// - Parameters:
  ///   - steps: The steps of a replay from the initial state.
  ///   - initial: The state before them.
  /// - Returns: The whole trace, without a finding.
  package mutating func tell(_ steps: [Replayer.Step], from initial: MachineState) -> Trace {
    trace.token = ScheduleToken.encode(steps.map(\.choice), for: model)
    tellLanes()
    for (index, table) in model.program.schema.tables.enumerated() {
      let key = table.uniqueIndexes.first(where: \.isPrimary)?.columns ?? []
      trace.tables.append(
        Trace.TableShape(
          name: table.name, columns: table.columns.map(\.name), key: key, isWorld: table.isWorld))
      trace.initial.append(Trace.TableRows(table: index, rows: texts(of: index, in: initial)))
    }
    for step in steps { tell(step) }
    let last = steps.last?.after ?? initial
    tellOutcomes(last)
    for index in model.program.schema.tables.indices {
      trace.final.append(Trace.TableRows(table: index, rows: texts(of: index, in: last)))
    }
    return trace
  }

  private mutating func tellLanes() {
    for (index, session) in model.sessions.enumerated() {
      let letter =
        index < 26
        ? String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index))) : "\(index + 1)"
      trace.lanes.append(
        Trace.Lane(
          letter: letter, name: session.name, writer: session.writer,
          isolation: session.isolation.name))
    }
  }

  /// The newest committed rows of a table, as text.
  package func texts(of table: Int, in state: MachineState) -> [[String?]] {
    machine.rows(of: TableID(table), in: state).map { row in
      row.values.enumerated().map { text($1, table: table, column: $0) }
    }
  }

  private mutating func tellOutcomes(_ state: MachineState) {
    for session in model.sessions.indices {
      let control = state.controls[session]
      let wait = state.database.sessions[session].wait
      switch control.status {
      case .ended:
        trace.lanes[session].status = "ended"
        trace.lanes[session].outcome = control.outcome.asText
        trace.lanes[session].sqlState = control.sqlState.asText
      case .crashed: trace.lanes[session].status = "crashed"
      case .ready where wait != .none && wait != .clock: trace.lanes[session].status = "waiting"
      case .ready where wait == .clock: trace.lanes[session].status = "sleeping"
      case .ready where control.hasBegun: trace.lanes[session].status = "in progress"
      case .ready: trace.lanes[session].status = "not started"
      }
    }
  }

  // MARK: A step

  private mutating func tell(_ step: Replayer.Step) {
    let isClock = step.choice.kind == .clock
    let session = Int(step.choice.session)
    var told = Trace.Step(
      number: step.number, kind: kind(of: step), lane: isClock ? nil : session)
    told.label = step.label
    if model.clock.count > 1 {
      told.instant = Value(timestamp: model.clock[Int(step.after.clock)]).formatted(
        as: .timestamptz, catalog: model.program.types, options: FormatOptions())
    }
    told.alternatives = step.alternatives.filter { $0 != step.choice }.map {
      ScheduleToken.text(of: $0)
    }
    if !isClock {
      let before = step.before.database.sessions[session]
      let after = step.after.database.sessions[session]
      told.wasInTransaction = before.phase != .idle
      told.isInTransaction = after.phase != .idle
      tellEvents(step, session, &told)
      tellLocks(step, session, &told)
      tellWait(step, session, &told)
    } else {
      var entry = Trace.Entry(sql: "")
      entry.notes.append("the clock moves to \(told.instant ?? "")")
      told.entries.append(entry)
    }
    tellWakes(step, &told)
    told.broken = brokenInvariants(after: step)
    trace.steps.append(told)
  }

  private func kind(of step: Replayer.Step) -> Trace.Step.Kind {
    switch step.choice.kind {
    case .clock: return .clock
    case .crash: return .crash
    case .victim: return .victim
    case .refused: return .refused
    case .lockTimeout, .statementTimeout, .idleTimeout: return .timeout
    case .step:
      let wait = step.before.database.sessions[Int(step.choice.session)].wait
      return wait == .none || wait == .clock ? .step : .resume
    }
  }

  private mutating func brokenInvariants(after step: Replayer.Step) -> [String] {
    let isFinal = machine.isFinal(step.after)
    var names = brokenBuiltIns(after: step)
    guard step.isChanged || isFinal else { return names }
    for (index, invariant) in model.invariants.enumerated()
    where invariant.moment == .always || isFinal {
      do throws(SQLError) {
        if try machine.isViolated(index, in: step.after) { names.append(invariant.name) }
      } catch {
        names.append(invariant.name)
      }
    }
    return names
  }

  /// The built-in properties that this step breaks.
  private mutating func brokenBuiltIns(after step: Replayer.Step) -> [String] {
    var names: [String] = []
    var before: ContiguousArray<Int> = []
    var after: ContiguousArray<Int> = []
    machine.appendDeadlocked(in: step.before, to: &before)
    machine.appendDeadlocked(in: step.after, to: &after)
    if before.isEmpty, !after.isEmpty, !after.allSatisfy({ model.allowances.deadlock.contains($0) })
    {
      names.append(BuiltInProperty.deadlock.rawValue)
    }
    for session in model.sessions.indices where step.before.controls[session].status == .ready {
      guard let text = step.after.controls[session].sqlState.asText, let state = SQLState(text),
        !model.allowances.allows(state, session: session)
      else { continue }
      names.append(BuiltInProperty.unhandledError.rawValue)
    }
    return names
  }

  private func tellLocks(_ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step) {
    func held(_ state: MachineState) -> [DatabaseState.RowLock] {
      state.database.locks.filter { Int($0.session) == session && !$0.isGone }
    }
    let after = held(step.after)
    for lock in held(step.before)
    where !after.contains(where: { $0.table == lock.table && $0.row == lock.row }) {
      told.locksReleased.append(
        Trace.Lock(row: name(Int(lock.table), lock.row, step), mode: lock.mode.name))
    }
    for lock in step.before.database.objectLocks
    where Int(lock.session) == session
      && step.after.database.heldModes(of: lock.object, session: session).isEmpty
    {
      let modes = ObjectLockMode.allCases.filter { lock.modes.contains($0.bit) }
      told.locksReleased.append(
        Trace.Lock(
          row: lock.object.name(in: model.program.schema),
          mode: modes.map(\.name).joined(separator: ", ")))
    }
  }

  private func tellWait(_ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step) {
    told.wait = wait(of: session, in: step.after, step)
  }

  func wait(of session: Int, in state: MachineState, _ step: Replayer.Step) -> Trace.Wait? {
    let waiter = state.database.sessions[session]
    var blockers: ContiguousArray<Int> = []
    state.database.appendBlockers(of: session, schema: model.program.schema, to: &blockers)
    switch waiter.wait {
    case .none: return nil
    case .clock:
      let instant = Value(timestamp: waiter.wakeTime).formatted(
        as: .timestamptz, catalog: model.program.types, options: FormatOptions())
      return Trace.Wait(what: instant, mode: nil, lanes: [])
    case .object:
      guard !waiter.request.isGranted else { return nil }
      return Trace.Wait(
        what: waiter.request.object.name(in: model.program.schema),
        mode: waiter.request.mode.name, lanes: Array(blockers))
    case .row:
      return Trace.Wait(
        what: name(Int(waiter.waitTable), waiter.waitRow, step), mode: waiter.waitMode.name,
        lanes: Array(blockers))
    case .key:
      return Trace.Wait(
        what: describeKey(waiter, session, state), mode: nil, lanes: Array(blockers))
    case .safeSnapshot:
      return Trace.Wait(what: "a safe snapshot", mode: nil, lanes: Array(blockers))
    }
  }

  private func describeKey(
    _ waiter: DatabaseState.Session, _ session: Int, _ state: MachineState
  ) -> String {
    let table = model.program.schema.tables[Int(waiter.waitTable)]
    guard
      let position = state.database.ownWrite(
        waiter.waitTable, waiter.waitRow, session: session, command: .max),
      Int(state.database.writes[position].indexed) < table.uniqueIndexes.count
    else { return "a key of \(table.name)" }
    let write = state.database.writes[position]
    let columns = table.uniqueIndexes[Int(write.indexed)].columns
    let names = columns.map { table.stored($0).name }.joined(separator: ", ")
    let values = columns.map {
      text(state.database.cells[Int(write.cells) + $0], table: Int(waiter.waitTable), column: $0)
        ?? "NULL"
    }
    return "key (\(names))=(\(values.joined(separator: ", "))) of \(table.name)"
  }

  private func tellWakes(_ step: Replayer.Step, _ told: inout Trace.Step) {
    for other in model.sessions.indices where other != told.lane {
      let before = step.before.database.sessions[other]
      let after = step.after.database.sessions[other]
      guard before.wait != .none, before.wait != .clock, after.wait == before.wait else { continue }
      let schema = model.program.schema
      if !step.before.database.isWaitOver(session: other, schema: schema),
        step.after.database.isWaitOver(session: other, schema: schema)
      {
        told.wakes.append(other)
      }
    }
  }

  // MARK: Names and values

  func text(_ value: Value, table: Int, column: Int) -> String? {
    guard !value.isNull else { return nil }
    return value.formatted(
      as: model.program.schema.tables[table].stored(column).type, catalog: model.program.types,
      options: FormatOptions())
  }

  /// `orders(1)`: by primary key, or by the row's number in the table.
  func name(_ table: Int, _ row: Int32, values: [Value]) -> String {
    let definition = model.program.schema.tables[table]
    guard let key = definition.uniqueIndexes.first(where: \.isPrimary)?.columns else {
      return "\(definition.name)#\(row + 1)"
    }
    let texts = key.map { text(values[$0], table: table, column: $0) ?? "NULL" }
    return "\(definition.name)(\(texts.joined(separator: ", ")))"
  }

  /// The row's name, by any version of it there is.
  func name(_ table: Int, _ row: Int32, _ step: Replayer.Step) -> String {
    let width = model.program.schema.tables[table].columns.count
    for state in [step.before, step.after] {
      let database = state.database
      for write in database.writes.reversed()
      where Int(write.table) == table && write.row == row && write.kind == .insert {
        let start = Int(write.cells)
        return name(table, row, values: Array(database.cells[start..<start + width]))
      }
      for version in database.versions.reversed()
      where Int(version.table) == table && version.row == row {
        let start = Int(version.cells)
        return name(table, row, values: Array(database.cells[start..<start + width]))
      }
    }
    return "\(model.program.schema.tables[table].name)#\(row + 1)"
  }
}
