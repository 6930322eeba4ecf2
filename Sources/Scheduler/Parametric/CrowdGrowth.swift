import SQL
import Store
import Writers

/// Notices what keeps growing while states are found, so that a search which can never end is ended, and says why.
struct CrowdGrowth {
  private enum Measure: Hashable, Comparable {
    case rows(table: Int)
    case sequence(Int)
    /// Sessions that are counted exactly, by group.
    case sessions(group: Int)
    case largest(table: Int, column: Int)
    case smallest(table: Int, column: Int)
  }

  private struct Record {
    var first: Int64
    var value: Int64
    /// How many states there were when it was set.
    var states: Int
  }

  /// Before so many states nothing is said to grow.
  static let statesMin = 3_000
  /// What has not grown by so much is not said to.
  private static let growthMin: Int64 = 8

  private let model: Model
  private var records: [Measure: Record] = [:]
  private var nextLook = Self.statesMin
  private var lastShared = -1

  init(_ model: Model) { self.model = model }

  /// Measures a state that has just been found.
  mutating func note(
    _ state: MachineState, _ model: Model, _ space: borrowing CrowdSpace, _ words: CrowdSpace.State,
    states: Int
  ) {
    var exact: [Int: Int64] = [:]
    for (kind, count) in space.kinds(of: words) where !space.kinds[kind].isCounted {
      let group = space.kinds[kind].group
      if model.manyGroups.contains(group) { exact[group, default: 0] += Int64(count) }
    }
    for (group, count) in exact { note(.sessions(group: group), count, states) }
    // Shared parts are numbered as they are met.
    guard Int(words[0]) > lastShared else { return }
    lastShared = Int(words[0])
    for (index, value) in state.database.sequences.enumerated() {
      note(.sequence(index), value, states)
    }
    var rows: [Int: Int64] = [:]
    for version in state.database.versions where version.end == DatabaseState.Version.forever {
      let table = Int(version.table)
      rows[table, default: 0] += 1
      for column in model.program.schema.tables[table].columns.indices {
        guard let number = state.database.cells[Int(version.cells) + column].asInteger else {
          continue
        }
        note(.largest(table: table, column: column), number, states)
        note(.smallest(table: table, column: column), 0 &- number, states)
      }
    }
    for (table, count) in rows { note(.rows(table: table), count, states) }
  }

  private mutating func note(_ measure: Measure, _ value: Int64, _ states: Int) {
    guard var record = records[measure] else {
      records[measure] = Record(first: value, value: value, states: states)
      return
    }
    guard value > record.value else { return }
    record.value = value
    record.states = states
    records[measure] = record
  }

  /// What keeps growing so plainly that the search may as well end; `nil` if nothing does.
  mutating func verdict(states: Int) -> String? {
    guard states >= nextLook else { return nil }
    nextLook = states * 2
    let isPlain = latest(states: states, growthMin: Self.growthMin) != nil
    return isPlain ? latest(states: states) : nil
  }

  /// What has grown to the last.
  func latest(states: Int, growthMin: Int64 = 2) -> String? {
    // What rows hold grows with them.
    let grown = records.filter {
      $0.value.states > states * 3 / 4 && $0.value.value &- $0.value.first >= growthMin
    }
    return grown.keys.min().map(text)
  }

  private func text(_ measure: Measure) -> String {
    let schema = model.program.schema
    switch measure {
    case .rows(let table): return "table `\(schema.tables[table].name)` gets more and more rows"
    case .sequence(let index): return "sequence `\(schema.sequences[index].name)` goes on and on"
    case .sessions(let group):
      let writer = model.sessions.first { $0.group == group }?.writer ?? ""
      return "ever more `\(writer)` sessions have written or hold locks at the same time"
    case .largest(let table, let column), .smallest(let table, let column):
      let name = schema.tables[table].columns[column].name
      let isUp = if case .largest = measure { "larger" } else { "smaller" }
      return "`\(schema.tables[table].name).\(name)` takes ever \(isUp) values"
    }
  }
}
