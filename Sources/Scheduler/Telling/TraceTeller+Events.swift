import SQL
import Store
import Writers

extension TraceTeller {
  /// Tells what a session did in a step: statements, results, errors, changes.
  mutating func tellEvents(_ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step) {
    for event in step.events {
      switch event {
      case .began(let span, let routine, let depth):
        told.entries.append(entry(span, depth > 0 ? routine : nil))
      case .finished(let tag, let columns, let rows):
        continued(step, session, &told)
        told.entries[told.entries.count - 1].tag = tag
        told.entries[told.entries.count - 1].resultColumns = columns.map(\.name)
        told.entries[told.entries.count - 1].resultRows = rows.map { texts($0, columns) }
      case .failed(let error):
        continued(step, session, &told)
        told.entries[told.entries.count - 1].error = Trace.ErrorText(
          state: error.state.code, message: error.message, isHandled: false)
        if error.isReadWriteDependency { explainRefusal(step, session, &told) }
      case .caught, .retried:
        if let index = told.entries.lastIndex(where: { $0.error != nil }) {
          told.entries[index].error?.isHandled = true
        }
        if case .retried(let left) = event {
          let isUnbounded = model.sessions[session].retries == SessionDefinition.asOftenAsItTakes
          note("runs again" + (isUnbounded ? "" : " (\(left) left)"), step, session, &told)
        }
      case .inserted, .updated, .deleted:
        continued(step, session, &told)
        tellChange(event, step, session, &told)
      case .committed(let isImplicit, let didWrite):
        // A statement of its own that changed and held nothing ends without a word.
        if isImplicit && !didWrite
          && !step.before.database.isNoticeable(session: session)
        {
          continue
        }
        if isImplicit && told.entries.isEmpty { told.entries.append(Trace.Entry(sql: "")) }
        if !isImplicit || told.entries.last?.sql == "" {
          told.entries[told.entries.count - 1].tag = "COMMIT"
        }
        if didWrite { settle(session, commits: true, step, &told) }
      case .rolledBack(let isFailure):
        if let last = told.entries.last, last.error == nil, last.asksForCommit {
          told.entries[told.entries.count - 1].tag = "ROLLBACK"
          note("rolls back: the transaction has failed", step, session, &told)
        } else if !isFailure, !told.entries.isEmpty {
          told.entries[told.entries.count - 1].tag = "ROLLBACK"
        } else {
          note("its transaction is rolled back", step, session, &told)
        }
        settle(session, commits: false, step, &told)
      default: tellRemark(event, step, session, &told)
      }
    }
  }

  private mutating func tellRemark(
    _ event: Event, _ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step
  ) {
    switch event {
    case .read(let table, let row, let version):
      if version != FoundRow.own {
        lastRead[RowKey(table: Int(table.index), row: row), default: [:]][session] = version
      }
    case .locked(let table, let row, let mode):
      told.locksTaken.append(
        Trace.Lock(row: name(Int(table.index), row, step), mode: mode.name))
    case .lockedObject(let object, let mode):
      told.locksTaken.append(
        Trace.Lock(row: object.name(in: model.program.schema), mode: mode.name))
    case .unlockedObject(let object):
      note("gives back \(object.name(in: model.program.schema))", step, session, &told)
    case .rearranged(let orders):
      for order in orders {
        let names = order.sessions.map { model.sessions[$0].name }.joined(separator: ", ")
        note(
          "the deadlock check puts the queue for \(order.object.name(in: model.program.schema)) into "
            + "another order: \(names)", step, session, &told)
      }
    case .rechecked(let table, let row, let matches):
      note(
        "re-checks \(name(Int(table.index), row, step)): "
          + (matches ? "still matches" : "no longer matches"),
        step, session, &told)
    case .referenced(let table, let row):
      note("its foreign key finds \(name(Int(table.index), row, step))", step, session, &told)
    case .depended(let reader, let writer):
      let other = model.sessions[reader == session ? writer : reader].name
      note(
        reader == session
          ? "must come before \(other): it reads what \(other) changes"
          : "must come after \(other): it changes what \(other) has read",
        step, session, &told)
    case .skippedLocked(let table, let row):
      note("skips \(name(Int(table.index), row, step)), which is locked", step, session, &told)
    case .notice(let level, let message):
      note("\(level)".uppercased() + ": \(message)", step, session, &told)
    case .beganTransaction:
      if !told.entries.isEmpty { told.entries[told.entries.count - 1].tag = "BEGIN" }
    case .savepoint: told.entries[told.entries.count - 1].tag = "SAVEPOINT"
    case .rolledBackTo: told.entries[told.entries.count - 1].tag = "ROLLBACK"
    case .restarted(let left): note("starts again (\(left) left)", step, session, &told)
    case .ended(let outcome, let error):
      if let outcome = outcome.asText { note("returns '\(outcome)'", step, session, &told) }
      if error != nil { note("ends with the error", step, session, &told) }
    case .crashed: note("crashes", step, session, &told)
    default: return
    }
  }

  private func entry(_ span: SourceSpan, _ routine: RoutineID?) -> Trace.Entry {
    let sources = model.program.sources
    var entry = Trace.Entry(sql: SourceFile.folded(text(of: span)))
    entry.span = span
    let place = sources.position(of: span)
    entry.path = sources.file(of: span).path
    entry.line = place.line
    entry.column = place.column
    entry.routine = routine.map { model.program.routines[Int($0.index)].name }
    return entry
  }

  /// A statement's text; locks that the model leaves out are comments there.
  private func text(of span: SourceSpan) -> String {
    let sources = model.program.sources
    func part(_ start: Int32, _ end: Int32) -> String {
      sources.text(of: SourceSpan(file: span.file, start: Int(start), end: Int(end)))
    }
    var text = ""
    var start = span.start
    for site in model.lockSites
    where model.omittedLocks.contains(site.number) && span.covers(site.span) {
      text += part(start, site.span.start) + "/* \(part(site.span.start, site.span.end)) */"
      start = site.span.end
    }
    return text + part(start, span.end)
  }

  /// Makes sure that there is an entry to write on: the rest of a statement that began before.
  private func continued(_ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step) {
    guard told.entries.isEmpty else { return }
    guard let span = machine.position(of: session, in: step.before) else {
      told.entries.append(Trace.Entry(sql: ""))
      return
    }
    var rest = entry(span, nil)
    rest.isContinued = true
    rest.routine = machine.routine(of: session, in: step.before)
    told.entries.append(rest)
  }

  /// Tells between whom the session stood when it failed for its read/write dependencies.
  private func explainRefusal(
    _ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step
  ) {
    let (before, after) = step.before.database.neighbours(ofSession: session)
    func names(_ sessions: [Int]) -> String {
      sessions.filter(model.sessions.indices.contains).map { model.sessions[$0].name }
        .joined(separator: " and ")
    }
    if !before.isEmpty, !after.isEmpty {
      note(
        "it would have to come after \(names(before)) and before \(names(after))", step, session,
        &told)
    }
    if step.choice.kind == .refused {
      note(
        "by row and key there is no such dependency; the server's locks on pages or tables may show one",
        step, session, &told)
    }
  }

  func note(
    _ text: String, _ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step
  ) {
    if told.entries.isEmpty {
      if step.choice.kind == .crash {
        told.entries.append(Trace.Entry(sql: ""))
      } else {
        continued(step, session, &told)
      }
    }
    told.entries[told.entries.count - 1].notes.append(text)
  }

  private func texts(_ row: [Value], _ columns: [OutputColumn]) -> [String?] {
    row.enumerated().map { index, value in
      value.isNull
        ? nil
        : value.formatted(
          as: columns[index].type, catalog: model.program.types, options: FormatOptions())
    }
  }

  // MARK: Changes

  private mutating func tellChange(
    _ event: Event, _ step: Replayer.Step, _ session: Int, _ told: inout Trace.Step
  ) {
    let table: TableID
    let row: Int32
    var old: [Value] = []
    var new: [Value] = []
    var kind = Trace.Change.Kind.update
    switch event {
    case .inserted(let its, let number, let after):
      (table, row, new, kind) = (its, number, after, .insert)
    case .deleted(let its, let number, let before):
      (table, row, old, kind) = (its, number, before, .delete)
    case .updated(let its, let number, let before, let after):
      (table, row, old, new) = (its, number, before, after)
    default: return
    }
    let index = Int(table.index)
    let definition = model.program.schema.tables[index]
    var cells: [Trace.Cell] = []
    for (column, shape) in definition.columns.enumerated() {
      let before = old.isEmpty ? nil : text(old[column], table: index, column: column)
      let after = new.isEmpty ? nil : text(new[column], table: index, column: column)
      if kind == .update && old[column] == new[column] { continue }
      cells.append(Trace.Cell(column: shape.name, before: before, after: after))
    }
    var change = Trace.Change(
      kind: kind, table: index, row: name(index, row, values: old.isEmpty ? new : old),
      cells: cells, isPending: !definition.isWorld)
    let key = RowKey(table: index, row: row)
    change.overwrites = overwritten(key, by: session, step)
    told.changes.append(change)
    if definition.isWorld {
      lastWriter[key] = session
    } else {
      pending[session, default: []].append(PendingChange(key: key, change: change))
    }
  }

  /// The session whose committed change is written over by one that had read the row before.
  private func overwritten(_ key: RowKey, by session: Int, _ step: Replayer.Step) -> Int? {
    guard let writer = lastWriter[key], writer != session, let read = lastRead[key]?[session],
      let newest = step.before.database.newestCommitted(UInt16(key.table), key.row)
    else { return nil }
    return read < newest.version ? writer : nil
  }

  /// The session's pending changes are committed or undone.
  private mutating func settle(
    _ session: Int, commits: Bool, _ step: Replayer.Step, _ told: inout Trace.Step
  ) {
    for index in told.changes.indices where told.changes[index].isPending {
      told.changes[index].isPending = !commits
    }
    for var item in pending.removeValue(forKey: session) ?? [] {
      if commits { lastWriter[item.key] = session }
      let isOfThisStep = told.changes.contains {
        $0.row == item.change.row && $0.table == item.change.table && $0.kind == item.change.kind
      }
      if isOfThisStep && commits { continue }
      let undone = item.change
      item.change.kind = commits ? .commit : .rollback
      item.change.isPending = false
      if !commits {
        item.change.cells = undone.cells.map {
          Trace.Cell(column: $0.column, before: $0.after, after: $0.before)
        }
      }
      told.changes.append(item.change)
    }
  }
}

extension Trace.Entry {
  /// Whether the client has asked for a commit, whatever the server made of it.
  fileprivate var asksForCommit: Bool {
    let word = sql.prefix { $0.isLetter }.uppercased()
    return word == "COMMIT" || word == "END"
  }
}
