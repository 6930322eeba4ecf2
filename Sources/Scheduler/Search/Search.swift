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
/// States are expanded a few at a time, by one thread or several (``Expansion``, ``Crew``). What comes of it is
/// taken in the order of the states, so that everything but speed is as if one thread did it all.
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
  /// What checkpoints say that they belong to.
  var checkpointKey: Checkpoint.Key?

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
  /// The final states of the least depth, where the search stops there.
  var firstFinalStates: ContiguousArray<Int> = []
  /// Go no deeper than the first final state.
  var stopsAtFirstEnd = false
  /// The ways that are looked for have no more steps, and transactions that are open in a state owe some.
  var wayLimit = WayLimit()
  var bound: Bound?
  /// Every state was expanded.
  var isExhausted = false

  /// How many states have been looked at.
  var expanded = 0
  /// How many there will have been when quiet steps are looked for, and the limit with which that was done last; -1
  /// and 0 for never.
  var nextQuietSearch = 0
  var quietLimit = 0
  /// They are known, and the search has begun anew with them.
  var hasQuietSteps = false
  /// They have been looked for because what is left out was in doubt.
  var hasDoubted = false
  var depth: Int { max(0, levelStarts.count - 1) }
  /// The number of the first state below the current level.
  var nextLevelStart = 0
  /// Waiting states are looked at and not gone on from.
  var isDraining = false
  var isSettled: ContiguousArray<Bool>
  /// Properties that need never be looked at.
  private let isUnwanted: ContiguousArray<Bool>
  /// How many of the frontier's states have been expanded.
  var takenCount = 0
  private var startSeconds = 0.0
  var savedSeconds = 0.0
  private var nextProgress = 0

  /// How many states of the frontier are at hand to be expanded.
  private static var stretchSize: Int { 1 << 14 }

  // Buffers, kept so that a step allocates nothing.
  var choices: ContiguousArray<Choice> = []
  var words: ContiguousArray<UInt64> = []
  var order: ContiguousArray<Int> = []
  private var stretch: ContiguousArray<UnsafePointer<UInt64>> = []

  /// Only the properties in `wanted` are looked for; all, if it is `nil`.
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
    isUnwanted = isSettled
    self.system = system
  }

  /// The memory that grows with the search.
  var byteCount: Int {
    visited.byteCount + links.byteCount + frontier.byteCount + log.byteCount + ends.count
      + system.byteCount
  }

  /// The properties that have been found broken.
  var broken: [Int] { firstDepths.indices.filter { firstDepths[$0] >= 0 } }

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

  /// Goes through the states, from where a checkpoint has left off if one was restored.
  mutating func run() throws(Diagnostic) {
    if bound == .checkpoint { return }
    startSeconds = options.monotonicSeconds?() ?? 0
    // The first checkpoint is saved at once: that it cannot be written is better known early.
    savedSeconds = options.resumption == nil ? -Double.infinity : startSeconds
    let initial = try system.initialState()
    if visited.count == 0 { begin(with: initial) }
    if hasQuietSteps {
      // Its time was not up when they were found.
      _ = system.findQuietSteps(from: initial, limit: quietLimit) { false }
    }
    var scratch = ExpansionScratch(initial)
    let crew =
      options.threads > 1
      ? Crew(system, initial: initial, threads: options.threads - 1) : nil
    while expanded < visited.count {
      while looksForQuietSteps() { findQuietSteps(from: initial) }
      if levelStarts.isEmpty || expanded == nextLevelStart {
        if !beginLevel() {
          crew?.stop()
          return
        }
      }
      let isGoingOn: Bool
      var count = min(nextLevelStart - expanded, Self.stretchSize)
      if expanded < nextQuietSearch { count = min(count, nextQuietSearch - expanded) }
      frontier.first(count, into: &stretch)
      if frontier.hasLost {
        bound = bound ?? .disk
        break
      }
      if let crew, stretch.count > options.statesAtOnce {
        isGoingOn = expandStretch(&scratch, crew)
      } else {
        isGoingOn = expandStretch(&scratch)
      }
      if !isGoingOn { break }
      visited.trim()
      frontier.removeFirst(takenCount)
      takenCount = 0
    }
    crew?.stop()
    frontier.removeFirst(takenCount)
    takenCount = 0
    isExhausted = bound == nil && !isDraining
    if isExhausted, let property = system.endlessProperty { findEndless(property) }
  }

  /// Expands the states of ``stretch``; returns whether there is a reason to go on.
  private mutating func expandStretch(_ scratch: inout ExpansionScratch<System.State>) -> Bool {
    var expansion = Expansion()
    for start in Swift.stride(from: 0, to: stretch.count, by: options.statesAtOnce) {
      expansion.sources.removeAll(keepingCapacity: true)
      appendSources(from: start, first: expanded, to: &expansion.sources)
      system.expand(&expansion, rules, &scratch)
      take(expansion, &scratch)
      if !checkBounds() { return false }
    }
    return true
  }

  /// The same by several threads.
  private mutating func expandStretch(
    _ scratch: inout ExpansionScratch<System.State>, _ crew: Crew<System>
  ) -> Bool {
    let first = expanded
    var published = 0
    while expanded < first + stretch.count {
      while published < stretch.count && crew.hasRoom {
        crew.publish(rules) { appendSources(from: published, first: first + published, to: &$0) }
        published += options.statesAtOnce
      }
      crew.awaitFirst(helping: &system, &scratch)
      take(crew.first, &scratch)
      crew.finishFirst()
      if !checkBounds() { return false }
    }
    return true
  }

  /// Appends a block of ``stretch`` from a position on, the states being numbered from `first`.
  private func appendSources(
    from start: Int, first: Int, to sources: inout ContiguousArray<Expansion.Source>
  ) {
    for position in start..<min(start + options.statesAtOnce, stretch.count) {
      let isChanged = links[first + position - start].isChanged
      sources.append(Expansion.Source(words: stretch[position], isChanged: isChanged))
    }
  }

  private var rules: Expansion.Rules {
    Expansion.Rules(
      countsInterleavings: options.countsInterleavings, keepsOrders: logsEdges,
      looksForEnds: system.endlessProperty != nil,
      goesOn: !isDraining && depth < options.stepsLimit,
      takesQuietSteps: isReduced && options.takesQuietSteps,
      delaysWaits: isReduced && options.delaysWaits, stepsLeft: wayLimit.length - depth - 1,
      owing: wayLimit.owing, isSettled: isSettled, visited: visited.reader)
  }

  /// Has the initial state wait to be expanded.
  private mutating func begin(with initial: System.State) {
    words.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    system.pack(initial, to: &words, order: &order)
    _ = visited.insert(Fingerprint(words))
    links.append(ParentLink(parent: 0, choice: Choice(.clock), isChanged: true))
    frontier.append(words)
  }

  /// Whether it is time to look for quiet steps: when that has come, or as soon as what is left out is in doubt.
  private mutating func looksForQuietSteps() -> Bool {
    guard isReduced && options.takesQuietSteps && !isDraining else { return false }
    if expanded == nextQuietSearch { return true }
    guard !hasDoubted, nextQuietSearch >= 0 || hasQuietSteps, expanded == nextLevelStart,
      system.mustBeginAgain(mayLearn: false)
    else { return false }
    hasDoubted = true
    return true
  }

  /// Looks for quiet steps, and later again if that was too much for what the search has cost so far.
  ///
  /// Once they are known the search begins anew, as what it has met by then has been met in too many orders.
  private mutating func findQuietSteps(from initial: System.State) {
    quietLimit = max(4_000, 8 * expanded)
    let (options, start) = (options, startSeconds)
    let isTimeUp = {
      guard let limit = options.timeoutSeconds, let clock = options.monotonicSeconds else {
        return false
      }
      return clock() - start > limit
    }
    if system.findQuietSteps(from: initial, limit: quietLimit, isTimeUp: isTimeUp) {
      nextQuietSearch = -1
      hasQuietSteps = true
      if expanded > 0 { beginAnew(with: initial) }
    } else {
      hasQuietSteps = false
      nextQuietSearch = expanded < 100_000 ? max(expanded * 4, 500) : -1
    }
  }

  private mutating func beginAnew(with initial: System.State) {
    visited = VisitedSet()
    links = ChunkedStorage()
    frontier = StateArena()
    log = EdgeLog(sessionCount: log.sessionCount)
    levelStarts.removeAll()
    levelTransitions.removeAll()
    ends.removeAll()
    violations.removeAll()
    for property in firstDepths.indices { firstDepths[property] = -1 }
    isSettled = isUnwanted
    transitions = 0
    finalStates = 0
    expanded = 0
    nextLevelStart = 0
    begin(with: initial)
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

  /// Returns whether there is a reason to go on.
  private mutating func beginLevel() -> Bool {
    // Asked between levels only, when what threads have come across is the same whatever their number.
    let mayLearn = isReduced && options.takesQuietSteps && nextQuietSearch >= 0
    if system.mustBeginAgain(mayLearn: mayLearn) { return false }
    levelStarts.append(expanded)
    levelTransitions.append(transitions)
    nextLevelStart = visited.count
    settle()
    var isOpen = false
    var isFound = false
    for property in firstDepths.indices {
      if firstDepths[property] >= 0 { isFound = true }
      if !isSettled[property] { isOpen = true }
    }
    if options.stopsAtFirst && isFound { return false }
    // Nothing is left to be found.
    return isOpen || !isFound || options.finalStateObserver != nil
  }

  /// Looks no further for what is broken above the current level, unless schedules are counted.
  mutating func settle() {
    if options.countsInterleavings { return }
    for property in firstDepths.indices
    where firstDepths[property] >= 0 && firstDepths[property] < depth {
      isSettled[property] = true
    }
  }

  // MARK: Taking what was found out

  /// Takes what expanding the next states has come to.
  private mutating func take(
    _ expansion: Expansion, _ scratch: inout ExpansionScratch<System.State>
  ) {
    for position in expansion.looks.indices {
      if !expansion.looks[position].isQuiet {
        take(expansion, position)
      } else if !takeQuietly(expansion, position) {
        var again = Expansion()
        again.sources.append(expansion.sources[position])
        var rules = self.rules
        rules.takesQuietSteps = false
        system.expand(&again, rules, &scratch)
        take(again, 0)
      }
      expanded += 1
      takenCount += 1
    }
  }

  /// Takes a step that was explored alone; returns false if that is not enough.
  ///
  /// A step that leads back to where the search has been might put the others' steps off for ever.
  private mutating func takeQuietly(_ expansion: Expansion, _ position: Int) -> Bool {
    if isDraining { return false }
    let target = expansion.looks[position].targetEnd - 1
    guard let number = number(expansion, target), number > expanded else { return false }
    transitions += 1
    note(expansion, position)
    return true
  }

  /// Takes what was found out about one state.
  private mutating func take(_ expansion: Expansion, _ position: Int) {
    let mark = self.mark
    let look = expansion.looks[position]
    note(expansion, position)
    if logsEdges { log.beginState() }
    if !look.hasChoices || isDraining { return }
    if depth >= options.stepsLimit {
      hit(.steps, at: mark)
      return
    }
    let start = position == 0 ? 0 : expansion.looks[position - 1].targetEnd
    for target in start..<look.targetEnd {
      transitions += expansion.targets[target].multiplicity
      guard let number = number(expansion, target) else {
        isDraining = true
        hit(.states, at: mark)
        return
      }
      if logsEdges { logEdge(to: number, expansion, target) }
    }
  }

  /// Records what the next state breaks.
  private mutating func note(_ expansion: Expansion, _ position: Int) {
    let look = expansion.looks[position]
    let start = position == 0 ? 0 : expansion.looks[position - 1].brokenEnd
    if look.isFinal { noteFinal() }
    if system.endlessProperty != nil { ends.append(look.isEnd) }
    for property in expansion.broken[start..<look.brokenEnd] {
      if firstDepths[property] < 0 { firstDepths[property] = depth }
      violations.append(Violation(property: property, state: expanded))
    }
    if options.stopsAtFirst && start < look.brokenEnd { isDraining = true }
  }

  /// Records that the next state is a final one.
  private mutating func noteFinal() {
    finalStates += 1
    guard stopsAtFirstEnd else { return }
    isDraining = true
    let isFirst = firstFinalStates.first.map { self.depth(of: $0) == depth } ?? true
    if isFirst { firstFinalStates.append(expanded) }
  }

  /// The number of one of an expansion's targets; `nil` if it would be one too many.
  private mutating func number(_ expansion: Expansion, _ position: Int) -> Int? {
    let target = expansion.targets[position]
    if target.known != .max { return Int(target.known) }
    if visited.count >= options.statesLimit { return visited.index(of: target.fingerprint) }
    let (index, isNew) = visited.insert(target.fingerprint)
    guard isNew else { return index }
    links.append(ParentLink(parent: expanded, choice: target.choice, isChanged: target.isChanged))
    let start = position == 0 ? 0 : expansion.targets[position - 1].wordsEnd
    expansion.words.withUnsafeBufferPointer {
      frontier.append(UnsafeBufferPointer(rebasing: $0[start..<target.wordsEnd]))
    }
    return index
  }

  private mutating func logEdge(to number: Int, _ expansion: Expansion, _ position: Int) {
    let count = expansion.orders.count / expansion.targets.count
    order.removeAll(keepingCapacity: true)
    for place in expansion.orders[position * count..<(position + 1) * count] {
      order.append(Int(place))
    }
    log.append(target: number, choice: expansion.targets[position].choice, order: order)
  }

  // MARK: Bounds

  /// The first bound that is hit is what ends the search; a checkpoint has it go on from before.
  private mutating func hit(_ bound: Bound, at mark: Mark) {
    if self.bound != nil { return }
    saveCheckpoint(at: mark)
    self.bound = bound
  }

  /// Returns false if the search must end at once.
  private mutating func checkBounds() -> Bool {
    let now = options.monotonicSeconds?()
    if let limit = options.timeoutSeconds, let now, now - startSeconds > limit {
      if bound == nil { saveCheckpoint(at: mark) }
      bound = .time
      return false
    }
    if let limit = options.memoryLimitBytes, !isDraining {
      if let file = options.spill, byteCount > limit / 4 * 3 { frontier.spill(to: file) }
      if byteCount > limit {
        hit(.memory, at: mark)
        isDraining = true
      }
    }
    if let saving = options.checkpoint, let now, bound == nil,
      now - savedSeconds >= saving.intervalSeconds
    {
      saveCheckpoint(at: mark)
      // Saving must not be all that is done, however long it takes.
      savedSeconds = options.monotonicSeconds?() ?? now
    }
    guard let progress = options.progress, expanded >= nextProgress else { return true }
    nextProgress = expanded + options.progressInterval
    let isGoingOn = progress(
      ExplorationProgress(
        states: visited.count, frontier: visited.count - expanded, transitions: transitions,
        depth: depth, violations: firstDepths.count { $0 >= 0 }, memoryBytes: byteCount))
    if !isGoingOn {
      if bound == nil { saveCheckpoint(at: mark) }
      bound = .interrupted
    }
    return isGoingOn
  }
}
