import SQL
import Writers

/// Goes through all states of a system, breadth first, and remembers how it got to each.
///
///     level 0         level 1               level 2
///     ┌───┐  a   ┌───┐  b   ┌───┐
///     │ 0 │ ───▶ │ 1 │ ───▶ │ 3 │           states are numbered as they are met, so a level is a
///     └───┘ ╲ b  ├───┤  a   ├───┤           range of numbers, and a state's link leads one level up
///            ╲─▶ │ 2 │ ───▶ │ 3 │
///                └───┘      └───┘
///
/// A state is looked at for broken properties when it is its turn to be expanded, whatever way led to it;
/// so every broken property is found at the least depth at which it can be broken, together with all
/// states at that depth that break it. Which of the shortest ways to them is told, is decided afterwards
/// (``shortestPaths(to:)``).
///
/// When a bound is hit, the states that are still waiting are looked at, but not gone on from.
struct Search<System: TransitionSystem & ~Copyable>: ~Copyable {
  /// A state that breaks a property.
  struct Violation {
    var property: Int
    var state: Int
  }

  var system: System
  let options: ExplorationOptions

  var visited = VisitedSet()
  var links = ChunkedStorage<ParentLink>()
  var frontier = StateArena()
  /// For each level, the number of its first state.
  var levelStarts: ContiguousArray<Int> = []
  /// For each level that has begun to be expanded, the transitions before it.
  var levelTransitions: ContiguousArray<Int> = []
  /// All edges; empty unless ``logsEdges``.
  var log: EdgeLog
  /// Interleavings are counted, or it must be shown that an end can be reached from every state.
  let logsEdges: Bool
  /// Choices are left out that need not be explored.
  let isReduced: Bool
  /// The states that have been looked at in which everything has ended; empty if runs always end.
  var ends: ContiguousArray<Bool> = []
  /// For each property, the least depth at which it is broken; -1 if it is not.
  var firstDepths: ContiguousArray<Int>
  /// For each property that is broken, the states at its least depth, in order of their numbers.
  ///
  /// All states that break it, if interleavings are counted.
  var violations: ContiguousArray<Violation> = []

  var transitions = 0
  var finalStates = 0
  var bound: Bound?
  /// Every state was expanded.
  var isExhausted = false

  /// How many states have been looked at.
  private var expanded = 0
  /// How many there will have been when quiet steps are looked for.
  private var nextQuietSearch = 0
  private var depth = 0
  private var startSeconds = 0.0
  /// Waiting states are looked at and not gone on from.
  private var isDraining = false
  private var isSettled: ContiguousArray<Bool>

  // Buffers, kept so that a step allocates nothing.
  var choices: ContiguousArray<Choice> = []
  var words: ContiguousArray<UInt64> = []
  var order: ContiguousArray<Int> = []
  private var broken: ContiguousArray<Int> = []

  /// - Parameter wanted: The properties to look for; `nil` for all.
  init(
    system: consuming System, sessionCount: Int, options: ExplorationOptions,
    isReduced: Bool = false, wanted: Set<Int>? = nil
  ) {
    self.options = options
    self.isReduced = isReduced
    nextQuietSearch = options.quietThreshold
    log = EdgeLog(sessionCount: sessionCount)
    logsEdges = options.countsInterleavings || system.endlessProperty != nil
    firstDepths = ContiguousArray(repeating: -1, count: system.propertyCount)
    isSettled = ContiguousArray(repeating: false, count: system.propertyCount)
    for property in 0..<system.propertyCount {
      let isWanted = wanted?.contains(property) ?? true
      if !isWanted || !system.isChecked(property) { isSettled[property] = true }
    }
    self.system = system
  }

  /// The memory that grows with the search.
  var byteCount: Int {
    visited.byteCount + links.byteCount + frontier.byteCount + log.byteCount + ends.count
      + system.byteCount
  }

  /// The level of a state.
  func depth(of state: Int) -> Int {
    var low = 0
    var high = levelStarts.count
    while low < high {
      let middle = (low + high) / 2
      if levelStarts[middle] <= state { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// The numbers of the states at a depth.
  func level(_ depth: Int) -> Range<Int> {
    guard depth < levelStarts.count else { return visited.count..<visited.count }
    let end = depth + 1 < levelStarts.count ? levelStarts[depth + 1] : visited.count
    return levelStarts[depth]..<end
  }

  mutating func run() throws(Diagnostic) {
    startSeconds = options.monotonicSeconds?() ?? 0
    var current = try system.initialState()
    var next = current
    packAndInsert(current, parent: 0, choice: Choice(.clock), isChanged: true)
    while expanded < visited.count {
      if depth == levelStarts.count || expanded == nextLevelStart {
        if !beginLevel() { return }
      }
      expand(&current, &next)
      expanded += 1
      if (expanded & 63 == 0 || expanded < 64) && !checkBounds() { return }
    }
    isExhausted = bound == nil && !isDraining
    if isExhausted, let property = system.endlessProperty { findEndless(property) }
  }

  /// Notes the states from which no end can be reached.
  private mutating func findEndless(_ property: Int) {
    if let limit = options.memoryLimitBytes,
      byteCount + EndReachability.byteCount(log, states: visited.count) > limit
    {
      bound = .memory
      isExhausted = false
      return
    }
    let isReached = EndReachability.states(reaching: ends, in: log)
    for state in isReached.indices where !isReached[state] {
      if firstDepths[property] < 0 { firstDepths[property] = depth(of: state) }
      let isFirst = depth(of: state) == firstDepths[property]
      if !isFirst && !options.countsInterleavings { break }
      violations.append(Violation(property: property, state: state))
    }
  }

  /// The number of the first state below the current level.
  private var nextLevelStart = 0

  /// Returns whether there is a reason to go on.
  private mutating func beginLevel() -> Bool {
    if !levelStarts.isEmpty { depth += 1 }
    levelStarts.append(expanded)
    levelTransitions.append(transitions)
    nextLevelStart = visited.count
    var isOpen = false
    var isFound = false
    for property in firstDepths.indices {
      if firstDepths[property] >= 0 {
        isFound = true
        if !options.countsInterleavings { isSettled[property] = true }
      }
      if !isSettled[property] { isOpen = true }
    }
    if options.stopsAtFirst && isFound { return false }
    // Nothing is left to be found.
    return isOpen || !isFound || options.finalStateObserver != nil
  }

  /// Looks at the next state and goes on from it.
  private mutating func expand(_ current: inout System.State, _ next: inout System.State) {
    let source = expanded
    frontier.takeFirst { system.unpack($0, into: &current) }
    if isReduced, expandQuietly(&current, &next) { return }
    choices.removeAll(keepingCapacity: true)
    // Where schedules are counted, each choice counts.
    if options.countsInterleavings {
      system.appendChoices(in: current, to: &choices)
    } else {
      system.appendDistinctChoices(in: current, to: &choices)
    }
    if isReduced && options.delaysWaits { system.removeLateWaits(in: current, from: &choices) }
    look(at: current, number: source)
    if logsEdges { log.beginState() }
    if choices.isEmpty || isDraining { return }
    if depth >= options.stepsLimit {
      bound = bound ?? .steps
      return
    }
    for position in choices.indices {
      let choice = choices[position]
      // The last choice needs no copy: its source is not read again.
      if position == choices.count - 1 {
        swap(&current, &next)
      } else {
        system.assign(current, to: &next)
      }
      let isChanged = system.apply(choice, to: &next)
      transitions += options.countsInterleavings ? 1 : system.multiplicity(of: choice)
      let target = packAndInsert(next, parent: source, choice: choice, isChanged: isChanged)
      guard let target else {
        bound = bound ?? .states
        isDraining = true
        return
      }
      if logsEdges { log.append(target: target, choice: choice, order: order) }
    }
  }

  /// Goes on by a step that may be explored alone; returns false if there is none.
  ///
  /// A step that leads back to where the search has been might put the others' steps off for ever.
  private mutating func expandQuietly(
    _ current: inout System.State, _ next: inout System.State
  ) -> Bool {
    let source = expanded
    if source == nextQuietSearch, options.takesQuietSteps, !isDraining { findQuietSteps() }
    guard options.takesQuietSteps, !isDraining, depth < options.stepsLimit,
      let choice = system.quietChoice(in: current)
    else { return false }
    system.assign(current, to: &next)
    let isChanged = system.apply(choice, to: &next)
    guard let target = packAndInsert(next, parent: source, choice: choice, isChanged: isChanged),
      target > source
    else { return false }
    choices.removeAll(keepingCapacity: true)
    choices.append(choice)
    transitions += 1
    look(at: current, number: source)
    return true
  }

  /// Looks for quiet steps, and later once more if that was too much for what the search has cost so far.
  private mutating func findQuietSteps() {
    guard let initial = try? system.initialState() else { return }
    let limit = max(2_000, 4 * expanded)
    system.findQuietSteps(from: initial, limit: limit)
    nextQuietSearch = limit < 200_000 ? max(expanded * 8, 500) : -1
  }

  /// Records what the state breaks.
  private mutating func look(at state: System.State, number: Int) {
    broken.removeAll(keepingCapacity: true)
    let isChanged = links[number].isChanged || options.countsInterleavings
    let isFinal = system.appendBroken(
      in: state, choices: choices, isChanged: isChanged, isSettled: isSettled, to: &broken)
    if isFinal { finalStates += 1 }
    if system.endlessProperty != nil { ends.append(system.isEnd(state, isFinal: isFinal)) }
    for property in broken {
      if firstDepths[property] < 0 { firstDepths[property] = depth }
      violations.append(Violation(property: property, state: number))
    }
    if options.stopsAtFirst && !broken.isEmpty { isDraining = true }
  }

  /// Returns the state's number, `nil` if it is one too many.
  @discardableResult
  private mutating func packAndInsert(
    _ state: System.State, parent: Int, choice: Choice, isChanged: Bool
  ) -> Int? {
    words.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    system.pack(state, to: &words, order: &order)
    let fingerprint = Fingerprint(words)
    if visited.count >= options.statesLimit {
      if let index = visited.index(of: fingerprint) { return index }
      if visited.count > 0 { return nil }
    }
    let (index, isNew) = visited.insert(fingerprint)
    if isNew {
      links.append(ParentLink(parent: parent, choice: choice, isChanged: isChanged))
      frontier.append(words)
    }
    return index
  }

  /// Returns false if the search must end at once.
  private mutating func checkBounds() -> Bool {
    if let limit = options.timeoutSeconds, let clock = options.monotonicSeconds,
      clock() - startSeconds > limit
    {
      bound = .time
      return false
    }
    if let limit = options.memoryLimitBytes, byteCount > limit, !isDraining {
      bound = bound ?? .memory
      isDraining = true
    }
    guard let progress = options.progress,
      expanded & 1023 == 0, (expanded >> 10) % max(1, options.progressInterval >> 10) == 0
    else { return true }
    let isGoingOn = progress(
      ExplorationProgress(
        states: visited.count, frontier: frontier.count, transitions: transitions, depth: depth,
        violations: firstDepths.count { $0 >= 0 }, memoryBytes: byteCount))
    if !isGoingOn { bound = .interrupted }
    return isGoingOn
  }
}
