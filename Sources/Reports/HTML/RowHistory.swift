import Scheduler

/// How the rows of a trace came to be what they are: every version of every row that the run changes, who
/// wrote it, and from which step on it stood, was committed, or was gone.
struct RowHistory {
  struct Version {
    /// In the order of the table's columns; empty for a deletion.
    var values: [String?]
    /// Who wrote it; `nil` for the data at the start.
    var lane: Int?
    /// The step that wrote it; 0 for the start.
    var created: Int
    /// The step from which on others can see it; `nil` if it never was committed.
    var committed: Int?
    /// The step that rolled it back.
    var undone: Int?

    var isDeletion: Bool { values.isEmpty }
  }

  struct Row {
    var table: Int
    /// `orders(1)`.
    var name: String
    var versions: [Version]
  }

  private(set) var rows: [Row] = []
  /// For each step and lane, the last step whose commits the lane's statement can see; `nil` while it has no
  /// snapshot.
  private(set) var snapshots: [[Int?]] = []

  init(_ trace: Trace) {
    for table in trace.initial where trace.tables.indices.contains(table.table) {
      for (position, values) in table.rows.enumerated() {
        rows.append(
          Row(
            table: table.table,
            name: Self.name(values, at: position, in: trace.tables[table.table]),
            versions: [Version(values: values, lane: nil, created: 0, committed: 0)]))
      }
    }
    for step in trace.steps {
      for change in step.changes where trace.tables.indices.contains(change.table) {
        apply(change, of: step, columns: trace.tables[change.table].columns)
      }
    }
    takeSnapshots(trace)
  }

  /// As traces name rows: by the primary key, or by the place in the table.
  private static func name(
    _ values: [String?], at position: Int, in table: Trace.TableShape
  ) -> String {
    let key = table.key.filter(values.indices.contains).map { values[$0] ?? "NULL" }
    return key.isEmpty
      ? "\(table.name)#\(position + 1)" : "\(table.name)(\(key.joined(separator: ", ")))"
  }

  private mutating func apply(_ change: Trace.Change, of step: Trace.Step, columns: [String]) {
    let row = row(of: change)
    let index =
      row
      ?? {
        rows.append(Row(table: change.table, name: change.row, versions: []))
        return rows.count - 1
      }()
    let committed = change.isPending ? nil : step.number
    switch change.kind {
    case .insert, .update:
      var values =
        rows[index].versions.last { !$0.isDeletion && $0.undone == nil }?.values
        ?? columns.map { _ in nil }
      if change.kind == .insert { values = columns.map { _ in nil } }
      for cell in change.cells {
        guard let column = columns.firstIndex(of: cell.column) else { continue }
        values[column] = cell.after
      }
      rows[index].versions.append(
        Version(values: values, lane: step.lane, created: step.number, committed: committed))
    case .delete:
      rows[index].versions.append(
        Version(values: [], lane: step.lane, created: step.number, committed: committed))
    case .commit, .rollback:
      for version in rows[index].versions.indices {
        let it = rows[index].versions[version]
        guard it.committed == nil, it.undone == nil, it.lane == step.lane else { continue }
        if change.kind == .commit {
          rows[index].versions[version].committed = step.number
        } else {
          rows[index].versions[version].undone = step.number
        }
      }
    }
  }

  /// The row that a change is about: the newest of that name.
  private func row(of change: Trace.Change) -> Int? {
    rows.lastIndex { $0.table == change.table && $0.name == change.row }
  }

  /// READ COMMITTED looks at what is committed when a statement begins, the other levels when the
  /// transaction's first statement does.
  private mutating func takeSnapshots(_ trace: Trace) {
    var current = [Int?](repeating: nil, count: trace.lanes.count)
    for step in trace.steps {
      if let lane = step.lane, trace.lanes.indices.contains(lane) {
        let keeps = trace.lanes[lane].isolation.lowercased() != "read committed"
        for entry in step.entries where !entry.isContinued && Self.reads(entry) {
          if !keeps || current[lane] == nil { current[lane] = step.number - 1 }
        }
        snapshots.append(current)
        if !step.isInTransaction, step.wait == nil { current[lane] = nil }
      } else {
        snapshots.append(current)
      }
    }
  }

  private static func reads(_ entry: Trace.Entry) -> Bool {
    let word = entry.sql.uppercased().prefix { $0.isLetter }
    return ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "PERFORM", "VALUES"]
      .contains(String(word))
  }
}
