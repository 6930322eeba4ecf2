/// Models of writers that run `times many`: for every number of sessions, and for one.
extension Model {
  /// Whether the model stands for every number of the sessions of some writers.
  package var isParametric: Bool { !manyGroups.isEmpty && copies == nil }

  /// The sessions of each group that stand for any number of them; `nil` if all numbers are given.
  package var copiesHere: Int? {
    guard let group = manyGroups.min() else { return nil }
    return copies ?? sessions.count { $0.group == group }
  }

  /// The writers that run `times many`, in their order.
  package var manyWriters: [String] {
    var names: [String] = []
    for session in sessions where manyGroups.contains(session.group) {
      if !names.contains(session.writer) { names.append(session.writer) }
    }
    return names
  }

  /// The model with so many sessions in each group of ``manyGroups``.
  package func with(copies: Int) -> Model {
    var model = with { _ in copies }
    model.copies = copies
    return model
  }

  /// The model with other numbers of the sessions that may be any number.
  ///
  /// - Parameter count: How many sessions a group of ``manyGroups`` has.
  /// - Returns: The model; faults and allowances are those of the sessions' writers.
  package func with(copies count: (_ group: Int) -> Int) -> Model {
    var model = self
    model.sessions = []
    // For each session of the new model, the one that it is a copy of.
    var origins: [Int] = []
    var done: Set<Int> = []
    for (index, session) in sessions.enumerated() {
      guard manyGroups.contains(session.group) else {
        model.sessions.append(session)
        origins.append(index)
        continue
      }
      guard done.insert(session.group).inserted else { continue }
      let base = session.name.lastIndex(of: "#").map { session.name[..<$0] } ?? session.name[...]
      for number in 0..<count(session.group) {
        var copy = session
        copy.name = "\(base)#\(number + 1)"
        model.sessions.append(copy)
        origins.append(index)
      }
    }
    func moved(_ old: Set<Int>) -> Set<Int> {
      Set(origins.indices.filter { old.contains(origins[$0]) })
    }
    for index in faults.indices {
      model.faults[index].sessions = moved(Set(faults[index].sessions)).sorted()
    }
    model.allowances.deadlock = moved(allowances.deadlock)
    model.allowances.stuck = moved(allowances.stuck)
    model.allowances.endless = moved(allowances.endless)
    model.allowances.errors = [:]
    for (index, origin) in origins.enumerated() {
      model.allowances.errors[index] = allowances.errors[origin]
    }
    return model
  }
}
