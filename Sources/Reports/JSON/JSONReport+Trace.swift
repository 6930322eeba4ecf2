package import Scheduler

/// Traces and verdicts as JSON, described in `docs/TRACE-JSON.md`.
package enum JSONReport {
  /// A trace: format `racesim.trace`, version 1.
  package static func trace(_ trace: Trace) -> JSONValue {
    .object([
      ("format", .string("racesim.trace")),
      ("version", .int(1)),
      (
        "scenario",
        .object([
          ("path", .string(trace.scenarioPath)), ("title", .string(trace.scenarioTitle)),
          ("variant", trace.variant.isEmpty ? .null : .string(trace.variant)),
        ])
      ),
      ("verdict", verdict(trace.finding)),
      ("token", trace.token.isEmpty ? .null : .string(trace.token)),
      ("writers", .array(trace.lanes.map(writer))),
      ("tables", .array(trace.tables.map(table))),
      ("initial", rows(trace.initial, of: trace)),
      ("steps", .array(trace.steps.map { step($0, of: trace) })),
      ("final", rows(trace.final, of: trace)),
      ("why", trace.finding.map(why) ?? .null),
      ("advice", .strings(trace.finding?.advice ?? [])),
      ("evidence", trace.finding.map { evidence($0.evidence, of: trace) } ?? .null),
    ])
  }

  private static func letter(_ lane: Int?, of trace: Trace) -> JSONValue {
    guard let lane, trace.lanes.indices.contains(lane) else { return .null }
    return .string(trace.lanes[lane].letter)
  }

  private static func letters(_ lanes: [Int], of trace: Trace) -> JSONValue {
    .array(lanes.map { letter($0, of: trace) })
  }

  private static func verdict(_ finding: Trace.Finding?) -> JSONValue {
    guard let finding else { return .null }
    return .object([
      ("kind", .string(finding.kind.rawValue)),
      ("property", .string(finding.name)),
      ("anomaly", .text(finding.anomaly)),
      ("code", .text(finding.anomalyCode)),
      ("step", .int(finding.step)),
      ("shortest", .bool(finding.isShortest)),
      ("explanation", .string(finding.explanation)),
    ])
  }

  private static func why(_ finding: Trace.Finding) -> JSONValue {
    .object([
      ("text", .string(finding.text)),
      ("query", .text(finding.query)),
      ("path", .text(finding.path)),
      ("line", finding.line.map { .int($0) } ?? .null),
      ("falsePart", .text(finding.falsePart)),
      ("columns", .strings(finding.columns)),
      ("rows", .array(finding.rows.map(values))),
      ("cycle", .strings(finding.cycle)),
      (
        "loop",
        finding.loop.map { .array([.int($0.lowerBound), .int($0.upperBound)]) } ?? .null
      ),
    ])
  }

  /// What was tried beside the run; `null` if nothing was.
  private static func evidence(_ evidence: Trace.Evidence, of trace: Trace) -> JSONValue {
    if evidence.isEmpty { return .null }
    let near = evidence.near.map { near -> JSONValue in
      .object([
        ("token", .string(near.token)), ("step", .int(near.firstDifference)),
        ("text", .string(near.text)),
        (
          "steps",
          .array(
            near.steps.map { step in
              .object([
                ("n", .int(step.number)), ("kind", .string(step.kind.rawValue)),
                ("writer", letter(step.lane, of: trace)), ("text", .string(step.text)),
                ("result", .string(step.result)),
              ])
            })
        ),
      ])
    }
    let serial = evidence.serial.map { order -> JSONValue in
      .object([
        ("order", .strings(order.order)), ("holds", order.holds.map { .bool($0) } ?? .null),
      ])
    }
    let levels = evidence.levels.map { level -> JSONValue in
      .object([
        ("isolation", .string(level.isolation)), ("outcome", .string(level.outcome.rawValue)),
        ("writer", .text(level.session)), ("step", level.step.map { .int($0) } ?? .null),
        ("retried", .bool(level.isRetried)),
      ])
    }
    let fixes = evidence.fixes.map { fix -> JSONValue in
      .object([
        ("title", .string(fix.title)), ("holds", .bool(fix.holds)), ("states", .int(fix.states)),
        ("broken", .strings(fix.broken)),
      ])
    }
    return .object([
      ("near", near ?? .null), ("serial", .array(serial)), ("levels", .array(levels)),
      ("fixes", .array(fixes)),
    ])
  }

  private static func writer(_ lane: Trace.Lane) -> JSONValue {
    .object([
      ("letter", .string(lane.letter)), ("name", .string(lane.name)),
      ("writer", .string(lane.writer)), ("isolation", .string(lane.isolation)),
      ("status", .string(lane.status)), ("outcome", .text(lane.outcome)),
      ("sqlstate", .text(lane.sqlState)),
    ])
  }

  private static func table(_ shape: Trace.TableShape) -> JSONValue {
    let key = shape.key.filter(shape.columns.indices.contains).map { shape.columns[$0] }
    return .object([
      ("name", .string(shape.name)), ("columns", .strings(shape.columns)),
      ("key", .strings(key)), ("world", .bool(shape.isWorld)),
    ])
  }

  private static func values(_ row: [String?]) -> JSONValue {
    .array(row.map { .text($0) })
  }

  /// Tables' rows by the tables' names; a row's values stand in the order of the table's columns.
  private static func rows(_ tables: [Trace.TableRows], of trace: Trace) -> JSONValue {
    .object(
      tables.filter { trace.tables.indices.contains($0.table) }.map { entry in
        (trace.tables[entry.table].name, .array(entry.rows.map(values)))
      })
  }

  // MARK: Steps

  private static func step(_ step: Trace.Step, of trace: Trace) -> JSONValue {
    .object([
      ("n", .int(step.number)),
      ("kind", .string(step.kind.rawValue)),
      ("writer", letter(step.lane, of: trace)),
      ("clock", .text(step.instant)),
      ("label", .text(step.label)),
      ("statements", .array(step.entries.map(statement))),
      ("changes", .array(step.changes.map { change($0, of: trace) })),
      ("locks", locks(step, of: trace)),
      ("wakes", letters(step.wakes, of: trace)),
      (
        "transaction",
        .object([
          ("before", .bool(step.wasInTransaction)), ("after", .bool(step.isInTransaction)),
        ])
      ),
      ("alternatives", .strings(step.alternatives)),
      ("broken", .strings(step.broken)),
    ])
  }

  private static func statement(_ entry: Trace.Entry) -> JSONValue {
    let place: JSONValue
    if let path = entry.path {
      place = .object([
        ("path", .string(path)), ("line", entry.line.map { .int($0) } ?? .null),
        ("column", entry.column.map { .int($0) } ?? .null),
      ])
    } else {
      place = .null
    }
    let error: JSONValue =
      entry.error.map { error in
        .object([
          ("sqlstate", .string(error.state)), ("message", .string(error.message)),
          ("handled", .bool(error.isHandled)),
        ])
      } ?? .null
    return .object([
      ("sql", .string(entry.sql)),
      ("at", place),
      ("function", .text(entry.routine)),
      ("continued", .bool(entry.isContinued)),
      ("tag", .text(entry.tag)),
      ("columns", .strings(entry.resultColumns)),
      ("rows", .array(entry.resultRows.map(values))),
      ("error", error),
      ("notes", .strings(entry.notes)),
    ])
  }

  private static func change(_ change: Trace.Change, of trace: Trace) -> JSONValue {
    let cells = change.cells.map { cell in
      JSONValue.object([
        ("column", .string(cell.column)), ("before", .text(cell.before)),
        ("after", .text(cell.after)),
      ])
    }
    let isKnown = trace.tables.indices.contains(change.table)
    return .object([
      ("kind", .string(change.kind.rawValue)),
      ("table", isKnown ? .string(trace.tables[change.table].name) : .null),
      ("row", .string(change.row)),
      ("cells", .array(cells)),
      ("committed", .bool(!change.isPending)),
      ("overwrites", letter(change.overwrites, of: trace)),
    ])
  }

  private static func locks(_ step: Trace.Step, of trace: Trace) -> JSONValue {
    func lock(_ lock: Trace.Lock) -> JSONValue {
      .object([("row", .string(lock.row)), ("mode", .string(lock.mode))])
    }
    let wait: JSONValue =
      step.wait.map { wait in
        .object([
          ("what", .string(wait.what)), ("mode", .text(wait.mode)),
          ("writers", letters(wait.lanes, of: trace)),
        ])
      } ?? .null
    return .object([
      ("taken", .array(step.locksTaken.map(lock))),
      ("released", .array(step.locksReleased.map(lock))),
      ("waitsFor", wait),
    ])
  }
}
