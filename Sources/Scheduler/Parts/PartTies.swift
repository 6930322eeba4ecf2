import SQL
import Store
import Writers

/// Finds out which parts notice each other, or are noticed together by an invariant.
///
/// Each kind of thing that can be noticed is looked up by what it is, so that the work grows with what the parts
/// do and not with the number of pairs of them.
struct PartTies {
  private let model: Model
  private let reads: [Separability.Reads]
  private var separability: Separability

  init(model: Model) {
    self.model = model
    let separability = Separability(program: model.program)
    reads = model.invariants.map { separability.reads(of: $0.query) }
    self.separability = separability
  }

  /// Whether an invariant asks for the time.
  var asksForTime: Bool { reads.contains { $0.usesTime || $0.isUnknown } }

  /// Unites those of the parts that must be explored together.
  mutating func unite(_ footprints: [Footprint], in union: inout PartUnion) {
    if footprints.contains(where: \.isUnbounded) { union.unite(all: footprints.indices) }
    uniteSequences(footprints, &union)
    uniteObjects(footprints, &union)
    uniteRowLocks(footprints, &union)
    uniteScans(footprints, &union)
    uniteLookups(footprints, &union)
    for invariant in model.invariants.indices { unite(invariant, footprints, &union) }
  }

  // MARK: What parts notice of each other

  private func uniteSequences(_ footprints: [Footprint], _ union: inout PartUnion) {
    var first: [UInt16: Int] = [:]
    for (part, footprint) in footprints.enumerated() {
      for sequence in footprint.sequences {
        if let other = first[sequence] { union.unite(other, part) } else { first[sequence] = part }
      }
    }
  }

  private func uniteObjects(_ footprints: [Footprint], _ union: inout PartUnion) {
    var users: [LockObject: [(part: Int, modes: ObjectLockModes)]] = [:]
    for (part, footprint) in footprints.enumerated() {
      for (object, modes) in footprint.objectLocks {
        users[object, default: []].append((part, modes))
      }
    }
    for those in users.values {
      unite(those.map { ($0.part, UInt64($0.modes.rawValue)) }, &union) { mine, others in
        let other = ObjectLockModes(rawValue: UInt8(truncatingIfNeeded: others))
        return ObjectLockMode.allCases.contains {
          mine >> UInt64($0.rawValue) & 1 == 1 && other.conflicts(with: $0)
        }
      }
    }
  }

  private func uniteRowLocks(_ footprints: [Footprint], _ union: inout PartUnion) {
    var users: [Footprint.Contents: [(part: Int, modes: UInt64)]] = [:]
    for (part, footprint) in footprints.enumerated() {
      for (row, modes) in footprint.rowLocks {
        users[row, default: []].append((part, UInt64(modes)))
      }
    }
    for those in users.values {
      unite(those, &union) { mine, others in
        RowLockMode.allCases.contains { mode in
          mine >> UInt64(mode.rawValue) & 1 == 1
            && RowLockMode.allCases.contains {
              others >> UInt64($0.rawValue) & 1 == 1 && mode.conflicts(with: $0)
            }
        }
      }
    }
  }

  /// Unites those who take a lock in modes (a bit for each) that conflict.
  private func unite(
    _ users: [(part: Int, modes: UInt64)], _ union: inout PartUnion,
    areConflicting: (UInt64, UInt64) -> Bool
  ) {
    guard users.count > 1 else { return }
    let all = users.reduce(0) { $0 | $1.modes }
    guard areConflicting(all, all) else { return }
    // Few sets of modes occur, however many users there are.
    var parts: [UInt64: [Int]] = [:]
    for user in users { parts[user.modes, default: []].append(user.part) }
    for (mine, first) in parts {
      for (other, second) in parts where areConflicting(mine, other) {
        if mine == other && first.count == 1 { continue }
        union.unite(all: first + second)
      }
    }
  }

  /// Whole tables that are read or emptied.
  private func uniteScans(_ footprints: [Footprint], _ union: inout PartUnion) {
    var changers: [UInt16: [Int]] = [:]
    var users: [UInt16: [Int]] = [:]
    for (part, footprint) in footprints.enumerated() {
      let changed = Set(footprint.changes.map(\.table)).union(footprint.truncations)
      for table in changed { changers[table, default: []].append(part) }
      let used = changed.union(footprint.scans).union(footprint.lookups.map(\.table))
        .union(footprint.rowLocks.keys.map(\.table))
      for table in used { users[table, default: []].append(part) }
    }
    for (part, footprint) in footprints.enumerated() {
      for table in footprint.scans { union.unite(all: [part] + (changers[table] ?? [])) }
      for table in footprint.truncations { union.unite(all: [part] + (users[table] ?? [])) }
    }
  }

  /// Rows that are looked for by values.
  private func uniteLookups(_ footprints: [Footprint], _ union: inout PartUnion) {
    struct Shape: Hashable {
      var columns: [Int]
      var takesNulls: Bool
    }
    var lookers: [UInt16: [Shape: [[UInt64]: [Int]]]] = [:]
    for (part, footprint) in footprints.enumerated() {
      for lookup in footprint.lookups {
        let shape = Shape(columns: lookup.columns, takesNulls: lookup.takesNulls)
        lookers[lookup.table, default: [:]][shape, default: [:]][lookup.values, default: []].append(
          part)
      }
    }
    for (part, footprint) in footprints.enumerated() {
      for row in footprint.changes {
        for (shape, parts) in lookers[row.table] ?? [:] {
          let values = shape.columns.map(row.value)
          if !shape.takesNulls && values.contains(where: \.isNull) { continue }
          let identities = values.compactMap(\.identity)
          if identities.count == values.count {
            union.unite(all: [part] + (parts[identities] ?? []))
          } else {
            // It may be what any of them looks for.
            union.unite(all: [part] + parts.values.joined())
          }
        }
      }
    }
  }

  // MARK: What invariants notice

  private mutating func unite(
    _ invariant: Int, _ footprints: [Footprint], _ union: inout PartUnion
  ) {
    let reads = reads[invariant]
    if reads.isUnknown { return union.unite(all: footprints.indices) }
    var changers: Set<Int> = []
    var changed: Set<UInt16> = []
    for (part, footprint) in footprints.enumerated() {
      for row in footprint.changes where reads.tables.contains(row.table) {
        changers.insert(part)
        changed.insert(row.table)
      }
    }
    if reads.hasOutcomes { changers.formUnion(footprints.indices) }
    guard changers.count > 1 else { return }
    switch separability.answer(for: model.invariants[invariant].query, changed: changed) {
    case .oneByOne: return
    case .together: union.unite(all: changers.sorted())
    case .tied(let columns): unite(changers.sorted(), by: columns, footprints, &union)
    }
  }

  /// Unites those whose rows have the same value in a tie.
  private func unite(
    _ changers: [Int], by columns: [Separability.Column], _ footprints: [Footprint],
    _ union: inout PartUnion
  ) {
    var places: [UInt16: [Int]] = [:]
    for column in columns { places[column.table, default: []].append(column.column) }
    var first: [UInt64: Int] = [:]
    for part in changers {
      for row in footprints[part].changes {
        for place in places[row.table] ?? [] {
          let value = row.value(at: place)
          // NULL is one group; values that can be written differently may be equal.
          guard let identity = value.isNull ? value.bits : value.identity else {
            return union.unite(all: changers)
          }
          if let other = first[identity] {
            union.unite(other, part)
          } else {
            first[identity] = part
          }
        }
      }
    }
  }
}
