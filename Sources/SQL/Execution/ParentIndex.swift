import Store

/// The rows of a table by the columns that a foreign key refers to, for the time of one step that checks many children.
struct ParentIndex {
  /// With fewer checks left, a scan for each costs less.
  static let least = 64

  let table: TableID
  let columns: [Int]
  private var rows: [[UInt64]: [FoundRow]] = [:]
  /// A key can be written in several ways.
  private(set) var isOff = false
  /// How much was there when the rows were collected.
  private let moment: [Int]

  init(
    _ table: TableID, _ columns: [Int], session: Int, snapshot: Int32, in database: DatabaseState
  ) {
    self.table = table
    self.columns = columns
    moment = Self.moment(snapshot, database)
    var scan = database.scan(
      table.index, session: session, snapshot: snapshot, command: .max, isNoted: true)
    while let found = database.next(&scan) {
      guard let key = KeyFilter.key(columns, found.cells, database) else {
        isOff = true
        return
      }
      rows[key, default: []].append(found)
    }
  }

  /// What changes with every version that is written or undone, but for undoing as many as are written anew: that takes
  /// a trigger's function.
  private static func moment(_ snapshot: Int32, _ database: DatabaseState) -> [Int] {
    [
      Int(snapshot), Int(database.commits), database.versions.count, database.writes.count,
      database.cells.count,
    ]
  }

  func isCurrent(_ snapshot: Int32, in database: DatabaseState) -> Bool {
    moment == Self.moment(snapshot, database)
  }

  /// The rows with a key, in the order of a scan; `nil` if that takes one.
  func find(_ values: [Value]) -> [FoundRow]? {
    if isOff { return nil }
    var key: [UInt64] = []
    for value in values {
      guard value.asInteger != nil || value.asText != nil else { return nil }
      key.append(value.bits)
    }
    return rows[key] ?? []
  }
}

extension Executor {
  /// A walk over the rows that may be a child's parent.
  enum ParentWalk {
    case scan(DatabaseState.Scan)
    case rows(ArraySlice<FoundRow>)
  }

  /// The rows that have the values of a child, where so many children are to be checked at once that an index of all
  /// costs less than a scan for each.
  mutating func indexedParents(
    _ values: [Value], of key: Table.ForeignKey, in parent: TableID, _ snapshot: Int32
  ) -> [FoundRow]? {
    guard options.runsWholeStatements, isInStatement, database.footprint == nil else { return nil }
    let place = parentIndexes.firstIndex {
      $0.table == parent && $0.columns == key.parentColumns
    }
    if let place, parentIndexes[place].isCurrent(snapshot, in: database) {
      return parentIndexes[place].find(values)
    }
    guard progress.references.count > 2 * ParentIndex.least else { return nil }
    let made = ParentIndex(
      parent, key.parentColumns, session: session, snapshot: snapshot, in: database)
    if let place { parentIndexes[place] = made } else { parentIndexes.append(made) }
    return made.find(values)
  }
}
