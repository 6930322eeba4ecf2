import SQL
import Writers

/// Makes a schedule that breaks a property shorter, by leaving out what the property can do without.
///
/// It tries the schedule without each session, then without ever smaller pieces, then with pieces of one
/// session joined, and keeps whatever breaks the property in fewer steps, or with fewer switches between
/// sessions. A schedule is tried step by step: what is not enabled any more is passed over, and where the
/// property is about the end, the run is taken there. So whatever it returns can be replayed.
struct ScheduleShortener {
  private var system: ModelSystem
  private let initial: MachineState
  private let property: Int
  private let isAboutEnd: Bool
  private let stepsLimit: Int
  /// How many schedules may be tried.
  private var attemptsLeft: Int
  private var state: MachineState
  private var recorder = Recorder(isOn: false)
  private var choices: ContiguousArray<Choice> = []
  private var broken: ContiguousArray<Int> = []
  private let isSettled: ContiguousArray<Bool>

  init(
    system: ModelSystem, initial: MachineState, property: Int, isAboutEnd: Bool, stepsLimit: Int,
    attempts: Int = 2_000
  ) {
    self.system = system
    self.initial = initial
    self.property = property
    self.isAboutEnd = isAboutEnd
    self.stepsLimit = stepsLimit
    attemptsLeft = attempts
    state = initial
    isSettled = ContiguousArray((0..<system.propertyCount).map { $0 != property })
  }

  /// - Returns: A schedule that ends with the first state that breaks the property.
  mutating func shorten(_ schedule: [Choice]) -> [Choice] {
    guard var best = tried(schedule) else { return schedule }
    var isSmaller = true
    while isSmaller {
      isSmaller = false
      for session in Set(best.map(\.session)).sorted()
      where improve(&best, best.filter { $0.kind == .clock || $0.session != session }) {
        isSmaller = true
      }
      if dropPieces(&best) { isSmaller = true }
      if joinPieces(&best) { isSmaller = true }
    }
    return best
  }

  private mutating func improve(_ best: inout [Choice], _ candidate: [Choice]) -> Bool {
    guard candidate != best, let found = tried(candidate), Self.isLess(found, best) else {
      return false
    }
    best = found
    return true
  }

  /// In steps, then in switches between sessions.
  private static func isLess(_ left: [Choice], _ right: [Choice]) -> Bool {
    (left.count, switches(in: left)) < (right.count, switches(in: right))
  }

  static func switches(in schedule: [Choice]) -> Int {
    let sessions = schedule.filter { $0.kind != .clock }.map(\.session)
    return zip(sessions, sessions.dropFirst()).count { $0 != $1 }
  }

  private mutating func dropPieces(_ best: inout [Choice]) -> Bool {
    var isSmaller = false
    var size = best.count / 2
    while size > 0 {
      var start = 0
      while start < best.count {
        var candidate = best
        candidate.removeSubrange(start..<min(start + size, best.count))
        if improve(&best, candidate) { isSmaller = true } else { start += size }
      }
      size /= 2
    }
    return isSmaller
  }

  /// Moves the pieces in which a session steps on its own to the one before or after.
  private mutating func joinPieces(_ best: inout [Choice]) -> Bool {
    var isSmaller = false
    var start = 0
    while start < best.count {
      let session = best[start].session
      var end = start + 1
      while end < best.count, best[end].kind != .clock, best[end].session == session { end += 1 }
      if moves(best, start..<end).contains(where: { improve(&best, $0) }) {
        isSmaller = true
        start = 0
      } else {
        start = end
      }
    }
    return isSmaller
  }

  private func moves(_ schedule: [Choice], _ piece: Range<Int>) -> [[Choice]] {
    guard schedule[piece.lowerBound].kind != .clock else { return [] }
    let session = schedule[piece.lowerBound].session
    func isOwn(_ choice: Choice) -> Bool { choice.kind != .clock && choice.session == session }
    var rest = schedule
    rest.removeSubrange(piece)
    var candidates: [[Choice]] = []
    if let before = rest[..<piece.lowerBound].lastIndex(where: isOwn) {
      var candidate = rest
      candidate.insert(contentsOf: schedule[piece], at: before + 1)
      candidates.append(candidate)
    }
    if let after = rest[piece.lowerBound...].firstIndex(where: isOwn) {
      var candidate = rest
      candidate.insert(contentsOf: schedule[piece], at: after)
      candidates.append(candidate)
    }
    return candidates
  }

  /// The part of a schedule that can be taken and breaks the property; `nil` if it does not.
  private mutating func tried(_ schedule: [Choice]) -> [Choice]? {
    guard attemptsLeft > 0 else { return nil }
    attemptsLeft -= 1
    state.assign(from: initial)
    var taken: [Choice] = []
    if isBroken() { return taken }
    for choice in schedule where choices.contains(choice) {
      take(choice, &taken)
      if isBroken() { return taken }
    }
    guard isAboutEnd else { return nil }
    while let next = next(after: taken.last), taken.count < stepsLimit {
      take(next, &taken)
      if isBroken() { return taken }
    }
    return nil
  }

  /// Who goes on to the end: the session that has stepped last, if it can.
  private func next(after last: Choice?) -> Choice? {
    let steps = choices.filter { $0.kind == .step }
    return steps.first { $0.session == last?.session } ?? steps.first
      ?? choices.first { $0.kind == .victim } ?? choices.first { $0.kind != .crash }
      ?? choices.first
  }

  private mutating func take(_ choice: Choice, _ taken: inout [Choice]) {
    system.machine.apply(choice, to: &state, recorder: &recorder)
    taken.append(choice)
  }

  private mutating func isBroken() -> Bool {
    choices.removeAll(keepingCapacity: true)
    system.appendChoices(in: state, to: &choices)
    broken.removeAll(keepingCapacity: true)
    _ = system.appendBroken(
      in: state, choices: choices, isChanged: true, isSettled: isSettled, to: &broken)
    return broken.contains(property)
  }
}
