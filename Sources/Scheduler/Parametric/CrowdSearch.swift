import SQL
import Store
import Writers

/// Goes through all states of a model with any number of sessions, up to the cut of a ``CrowdSpace``.
///
/// Each state is made a state of the machine again, with as many sessions as it takes, and the machine carries out
/// what can happen there: once with the cut's number of sessions where there are several, and once with one more. Why
/// these two stand for all numbers is written in docs/SEARCH.md.
struct CrowdSearch: ~Copyable {
  /// How a search ends.
  enum End: Hashable {
    /// Nothing was left to go on from, and nothing is broken.
    case closed
    /// A state breaks these properties; whether one of the machine's does is another matter.
    case broken([Int])
    /// Something cannot be counted so.
    case refused(String)
    /// The search was ended.
    case bound(Bound)
    /// It goes on and on in the same way.
    case growing(String)
  }

  private let model: Model
  private let options: ExplorationOptions
  private(set) var space: CrowdSpace
  private(set) var states: [CrowdSpace.State] = []
  private var numbers: [CrowdSpace.State: Int] = [:]
  private(set) var transitions = 0
  private(set) var finalStates = 0
  /// The machines that were needed, by the numbers of the sessions that may be any number.
  private var systems: [ModelSystem] = []
  private var systemNumbers: [[Int]: Int] = [:]
  private let groups: [Int]
  private var growth: CrowdGrowth
  private var choices: ContiguousArray<Choice> = []
  private var source = MachineState()
  private var target = MachineState()
  private let rules: OutcomeRules
  private let looksAtRules: Bool

  init(model: Model, options: ExplorationOptions, cut: Int, looksAtRules: Bool = true) {
    self.looksAtRules = looksAtRules
    rules = OutcomeRules(model)
    self.model = rules.model
    self.options = options
    let keepsEnds = Machine(model: model, options: options.machine).readsOutcomes
    space = CrowdSpace(model: model, keepsEnds: keepsEnds, cut: cut)
    groups = model.manyGroups.sorted()
    growth = CrowdGrowth(model)
  }

  /// Why no model like this one can be proved for every number of its sessions; `nil` if it may be.
  static func obstacle(_ model: Model, _ machine: Machine, isEndlessChecked: Bool) -> String? {
    if model.hasSerializableTransactions {
      return "what SERIALIZABLE transactions read depends on one another"
    }
    if !machine.hasParts { return "sessions are woken in a fixed order" }
    if model.checksSerializable {
      return "`check serializable` compares with the serial orders of a given number"
    }
    if isEndlessChecked {
      return "that an end can be reached in spite of loops is only decided for a given number"
    }
    if machine.readsOutcomes { return OutcomeRules(model).obstacle }
    return nil
  }

  // MARK: The search

  /// Searches.
  ///
  /// - Parameters:
  ///   - limit: The most states.
  ///   - isOver: Is told the numbers of states and steps now and then; whether to end.
  /// - Returns: How it ended.
  /// - Throws: What is wrong with the scenario's setup.
  mutating func run(
    limit: Int, isOver: (_ states: Int, _ transitions: Int) -> Bool
  ) throws(Diagnostic) -> End {
    for copies in 1...space.cut {
      let system = self.system(for: groups.map { _ in copies })
      let initial = try systems[system].initialState()
      _ = number(of: space.state(of: initial, &systems[system]))
    }
    var next = 0
    while next < states.count {
      if states.count > limit { return .bound(.states) }
      if next % 256 == 0, isOver(states.count, transitions) { return .bound(.interrupted) }
      if let end = expand(states[next]) { return end }
      next += 1
      if let reason = growth.verdict(states: states.count) { return .growing(reason) }
    }
    return .closed
  }

  /// What kept growing, as far as it can be told.
  var growing: String? { growth.latest(states: states.count) }

  /// What a state with some number of sessions is here.
  mutating func abstract(_ state: MachineState, _ system: inout ModelSystem) -> CrowdSpace.State {
    space.state(of: state, &system)
  }

  private mutating func number(of state: CrowdSpace.State) -> Int {
    if let known = numbers[state] { return known }
    numbers[state] = states.count
    states.append(state)
    return states.count - 1
  }

  /// The most states of the machine that one state is made.
  private static let variantsLimit = 256

  private mutating func expand(_ state: CrowdSpace.State) -> End? {
    let kinds = space.kinds(of: state)
    let several = kinds.filter { space.isSeveral($0.kind, $0.count) }.map(\.kind)
    let stretches = space.stretches(of: state)
    var variants = stretches.reduce(1) { $0 * $1.kinds.count }
    guard variants <= Self.variantsLimit else {
      return .refused("sessions of too many kinds wait in line")
    }
    variants = max(1, variants)
    for variant in 0..<variants {
      // Who comes first in each stretch.
      var first: Set<Int> = []
      var left = variant
      for stretch in stretches {
        first.insert(stretch.kinds[left % stretch.kinds.count])
        left /= stretch.kinds.count
      }
      let heads = several.filter(first.contains)
      let others = several.filter { !first.contains($0) }
      guard variants << heads.count <= Self.variantsLimit else {
        return .refused("sessions wait in too many lines")
      }
      for subset in 0..<(1 << heads.count) {
        let more = Set(heads.indices.filter { subset >> $0 & 1 == 1 }.map { heads[$0] })
        let isFirst = variant == 0 && subset == 0
        if let end = expand(state, more: more, first: first, only: nil, isFirst: isFirst) {
          return end
        }
        for kind in others {
          if let end = expand(
            state, more: more.union([kind]), first: first, only: kind, isFirst: false)
          {
            return end
          }
        }
      }
    }
    return nil
  }

  /// Carries out what can happen in one state of the machine that the state stands for.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - more: Kinds of which there is one session more than the cut.
  ///   - first: Kinds that come first in their stretches of queues.
  ///   - only: The kind whose sessions' choices are asked for; all, if it is `nil`.
  ///   - isFirst: Whether the state's rules are looked at, too.
  /// - Returns: Why the search ends; `nil` if it goes on.
  private mutating func expand(
    _ state: CrowdSpace.State, more: Set<Int>, first: Set<Int>, only: Int?, isFirst: Bool
  ) -> End? {
    let sections = space.sections(of: state, more: more, first: first)
    let system = self.system(for: groups.map { sections[$0]?.count ?? 0 })
    var kindsHere: [Int] = []
    var words = space.sharedParts[Int(state[0])]
    var taken: [Int: Int] = [:]
    for session in systems[system].machine.model.sessions {
      let position = taken[session.group, default: 0]
      taken[session.group] = position + 1
      guard let section = sections[session.group]?[position] else { continue }
      words.append(contentsOf: section.words)
      kindsHere.append(section.kind)
    }
    words.withUnsafeBufferPointer { systems[system].unpack($0, into: &source) }
    choices.removeAll(keepingCapacity: true)
    systems[system].appendChoices(in: source, to: &choices)
    if isFirst, looksAtRules, let end = look(state, system, kindsHere) { return end }
    if choices.contains(where: { $0.kind == .victim }), hasOpenRequests(state) {
      return .refused("a cycle of waits runs through a queue of any number of sessions")
    }
    var done: Set<[Int]> = []
    for choice in choices {
      if choice.kind == .clock {
        if only != nil { continue }
      } else {
        let kind = kindsHere[Int(choice.session)]
        if let only, kind != only { continue }
        // Of those that are the same, one stands for all; in a queue, places differ.
        if space.kinds[kind].entry == nil, space.kinds[kind].isCounted,
          !done.insert([kind, Int(choice.kind.rawValue)]).inserted
        {
          continue
        }
      }
      systems[system].assign(source, to: &target)
      _ = systems[system].apply(choice, to: &target)
      transitions += 1
      let next = space.state(of: target, &systems[system])
      if let end = check(kindsHere, choice, state) { return end }
      let known = states.count
      if number(of: next) == known {
        growth.note(target, systems[system].machine.model, space, next, states: known)
      }
    }
    return nil
  }

  /// Whether sessions wait for an object whose number, or whose order, is open.
  private func hasOpenRequests(_ state: CrowdSpace.State) -> Bool {
    let counts = Dictionary(
      uniqueKeysWithValues: space.kinds(of: state).map { ($0.kind, $0.count) })
    return space.stretches(of: state).contains { stretch in
      guard space.kinds[stretch.kinds[0]].entry?.isForObject == true else { return false }
      return stretch.kinds.reduce(0) { $0 + counts[$1, default: 0] } > 1
    }
  }

  /// Whether the step has dealt with all sessions of a kind alike, but for one that took it, and one at the head of a
  /// queue.
  ///
  /// That it has follows from how the machine works; what has not been thought of must not become a proof.
  private func check(_ before: [Int], _ choice: Choice, _ state: CrowdSpace.State) -> End? {
    for (kind, count) in space.kinds(of: state) where space.isSeveral(kind, count) {
      var after: [Int: Int] = [:]
      for session in before.indices
      where before[session] == kind
        && (choice.kind == .clock || session != Int(choice.session))
      {
        after[space.kindsOfSessions[session], default: 0] += 1
      }
      let total = after.values.reduce(0, +)
      if total > 2, after.count > 2 || (after.values.max() ?? 0) < total - 1 {
        return .refused("a step of one session makes a difference between others that are alike")
      }
      for (kind, count) in after where count > 1 && kind >= 0 && !space.kinds[kind].isCounted {
        return .refused("any number of sessions come to hold the same lock at once")
      }
    }
    return nil
  }

  /// Looks at the rules in the state that was unpacked.
  private mutating func look(_ state: CrowdSpace.State, _ system: Int, _ kinds: [Int]) -> End? {
    var broken: ContiguousArray<Int> = []
    let isSettled = ContiguousArray(repeating: false, count: systems[system].propertyCount)
    let isFinal = systems[system].appendBroken(
      in: source, choices: choices, isChanged: true, isSettled: isSettled, to: &broken)
    if isFinal { finalStates += 1 }
    let checked = broken.filter { systems[system].isChecked($0) }
    guard checked.isEmpty else { return .broken(Array(checked)) }
    for (kind, count) in space.kinds(of: state) where space.isSeveral(kind, count) {
      if let rule = rules.ruleThatCounts(
        sectionOf: space.kinds[kind].words, group: space.kinds[kind].group,
        &systems[system].machine)
      {
        return .refused("`\(rule)` counts how any number of sessions have ended")
      }
    }
    return nil
  }

  private mutating func system(for counts: [Int]) -> Int {
    if let known = systemNumbers[counts] { return known }
    let numbers = Dictionary(uniqueKeysWithValues: zip(groups, counts))
    var model = model.with { numbers[$0] ?? 0 }
    model.copies = counts.max()
    systemNumbers[counts] = systems.count
    systems.append(ModelSystem(model: model, options: options.machine))
    return systems.count - 1
  }
}
