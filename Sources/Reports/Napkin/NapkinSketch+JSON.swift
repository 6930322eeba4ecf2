import SQL
import Store
import Writers

extension NapkinSketch {
  /// The same as ``lines()``, for tools: who does what to which table, and where writers meet.
  package func json() -> JSONValue {
    .object([
      ("format", .string("racesim.napkin")), ("version", .int(1)),
      ("path", .string(scenario.path)), ("title", .string(scenario.title)),
      ("variant", model.name.isEmpty ? .null : .string(model.name)),
      ("writers", .array(writers.map(json))),
      ("meetings", .array(meetings.map(json))),
    ])
  }

  private func json(_ writer: Writer) -> JSONValue {
    .object([
      ("name", .string(writer.name)), ("sessions", .int(writer.sessionCount)),
      ("accesses", .array(writer.accesses.map { json($0, of: writer) })),
    ])
  }

  private func json(_ access: AccessSurvey.Access, of writer: Writer) -> JSONValue {
    let isOwn = access.routine == writer.routine
    let (kind, mode, policy) = Self.words(access.kind)
    let shape = model.program.schema[access.table]
    func names(_ columns: Set<Int>) -> JSONValue {
      .strings(
        columns.sorted().filter(shape.columns.indices.contains).map { shape.columns[$0].name })
    }
    return .object([
      ("function", isOwn ? .null : .string(model.program.routines[Int(access.routine.index)].name)),
      ("table", .string(shape.name)), ("kind", .string(kind)), ("mode", .text(mode)),
      ("policy", .text(policy)), ("reads", names(access.reads)), ("where", names(access.guards)),
      ("writes", names(access.writes)),
    ])
  }

  private static func words(
    _ kind: AccessSurvey.Access.Kind
  ) -> (kind: String, mode: String?, policy: String?) {
    switch kind {
    case .reads: ("read", nil, nil)
    case .locks(let mode, let policy):
      ("lock", mode.name, policy == .error ? "NOWAIT" : policy == .skip ? "SKIP LOCKED" : nil)
    case .locksTable(let mode): ("lock table", mode.name, nil)
    case .inserts: ("insert", nil, nil)
    case .updates: ("update", nil, nil)
    case .deletes: ("delete", nil, nil)
    case .truncates: ("truncate", nil, nil)
    case .refers: ("foreign key", "FOR KEY SHARE", nil)
    case .cascades: ("cascade", nil, nil)
    }
  }

  private func json(_ meeting: Meeting) -> JSONValue {
    let shape = model.program.schema[meeting.table]
    return .object([
      ("table", .string(shape.name)),
      ("column", meeting.column.map { .string(shape.columns[$0].name) } ?? .null),
      ("readBy", .strings(meeting.reading)), ("conditionOf", .strings(meeting.guarding)),
      ("lockedBy", .strings(meeting.locking)), ("changedBy", .strings(meeting.changing)),
    ])
  }
}
