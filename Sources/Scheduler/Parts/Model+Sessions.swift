import Writers

extension Model {
  /// The same model with only some of its sessions: the others never start.
  ///
  /// - Parameters:
  ///   - chosen: Positions in ``sessions``, ascending. Those who share faults with others have them for themselves.
  ///   - keepsInvariants: Whether the invariants are kept, so that properties have the same numbers.
  /// - Returns: A model whose session `n` is session `chosen[n]` of this one.
  func restricted(to chosen: [Int], keepsInvariants: Bool) -> Model {
    var places: [Int: Int] = [:]
    for (place, session) in chosen.enumerated() { places[session] = place }
    func moved(_ sessions: Set<Int>) -> Set<Int> { Set(sessions.compactMap { places[$0] }) }
    var model = self
    model.sessions = chosen.map { sessions[$0] }
    model.faults = faults.compactMap { fault in
      let hit = fault.sessions.compactMap { places[$0] }
      return hit.isEmpty ? nil : Fault(sessions: hit, limit: fault.limit)
    }
    model.allowances.deadlock = moved(allowances.deadlock)
    model.allowances.stuck = moved(allowances.stuck)
    model.allowances.endless = moved(allowances.endless)
    model.allowances.errors = [:]
    for (session, states) in allowances.errors {
      if let place = places[session] { model.allowances.errors[place] = states }
    }
    if !keepsInvariants { model.invariants = [] }
    return model
  }
}
