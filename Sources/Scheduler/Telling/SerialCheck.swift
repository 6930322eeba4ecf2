import SQL
import Store
import Writers

/// Whether running the writers one after the other breaks an invariant too: then no interleaving is to
/// blame, but the writers' logic.
enum SerialCheck {
  /// The most states looked at before the question is left open, with up to eight sessions.
  static let statesLimit = 20_000

  /// Whether some order of the sessions, each to its end, with the clock moving at any point, breaks the
  /// invariant.
  ///
  /// - Returns: `nil` if there are too many orders to tell.
  static func breaks(_ invariant: Int, machine: consuming Machine) -> Bool? {
    guard let initial = initialState(&machine) else { return nil }
    let limit = EvidenceFinder.limit(statesLimit, for: machine.model)
    let isFinally = machine.model.invariants[invariant].moment == .finally
    var visited = VisitedSet()
    var arena = StateArena()
    var recorder = Recorder(isOn: false)
    var choices: ContiguousArray<Choice> = []
    var words: ContiguousArray<UInt64> = []
    var order: ContiguousArray<Int> = []
    var current = initial
    var next = initial
    machine.pack(current, to: &words, order: &order)
    _ = visited.insert(Fingerprint(words))
    arena.append(words)
    while !arena.isEmpty {
      arena.takeFirst { machine.unpack($0, into: &current) }
      let running = current.controls.firstIndex { $0.status == .ready && $0.hasBegun }
      if !isFinally || machine.isFinal(current), isViolated(invariant, in: current, &machine) {
        return true
      }
      choices.removeAll(keepingCapacity: true)
      machine.appendChoices(in: current, to: &choices)
      for choice in choices where choice.kind != .crash {
        if choice.kind != .clock, let running, running != Int(choice.session) { continue }
        next.assign(from: current)
        machine.apply(choice, to: &next, recorder: &recorder)
        machine.pack(next, to: &words, order: &order)
        guard visited.insert(Fingerprint(words)).isNew else { continue }
        if visited.count > limit { return nil }
        arena.append(words)
      }
    }
    return false
  }

  private static func initialState(_ machine: inout Machine) -> MachineState? {
    do throws(Diagnostic) {
      return try machine.initialState()
    } catch {
      return nil
    }
  }

  private static func isViolated(
    _ invariant: Int, in state: MachineState, _ machine: inout Machine
  ) -> Bool {
    do throws(SQLError) {
      return try machine.isViolated(invariant, in: state)
    } catch {
      return true
    }
  }
}
