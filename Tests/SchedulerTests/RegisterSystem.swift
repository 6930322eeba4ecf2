import SQL
import Writers

@testable import Scheduler

/// A system small enough to be judged by hand: sessions that run straight programs over shared registers.
struct RegisterSystem: TransitionSystem {
  enum Operation: Hashable {
    /// Adds to a register, modulo 5.
    case add(register: Int, amount: Int)
    /// Reads a register into the session's own variable.
    case read(register: Int)
    /// Writes the session's own variable plus one.
    case write(register: Int)
    /// Waits until a register is not zero.
    case wait(register: Int)
    /// Begins again.
    case restart
  }

  struct State: Equatable {
    var registers: [Int]
    var counters: [Int]
    var variables: [Int]
    var clock: Int
  }

  var programs: [[Operation]]
  var registerCount = 2
  var clockCount = 1
  var usesSymmetry = true
  /// Each property is broken when a register has a value, if the clock has reached an instant.
  var bad: [(register: Int, value: Int, clock: Int)] = []
  /// Also look at who is stuck; the last property.
  var checksStuck = true

  /// For each session, the first of those with the same program.
  let groups: [Int]
  /// About the state that was unpacked last: for each session, the first that could be exchanged with it.
  private var twins: [Int] = []

  init(programs: [[Operation]]) {
    self.programs = programs
    groups = programs.indices.map { programs.firstIndex(of: programs[$0]) ?? $0 }
  }

  var propertyCount: Int { bad.count + 1 }
  func isChecked(_ property: Int) -> Bool { property < bad.count || checksStuck }

  func initialState() -> State {
    State(
      registers: Array(repeating: 0, count: registerCount),
      counters: Array(repeating: 0, count: programs.count),
      variables: Array(repeating: 0, count: programs.count), clock: 0)
  }

  func assign(_ source: State, to target: inout State) { target = source }

  func appendChoices(in state: State, to choices: inout ContiguousArray<Choice>) {
    for session in programs.indices where state.counters[session] < programs[session].count {
      if case .wait(let register) = programs[session][state.counters[session]],
        state.registers[register] == 0
      {
        continue
      }
      choices.append(Choice(.step, session: session))
    }
    if state.clock + 1 < clockCount { choices.append(Choice(.clock)) }
  }

  func appendDistinctChoices(in state: State, to choices: inout ContiguousArray<Choice>) {
    appendChoices(in: state, to: &choices)
    choices.removeAll { $0.kind == .step && twins[Int($0.session)] != $0.session }
  }

  func multiplicity(of choice: Choice) -> Int {
    choice.kind == .step ? twins.count { $0 == choice.session } : 1
  }

  func apply(_ choice: Choice, to state: inout State) -> Bool {
    guard choice.kind == .step else {
      state.clock += 1
      return true
    }
    let session = Int(choice.session)
    let operation = programs[session][state.counters[session]]
    state.counters[session] += 1
    switch operation {
    case .add(let register, let amount):
      state.registers[register] = (state.registers[register] + amount) % 5
      return true
    case .read(let register):
      state.variables[session] = state.registers[register]
      return false
    case .write(let register):
      state.registers[register] = (state.variables[session] + 1) % 5
      return true
    case .wait: return false
    case .restart:
      state.counters[session] = 0
      return false
    }
  }

  func pack(
    _ state: State, to words: inout ContiguousArray<UInt64>, order: inout ContiguousArray<Int>
  ) {
    order.append(contentsOf: programs.indices)
    if usesSymmetry {
      // Sessions of a group keep the group's places.
      for place in programs.indices {
        for other in place + 1..<max(place + 1, programs.count)
        where groups[place] == groups[other] && isBefore(order[other], order[place], state) {
          order.swapAt(place, other)
        }
      }
    }
    words.append(UInt64(state.clock))
    for register in state.registers { words.append(UInt64(register)) }
    for session in order {
      words.append(UInt64(state.counters[session] << 8 | state.variables[session]))
    }
  }

  /// The clock turns the order round, so that its steps, too, move sessions to other places.
  private func isBefore(_ left: Int, _ right: Int, _ state: State) -> Bool {
    let first = (state.counters[left], state.variables[left])
    let second = (state.counters[right], state.variables[right])
    return state.clock % 2 == 0 ? first < second : first > second
  }

  mutating func unpack(_ words: UnsafeBufferPointer<UInt64>, into state: inout State) {
    state.clock = Int(words[0])
    for register in 0..<registerCount { state.registers[register] = Int(words[1 + register]) }
    for session in programs.indices {
      let word = Int(words[1 + registerCount + session])
      state.counters[session] = word >> 8
      state.variables[session] = word & 0xFF
    }
    let places = programs.indices
    twins = places.map { place in
      places.first {
        usesSymmetry && groups[$0] == groups[place]
          && words[1 + registerCount + $0] == words[1 + registerCount + place]
      } ?? place
    }
  }

  func appendBroken(
    in state: State, choices: ContiguousArray<Choice>, isChanged: Bool,
    isSettled: ContiguousArray<Bool>, to broken: inout ContiguousArray<Int>
  ) -> Bool {
    for (property, bad) in bad.enumerated()
    where isChanged && !isSettled[property] && state.registers[bad.register] == bad.value
      && state.clock >= bad.clock
    {
      broken.append(property)
    }
    let isOpen = programs.indices.contains { state.counters[$0] < programs[$0].count }
    if choices.isEmpty && isOpen && !isSettled[self.bad.count] { broken.append(self.bad.count) }
    return choices.isEmpty
  }

  /// What every schedule does, found by going through all of them one by one.
  struct Judgement {
    var interleavings = 0
    /// For each property: the least number of steps, the fewest switches among those, and the number of
    /// complete schedules that break it.
    var broken: [Int: (steps: Int, switches: Int, schedules: Int)] = [:]
  }

  func judge() -> Judgement {
    var judgement = Judgement()
    var path: [Choice] = []
    judge(initialState(), &path, [], &judgement)
    return judgement
  }

  private func judge(
    _ state: State, _ path: inout [Choice], _ brokenBefore: Set<Int>, _ judgement: inout Judgement
  ) {
    var choices: ContiguousArray<Choice> = []
    appendChoices(in: state, to: &choices)
    var list: ContiguousArray<Int> = []
    _ = appendBroken(
      in: state, choices: choices, isChanged: true,
      isSettled: ContiguousArray(repeating: false, count: propertyCount), to: &list)
    for property in list {
      let switches = Self.switches(in: path)
      let best = judgement.broken[property] ?? (.max, .max, 0)
      if (path.count, switches) < (best.steps, best.switches) {
        judgement.broken[property] = (path.count, switches, best.schedules)
      }
    }
    let broken = brokenBefore.union(list)
    if choices.isEmpty {
      judgement.interleavings += 1
      for property in broken { judgement.broken[property]?.schedules += 1 }
    }
    for choice in choices {
      var next = state
      _ = apply(choice, to: &next)
      path.append(choice)
      judge(next, &path, broken, &judgement)
      path.removeLast()
    }
  }

  static func switches(in path: [Choice]) -> Int {
    let sessions = path.filter { $0.kind != .clock }.map(\.session)
    return zip(sessions, sessions.dropFirst()).count { $0 != $1 }
  }

  /// A random system of two to four sessions, some of them identical.
  static func random(seed: UInt64) -> RegisterSystem {
    var generator = SplitMix64(seed: seed)
    var programs: [[Operation]] = []
    for _ in 0..<2 + generator.below(3) {
      if !programs.isEmpty && generator.below(2) == 0 {
        programs.append(programs[generator.below(programs.count)])
        continue
      }
      programs.append(
        (0..<1 + generator.below(4)).map { _ in
          let register = generator.below(2)
          switch generator.below(8) {
          case 0: return .wait(register: register)
          case 1, 2: return .read(register: register)
          case 3, 4: return .write(register: register)
          default: return .add(register: register, amount: 1 + generator.below(3))
          }
        })
    }
    while programs.joined().count > 8 { programs.removeLast() }
    var system = RegisterSystem(programs: programs)
    system.clockCount = 1 + generator.below(2)
    system.bad = (0..<3).map { _ in
      (generator.below(2), 1 + generator.below(4), generator.below(system.clockCount))
    }
    return system
  }
}
