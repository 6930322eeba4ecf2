/// What steps depend on and what they change, collected while they are carried out.
///
/// A database that has one (``DatabaseState/footprint``) writes into it whenever rows are looked for, locked or
/// changed, and whenever an object or a sequence is used. Rows are known by what is in them, not by their
/// numbers, which are given anew in each packed state:
///
///     UPDATE orders SET status = 'paid' WHERE id = 1
///
///     lookups   orders where id = 1
///     locks     (1, 'pending') FOR NO KEY UPDATE
///     changes   (1, 'pending'), (1, 'paid')              before and after
///
/// Nothing in it depends on the order in which it was collected, and too much in it does no harm: it is asked
/// which steps *cannot* notice which others.
///
/// Where a row's number is known, the row was found by a scan or by its key, so that what is read by its number
/// needs no note of its own.
///
/// - Note: A class, because those who only read the database must be able to write into it.
// Sendable unchecked: one thread writes into it; each thread of a search has its own (``twin()``).
package final class Footprint: @unchecked Sendable {
  /// The rows of a table that have certain values in certain columns.
  package struct Lookup: Hashable, Sendable {
    package var table: UInt16
    /// Positions of what is stored, ascending.
    package var columns: [Int]
    /// The values' ``Value/identity``.
    package var values: [UInt64]
    /// Whether rows with NULL in one of the columns count too.
    package var takesNulls: Bool
  }

  /// A version of a row: the bits of all that is stored.
  package struct Contents: Hashable, Sendable {
    package var table: UInt16
    package var values: [UInt64]

    package init(table: UInt16, values: [UInt64]) {
      self.table = table
      self.values = values
    }
  }

  package private(set) var lookups: Set<Lookup> = []
  /// The tables of which all rows were read.
  package private(set) var scans: Set<UInt16> = []
  /// All versions that were replaced, deleted or made.
  package private(set) var changes: Set<Contents> = []
  /// The tables that were emptied.
  package private(set) var truncations: Set<UInt16> = []
  /// For each row that was locked or asked for, a bit for each ``RowLockMode``.
  package private(set) var rowLocks: [Contents: UInt8] = [:]
  package private(set) var objectLocks: [LockObject: ObjectLockModes] = [:]
  package private(set) var sequences: Set<UInt16> = []
  /// Something was done that everybody may notice.
  package private(set) var isUnbounded = false

  /// For each table, how many words a version has.
  private let widths: [Int]
  /// Those of other threads.
  private var twins: [Footprint] = []

  package init(schema: Schema) { widths = schema.tables.map(\.storedCount) }

  private init(widths: [Int]) { self.widths = widths }

  /// One for another thread; what that notes is in this one when it is gathered.
  package func twin() -> Footprint {
    let twin = Footprint(widths: widths)
    twins.append(twin)
    return twin
  }

  /// Takes in what other threads have noted, which must have ended.
  package func gather() {
    for twin in twins { formUnion(twin) }
    twins.removeAll()
  }

  /// All that is in either.
  package func formUnion(_ other: Footprint) {
    lookups.formUnion(other.lookups)
    scans.formUnion(other.scans)
    changes.formUnion(other.changes)
    truncations.formUnion(other.truncations)
    rowLocks.merge(other.rowLocks) { $0 | $1 }
    objectLocks.merge(other.objectLocks) { $0.union($1) }
    sequences.formUnion(other.sequences)
    isUnbounded = isUnbounded || other.isUnbounded
  }

  package func noteEverything() { isUnbounded = true }

  func noteScan(of table: UInt16) { scans.insert(table) }

  func noteLookup(_ table: UInt16, _ columns: [Int], _ values: [Value], takesNulls: Bool) {
    var found: [(column: Int, value: UInt64)] = []
    for (column, value) in zip(columns, values) {
      if value.isNull {
        if !takesNulls { return }
        continue
      }
      if let identity = value.identity { found.append((column, identity)) }
    }
    if found.isEmpty {
      scans.insert(table)
      return
    }
    found.sort { $0.column < $1.column }
    lookups.insert(
      Lookup(
        table: table, columns: found.map(\.column), values: found.map(\.value),
        takesNulls: takesNulls))
  }

  func noteChange(_ table: UInt16, _ cells: Int32, in database: DatabaseState) {
    changes.insert(contents(table, cells, in: database))
  }

  func noteTruncation(of table: UInt16) {
    scans.insert(table)
    truncations.insert(table)
  }

  func noteLock(_ table: UInt16, _ cells: Int32, _ mode: RowLockMode, in database: DatabaseState) {
    rowLocks[contents(table, cells, in: database), default: 0] |= 1 << mode.rawValue
  }

  func noteLock(_ object: LockObject, _ mode: ObjectLockMode) {
    objectLocks[object, default: []].formUnion(mode.bit)
  }

  func noteSequence(_ sequence: Int) { sequences.insert(UInt16(sequence)) }

  private func contents(_ table: UInt16, _ cells: Int32, in database: DatabaseState) -> Contents {
    let start = Int(cells)
    return Contents(
      table: table,
      values: database.cells[start..<start + widths[Int(table)]].map(\.bits))
  }
}

extension Footprint.Contents {
  /// The value stored at a position.
  package func value(at position: Int) -> Value { Value(bits: values[position]) }
}

extension Value {
  /// Bits that two values share if and only if SQL calls them equal; `nil` for kinds of values that can be
  /// equal and written differently, and for NULL.
  package var identity: UInt64? {
    switch tag {
    case .boolean, .integer, .text, .longText, .timestamp, .date, .time, .uuid, .enumLabel: bits
    case .null, .bigInteger, .numeric, .bigNumeric, .bigTimestamp, .interval, .bigInterval, .json,
      .bytes, .array, .row, .snapshot, .header, .raw:
      nil
    }
  }
}

extension DatabaseState {
  /// Notes that what is done depends on the rows with these values, and on whether there are any.
  ///
  /// Who calls it may tell ``scan(_:session:snapshot:command:isByIndex:isNoted:)`` so, and must then pass over
  /// all other rows.
  ///
  /// - Parameters:
  ///   - table: A position in the schema's tables.
  ///   - columns: Positions of what is stored.
  ///   - values: What is looked for there; with NULL among them there is nothing to be found.
  ///   - takesNulls: Whether NULL in a column, or as a value, stands for all values.
  package func noteLookup(
    _ table: UInt16, _ columns: [Int], _ values: [Value], takesNulls: Bool = false
  ) {
    footprint?.noteLookup(table, columns, values, takesNulls: takesNulls)
  }

  /// Notes the newest version of a row, before it is changed.
  func noteChange(table: UInt16, row: Int32, session: Int?) {
    guard let footprint else { return }
    let found =
      session.map { newest(table, row, session: $0) } ?? newestCommitted(table, row)
    if let found { footprint.noteChange(table, found.cells, in: self) }
  }

  /// Notes that a row's lock matters, whether it is had or not.
  func noteLock(table: UInt16, row: Int32, mode: RowLockMode, session: Int) {
    guard let footprint else { return }
    if let found = newestCommitted(table, row) {
      footprint.noteLock(table, found.cells, mode, in: self)
    }
    if let found = newest(table, row, session: session) {
      footprint.noteLock(table, found.cells, mode, in: self)
    }
  }

  /// Removes committed rows as if they had never been there; nobody may have touched them.
  package mutating func leaveOut(_ rows: Set<Value>) {
    versions.removeAll { rows.contains(.row(table: Int($0.table), id: Int($0.row))) }
  }
}
