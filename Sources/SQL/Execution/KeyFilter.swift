import Store

/// The keys that a unique index holds, for the time of one step that inserts many rows: a key that is not
/// among them needs no search.
struct KeyFilter {
  /// With fewer rows left to insert, a search for each costs less.
  static let least = 64

  let table: UInt16
  let index: Int
  private var keys: Set<[UInt64]> = []
  /// How much was there when the filter was last right.
  private var writes: Int
  private let versions: Int
  /// Something else has been written, or a key can be written in several ways.
  private var isOff = false

  init(index: Int, columns: [Int], of table: UInt16, in database: DatabaseState) {
    self.table = table
    self.index = index
    versions = database.versions.count
    writes = database.writes.count - 1
    for version in database.versions[database.versionRange(of: table)] {
      insert(columns, version.cells, database)
    }
    for write in database.writes.dropLast() where write.table == table && write.kind != .delete {
      insert(columns, write.cells, database)
    }
  }

  private mutating func insert(_ columns: [Int], _ cells: Int32, _ database: DatabaseState) {
    guard let key = Self.key(columns, cells, database) else {
      isOff = true
      return
    }
    keys.insert(key)
  }

  /// Takes the last write's key in.
  ///
  /// - Returns: Whether it is certainly new.
  mutating func add(_ columns: [Int], _ cells: Int32, _ database: DatabaseState) -> Bool {
    guard !isOff, writes == database.writes.count - 1, versions == database.versions.count,
      let key = Self.key(columns, cells, database)
    else {
      isOff = true
      return false
    }
    writes += 1
    return keys.insert(key).inserted
  }

  /// The words of a key; `nil` if equal values may have different words.
  static func key(
    _ columns: [Int], _ cells: Int32, _ database: DatabaseState
  ) -> [UInt64]? {
    var key: [UInt64] = []
    for column in columns {
      let value = database.cells[Int(cells) + column]
      guard value.isNull || value.asInteger != nil || value.asText != nil else { return nil }
      key.append(value.bits)
    }
    return key
  }
}

extension Executor {
  /// Whether the last write's key is in nobody's way, as far as that can be said without a search.
  mutating func isCertainlyNew(
    _ write: DatabaseState.Write, index: Int, of definition: Table
  ) -> Bool {
    guard options.runsWholeStatements, isInStatement, database.footprint == nil,
      case .insert(let insert) = program.statements[progress.statement].parts[progress.part].body,
      insert.onConflict == nil, insert.table.index == write.table
    else { return false }
    let columns = definition.uniqueIndexes[index].columns
    if let position = keyFilters.firstIndex(where: { $0.table == write.table && $0.index == index })
    {
      return keyFilters[position].add(columns, write.cells, database)
    }
    guard progress.candidates.count - progress.next > KeyFilter.least * progress.stride else {
      return false
    }
    keyFilters.append(KeyFilter(index: index, columns: columns, of: write.table, in: database))
    return keyFilters[keyFilters.count - 1].add(columns, write.cells, database)
  }
}
