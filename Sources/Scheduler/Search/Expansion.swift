import SQL
import Writers

/// What is found out about a few neighbouring states of a level without knowing any others: what they break, and the
/// states that their choices lead to.
///
/// Any thread may fill one, in any order; the search takes them in the order of their states
/// (``Search/take(_:)``), which makes its numbers and all that is printed independent of the threads.
struct Expansion {
  struct Source {
    /// The packed state, behind its number of words.
    var words: UnsafePointer<UInt64>
    /// Whether the step to it can have changed properties.
    var isChanged: Bool
  }

  /// What was seen of one of the states; its entries in the lists below end here and begin where those of the one
  /// before end.
  struct Look {
    var brokenEnd: Int
    var targetEnd: Int
    var isFinal: Bool
    var isEnd: Bool
    var hasChoices: Bool
    /// Only a step was taken that may be explored alone, if it leads to a state that comes later.
    var isQuiet = false
  }

  /// A state that a choice leads to.
  struct Target: BitwiseCopyable {
    var fingerprint: Fingerprint
    var choice: Choice
    var isChanged: Bool
    /// How many choices it stands for.
    var multiplicity: Int
    var wordsEnd: Int
    /// The number of the state if it had been met when it was looked up; else the greatest number there is.
    var known = UInt32.max
  }

  /// What is the same for all states of a level.
  struct Rules {
    /// Nothing is asked for but what states break and the states that their choices lead to.
    var wantsStatesOnly: Bool { !countsInterleavings && !keepsOrders && !looksForEnds && goesOn }

    /// Whether no way that is looked for leads through a state with these transactions open.
    @inline(__always)
    func leavesOut(_ work: OpenWork) -> Bool { work.stepsOwed(owing) > stepsLeft }

    var countsInterleavings: Bool
    /// The order of the sessions is kept for each target.
    var keepsOrders: Bool
    var looksForEnds: Bool
    /// States are gone on from, not only looked at.
    var goesOn: Bool
    /// A step may be explored alone (``TransitionSystem/quietChoice(in:)``).
    var takesQuietSteps: Bool
    var delaysWaits: Bool
    /// How many steps a way may still have behind the next one, and which of them are owed.
    var stepsLeft: Int
    var owing: OpenWork.Owing
    var isSettled: ContiguousArray<Bool>
    /// The states that have been met.
    var visited: VisitedSet.Reader
  }

  var sources: ContiguousArray<Source> = []
  var looks: ContiguousArray<Look> = []
  var broken: ContiguousArray<Int> = []
  var targets: ContiguousArray<Target> = []
  var words: ContiguousArray<UInt64> = []
  /// As many for each target as there are sessions.
  var orders: ContiguousArray<UInt16> = []
  /// What reading ahead has come to, which means nothing (``VisitedSet/Reader/touch(_:)``).
  private var touched: UInt64 = 0

  /// Looks the targets up among the states that have been met.
  ///
  /// Most are found, so that little is left to do for the one thread that adds states.
  mutating func lookUpTargets(in visited: VisitedSet.Reader) {
    for target in targets { touched ^= visited.touch(target.fingerprint) }
    for position in targets.indices {
      if let index = visited.index(of: targets[position].fingerprint) {
        targets[position].known = UInt32(truncatingIfNeeded: index)
      }
    }
  }

  /// Forgets all but the sources.
  mutating func removeFindings() {
    looks.removeAll(keepingCapacity: true)
    broken.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    orders.removeAll(keepingCapacity: true)
  }
}

/// Memory that one thread expands states with.
struct ExpansionScratch<State> {
  var current: State
  var next: State
  var choices: ContiguousArray<Choice> = []
  var words: ContiguousArray<UInt64> = []
  var order: ContiguousArray<Int> = []

  init(_ state: State) {
    current = state
    next = state
  }
}

extension TransitionSystem where Self: ~Copyable {
  /// Looks at the sources of an expansion and goes on from them.
  mutating func expand(
    _ expansion: inout Expansion, _ rules: borrowing Expansion.Rules,
    _ scratch: inout ExpansionScratch<State>
  ) {
    expandSources(of: &expansion, rules, &scratch)
    expansion.lookUpTargets(in: rules.visited)
  }

  mutating func expandSources(
    of expansion: inout Expansion, _ rules: borrowing Expansion.Rules,
    _ scratch: inout ExpansionScratch<State>
  ) {
    expansion.removeFindings()
    for position in expansion.sources.indices {
      expand(position, of: &expansion, rules, &scratch)
    }
  }

  /// Looks at one of the sources and goes on from it.
  mutating func expand(
    _ position: Int, of expansion: inout Expansion, _ rules: borrowing Expansion.Rules,
    _ scratch: inout ExpansionScratch<State>
  ) {
    let source = expansion.sources[position]
    let words = UnsafeBufferPointer(
      start: source.words + 1, count: Int(truncatingIfNeeded: source.words.pointee))
    unpack(words, into: &scratch.current)
    scratch.choices.removeAll(keepingCapacity: true)
    let quiet = rules.takesQuietSteps && rules.goesOn ? quietChoice(in: scratch.current) : nil
    if let quiet {
      scratch.choices.append(quiet)
    } else {
      appendChoices(rules, &scratch)
    }
    let isFinal = appendBroken(
      in: scratch.current, choices: scratch.choices,
      isChanged: source.isChanged || rules.countsInterleavings, isSettled: rules.isSettled,
      to: &expansion.broken)
    let isEnd = rules.looksForEnds ? self.isEnd(scratch.current, isFinal: isFinal) : false
    let hasChoices = !scratch.choices.isEmpty
    if rules.goesOn { goOn(&expansion, rules, &scratch, isQuiet: quiet != nil) }
    expansion.looks.append(
      Expansion.Look(
        brokenEnd: expansion.broken.count, targetEnd: expansion.targets.count, isFinal: isFinal,
        isEnd: isEnd, hasChoices: hasChoices, isQuiet: quiet != nil))
  }

  private mutating func appendChoices(
    _ rules: borrowing Expansion.Rules, _ scratch: inout ExpansionScratch<State>
  ) {
    // Where schedules are counted, each choice counts.
    if rules.countsInterleavings {
      appendChoices(in: scratch.current, to: &scratch.choices)
    } else {
      appendDistinctChoices(in: scratch.current, to: &scratch.choices)
    }
    if rules.delaysWaits { removeLateWaits(in: scratch.current, from: &scratch.choices) }
  }

  /// Takes each of the choices.
  private mutating func goOn(
    _ expansion: inout Expansion, _ rules: borrowing Expansion.Rules,
    _ scratch: inout ExpansionScratch<State>, isQuiet: Bool
  ) {
    for position in scratch.choices.indices {
      let choice = scratch.choices[position]
      // The last choice needs no copy: its source is not read again.
      if position == scratch.choices.count - 1 {
        swap(&scratch.current, &scratch.next)
      } else {
        assign(scratch.current, to: &scratch.next)
      }
      let isChanged = apply(choice, to: &scratch.next)
      if rules.leavesOut(openWork(in: scratch.next)) { continue }
      scratch.words.removeAll(keepingCapacity: true)
      scratch.order.removeAll(keepingCapacity: true)
      pack(scratch.next, to: &scratch.words, order: &scratch.order)
      expansion.words.append(contentsOf: scratch.words)
      if rules.keepsOrders {
        for place in scratch.order { expansion.orders.append(UInt16(truncatingIfNeeded: place)) }
      }
      expansion.targets.append(
        Expansion.Target(
          fingerprint: Fingerprint(scratch.words), choice: choice, isChanged: isChanged,
          multiplicity: rules.countsInterleavings || isQuiet ? 1 : multiplicity(of: choice),
          wordsEnd: expansion.words.count))
    }
  }
}
