import Writers

/// Which steps nobody can notice, whatever happens before they are taken.
///
/// A step is quiet if it changes nothing but its session's private part, is the only choice of its session, and
/// is the same step with the same result in every view that the other sessions can bring about first. Such a step
/// commutes with all that others do, and no property can tell whether it has been taken, so that exploring it
/// alone loses nothing (a persistent set of one; Godefroid, *Partial-Order Methods for the Verification of
/// Concurrent Systems*, 1996).
///
/// The views that others can bring about are found on a graph that is far smaller than that of the states. Its
/// nodes are views; with each go the private parts that sessions may have in it, every session taken for itself
/// (thread-modular reasoning: Flanagan and Qadeer, *Thread-Modular Model Checking*, 2003):
///
///     view 3  {p4, p9} {p2}  ── step of p9 ──▶  view 5  {p4, p11} {p2}
///
/// So the graph has every run of the model, and some that it has not: what is quiet in it is quiet.
///
/// Where a step adds to a sum, each member of a view seems able to take it for ever, and the graph has no end. So its
/// nodes are gone through by their distance from the root. No session takes more steps that change the view than the
/// longest way of its private parts has; when all views are done that are as near as the steps of all sessions
/// together, no run goes further (``ComponentSystem/isComplete(_:)``).
///
/// The class is checked by hand: it is filled while one thread expands states, and read by all.
final class QuietSteps: @unchecked Sendable {
  /// How often a pair of a view and a private part is carried from view to view, at most.
  static let workPerPair = 100

  private(set) var isReady = false
  /// Sessions that put waits off are marked as latecomers.
  private(set) var marksLatecomers = false
  private var quiet: ContiguousArray<Bool> = []

  func isQuiet(_ entry: Int) -> Bool { entry < quiet.count && quiet[entry] }

  func begin(marksLatecomers: Bool) { self.marksLatecomers = marksLatecomers }

  /// Takes over what was found; nothing is quiet if the graph was too large.
  func finish(_ found: ContiguousArray<Bool>?) {
    quiet = found ?? []
    isReady = found != nil
    if !isReady { marksLatecomers = false }
  }
}

/// The graph of views, while it is built.
struct ViewGraph: ~Copyable {
  struct Edge {
    /// The memo's entry of the session that acts; -1 for the clock.
    var entry: Int
    var view: UInt32
    var moves: Int32
    var relabels: Int32
    var part: UInt32
  }

  struct Reader {
    var group: Int
    var part: UInt32
  }

  /// A part that a session may have in a view, for which there is no state yet in which it could be asked.
  struct Unplaced: Hashable {
    var node: Int
    var place: Int
    var part: UInt32
    var isLastReader: Bool
  }

  /// For each view in the graph, the position of its node.
  var nodes: [UInt32: Int] = [:]
  var views: ContiguousArray<UInt32> = []
  /// A state with the view, for want of which the machine could not be asked.
  var samples: ContiguousArray<ComponentSystem.State> = []
  /// For each node the least number of steps to it that change the view; what is known so far.
  var distances: ContiguousArray<Int> = []
  var members: ContiguousArray<ContiguousArray<Int>> = []
  var edges: ContiguousArray<ContiguousArray<Edge>> = []
  /// Entries whose waits have been left out, and those of latecomers, who wait only where somebody waits for nobody.
  var delayed: ContiguousArray<ContiguousArray<Int>> = []
  var latecomers: ContiguousArray<ContiguousArray<Int>> = []
  var hasSleeper: ContiguousArray<Bool> = []
  /// For each label of a reader parts that have it, one for each group.
  var readers: [UInt32: [Reader]] = [:]
  var unplaced: Set<Unplaced> = []
  /// The entries that are in the graph.
  var isMember: ContiguousArray<Bool> = []
  /// What is still to be explored, by the distance of its node.
  var pending: [[(node: Int, entry: Int)]] = []
  /// The least distance at which something may be pending, and the one at which it is asked whether that matters.
  var nearest = 0
  var nextCheck = 8
  /// For each private part those that its session's steps lead to, and whether such a step changes the view.
  var successors: [UInt32: [UInt32: Bool]] = [:]
  /// Farther nodes are in no run.
  var greatestDistance = Int.max
  var pairs = 0
  var work = 0

  /// Notes what a private part may become.
  mutating func noteStep(from part: UInt32, to next: UInt32, changesView: Bool) {
    if changesView {
      successors[part, default: [:]][next] = true
    } else if successors[part]?[next] == nil {
      successors[part, default: [:]][next] = false
    }
  }

  mutating func append(_ entry: Int, of node: Int) {
    let distance = distances[node]
    while pending.count <= distance { pending.append([]) }
    pending[distance].append((node, entry))
    nearest = min(nearest, distance)
  }

  /// What is nearest to the root; `nil` if nothing is left.
  mutating func next() -> (node: Int, entry: Int)? {
    while nearest < pending.count {
      if let next = pending[nearest].popLast() { return next }
      nearest += 1
    }
    return nil
  }

  /// Goes through the graph once more for the distances: ways found late may be shorter.
  mutating func measure() {
    distances = ContiguousArray(repeating: Int.max, count: views.count)
    distances[0] = 0
    var reached = [0]
    var position = 0
    while position < reached.count {
      let node = reached[position]
      position += 1
      for edge in edges[node] {
        guard let target = nodes[edge.view], distances[target] == .max else { continue }
        distances[target] = distances[node] + 1
        reached.append(target)
      }
    }
  }

  /// The most steps of a session that change the view, from a private part on; `nil` if there is no such number.
  func longestWay(from part: UInt32) -> Int? {
    var lengths: [UInt32: Int] = [:]
    var isOnWay: Set<UInt32> = []
    func visit(_ part: UInt32) -> Int? {
      if let known = lengths[part] { return known }
      guard isOnWay.insert(part).inserted else { return nil }
      var longest = 0
      for (next, changesView) in successors[part] ?? [:] {
        if next == part && !changesView { continue }
        guard let length = visit(next) else { return nil }
        longest = max(longest, length + (changesView ? 1 : 0))
      }
      isOnWay.remove(part)
      lengths[part] = longest
      return longest
    }
    return visit(part)
  }
}

extension ComponentSystem {
  /// Finds the quiet steps of all that can be reached from a state.
  ///
  /// Gives up at more than `limit` pairs of a view and a private part. Sessions that put waits off become latecomers if a
  /// cycle of waits has been met, or if it is in doubt otherwise whether waits may be put off.
  ///
  /// - Returns: Whether the search is another one with what is known now, and must begin anew.
  mutating func findQuietSteps(
    from initial: State, limit: Int, isTimeUp: () -> Bool
  ) -> Bool {
    let marks = waitFacts != nil && (marksWhenResumed ?? lateWaits.needLatecomers)
    marksWhenResumed = nil
    guard !quietSteps.isReady || marks && !quietSteps.marksLatecomers else { return false }
    quietSteps.begin(marksLatecomers: marks)
    var graph = ViewGraph()
    guard build(&graph, from: initial, limit: limit, isTimeUp: isTimeUp) else {
      quietSteps.finish(nil)
      return false
    }
    let quiet = quietEntries(graph)
    let isUseful = marks || quiet.contains(true)
    quietSteps.finish(isUseful ? quiet : nil)
    return isUseful
  }

  // MARK: The graph

  /// Returns false if it would be too large, or the time is up.
  private mutating func build(
    _ graph: inout ViewGraph, from initial: State, limit: Int, isTimeUp: () -> Bool
  ) -> Bool {
    let root = node(initial, &graph)
    for session in 0..<sessionCount { add(initial.parts[session], at: session, to: root, &graph) }
    var count = 0
    while let (node, entry) = nextMember(&graph) {
      count += 1
      if count & 0xFF == 0, isTimeUp() { return false }
      if graph.nearest >= graph.nextCheck {
        graph.append(entry, of: node)
        if isComplete(&graph, from: initial) { return true }
        continue
      }
      explore(entry, of: node, &graph)
      if graph.pairs > limit || graph.work > limit * QuietSteps.workPerPair { return false }
    }
    return true
  }

  /// What is to be explored next; `nil` if nothing is left.
  private mutating func nextMember(_ graph: inout ViewGraph) -> (node: Int, entry: Int)? {
    if let next = graph.next() { return next }
    placeReaders(&graph)
    return graph.next()
  }

  /// Adds what could not be asked before, if there are readers enough now.
  private mutating func placeReaders(_ graph: inout ViewGraph) {
    let unplaced = graph.unplaced.sorted { ($0.node, $0.place) < ($1.node, $1.place) }
    graph.unplaced.removeAll()
    for it in unplaced {
      add(it.part, at: it.place, to: it.node, isLastReader: it.isLastReader, &graph)
    }
  }

  /// Whether all that is still pending is farther away than any run goes.
  private mutating func isComplete(_ graph: inout ViewGraph, from initial: State) -> Bool {
    var steps = plain.machine.model.clock.count
    for part in initial.parts {
      guard let length = graph.longestWay(from: part) else {
        graph.nextCheck = .max
        return false
      }
      steps += length
    }
    placeReaders(&graph)
    graph.measure()
    let isComplete = graph.pending.joined().allSatisfy { graph.distances[$0.node] > steps }
    graph.greatestDistance = isComplete ? steps : .max
    graph.nextCheck = max(graph.nearest, steps) + 1
    return isComplete
  }

  /// The position of a state's view among the nodes.
  private mutating func node(
    _ state: State, distance: Int = 0, _ graph: inout ViewGraph
  ) -> Int {
    if let node = graph.nodes[state.view] { return node }
    let node = graph.views.count
    graph.nodes[state.view] = node
    graph.views.append(state.view)
    graph.samples.append(state)
    graph.distances.append(distance)
    graph.members.append([])
    graph.edges.append([])
    graph.delayed.append([])
    graph.latecomers.append([])
    graph.hasSleeper.append(false)
    if canMoveClock(state.view) {
      let outcome = clockOutcome(in: state)
      addEdge(outcome, entry: -1, from: node, &graph)
    }
    return node
  }

  /// Adds a private part that a session may have at a place of the view, unless it has ended.
  private mutating func add(
    _ part: UInt32, at session: Int, to node: Int, _ graph: inout ViewGraph
  ) {
    guard isReady(part) else { return }
    let place = run(session, in: graph.views[node])
    let label = self.label(of: part)
    if label == 0 {
      add(part, at: place, to: node, isLastReader: false, &graph)
      return
    }
    guard labels(of: graph.views[node]).contains(UInt64(label)) else { return }
    let group = plain.machine.model.sessions[place].group
    if !graph.readers[label, default: []].contains(where: { $0.group == group }) {
      graph.readers[label, default: []].append(ViewGraph.Reader(group: group, part: part))
    }
    add(part, at: place, to: node, isLastReader: false, &graph)
    add(part, at: place, to: node, isLastReader: true, &graph)
  }

  private mutating func add(
    _ part: UInt32, at place: Int, to node: Int, isLastReader: Bool, _ graph: inout ViewGraph
  ) {
    let view = graph.views[node]
    let memoPlace = isLastReader ? place | TransitionMemo.lastReaderBit : place
    let known = memo.entry(view: view, place: memoPlace, part: part)
    if let known, known < graph.isMember.count, graph.isMember[known] { return }
    guard let sample = sample(part, at: place, isLastReader: isLastReader, of: node, graph) else {
      graph.unplaced.insert(
        ViewGraph.Unplaced(node: node, place: place, part: part, isLastReader: isLastReader))
      return
    }
    let entry = known ?? self.entry(of: place, in: sample)
    while graph.isMember.count <= entry { graph.isMember.append(false) }
    graph.isMember[entry] = true
    graph.members[node].append(entry)
    graph.pairs += 1
    graph.append(entry, of: node)
  }

  /// A state with a node's view in which the session at a place has a private part, and the view's labels are those of
  /// readers; `nil` if not enough of those are known.
  private func sample(
    _ part: UInt32, at place: Int, isLastReader: Bool, of node: Int, _ graph: borrowing ViewGraph
  ) -> State? {
    var state = graph.samples[node]
    let label = self.label(of: part)
    let before = self.label(of: state.parts[place])
    state.parts[place] = part
    guard hasReaders(state.view) else { return state }
    if before == 0 && label == 0 { return state }
    // Nobody else is one, at first.
    for session in 0..<sessionCount where session != place && isReader(state.parts[session]) {
      state.parts[session] = graph.samples[0].parts[session]
    }
    let wanted = labels(of: state.view).map { UInt32($0) }.filter { !isLastReader || $0 != label }
    var isTaken = ContiguousArray(repeating: false, count: sessionCount)
    isTaken[place] = true
    return seat(wanted[...], &isTaken, &state, of: node, graph) ? state : nil
  }

  /// Has sessions that are not taken be readers with the labels; returns whether there are enough.
  private func seat(
    _ labels: ArraySlice<UInt32>, _ isTaken: inout ContiguousArray<Bool>, _ state: inout State,
    of node: Int, _ graph: borrowing ViewGraph
  ) -> Bool {
    guard let label = labels.first else { return true }
    var readers = graph.readers[label] ?? []
    let sample = graph.samples[node]
    for session in 0..<sessionCount where self.label(of: sample.parts[session]) == label {
      let group = plain.machine.model.sessions[session].group
      readers.append(ViewGraph.Reader(group: group, part: sample.parts[session]))
    }
    var groups: Set<Int> = []
    for reader in readers where groups.insert(reader.group).inserted {
      let session = (0..<sessionCount).first {
        !isTaken[$0] && plain.machine.model.sessions[$0].group == reader.group
          && publicPart(of: $0, in: state.view) == 0
      }
      guard let session else { continue }
      let before = state.parts[session]
      isTaken[session] = true
      state.parts[session] = reader.part
      if seat(labels.dropFirst(), &isTaken, &state, of: node, graph) { return true }
      isTaken[session] = false
      state.parts[session] = before
    }
    return false
  }

  /// A state in which a member of a node can be asked.
  private func sample(of entry: Int, _ node: Int, _ graph: borrowing ViewGraph) -> State {
    let found = sample(
      memo.part(of: entry), at: memo.place(of: entry), isLastReader: memo.isLastReader(entry),
      of: node, graph)
    guard let found else { preconditionFailure("there is no state for member \(entry)") }
    return found
  }

  /// What becomes of a choice of a member.
  private mutating func outcome(
    of kind: Choice.Kind, _ entry: Int, of node: Int, _ graph: borrowing ViewGraph
  ) -> TransitionMemo.Outcome {
    if let known = memo.outcome(of: kind.rawValue, in: entry) { return known }
    let state = sample(of: entry, node, graph)
    return outcome(of: kind, memo.place(of: entry), entry: entry, in: state)
  }

  /// The list of those whom a member waits for, or would if it took its step; -1 if it can go on.
  private mutating func blockers(
    of entry: Int, in node: Int, _ graph: borrowing ViewGraph
  ) -> Int32 {
    if memo.choices(of: entry) & 1 == 1 {
      return outcome(of: .step, entry, of: node, graph).blockers
    }
    if let list = waiterLists[entry] { return list }
    return waiterList(of: entry, memo.place(of: entry), in: sample(of: entry, node, graph))
  }

  /// Follows what a new member can do, and takes it along to where others lead.
  private mutating func explore(_ entry: Int, of node: Int, _ graph: inout ViewGraph) {
    let part = memo.part(of: entry)
    for position in graph.edges[node].indices {
      carry(entry, along: graph.edges[node][position], of: node, &graph)
    }
    let mask = memo.choices(of: entry)
    if followMark(entry, of: node, &graph) { return }
    for kind in Self.kinds where mask >> kind.rawValue & 1 == 1 {
      let outcome = self.outcome(of: kind, entry, of: node, graph)
      if kind != .step || !outcome.isLate {
        addEdge(outcome, entry: entry, from: node, &graph)
      } else if isLatecomer(part) {
        graph.latecomers[node].append(entry)
      } else {
        graph.delayed[node].append(entry)
      }
    }
    guard waitFacts != nil else { return }
    let list = blockers(of: entry, in: node, graph)
    // Who waits for nobody waits for the clock, and may do so for ever.
    if list >= 0 && blockerPlaces(list).isEmpty { graph.hasSleeper[node] = true }
    followDelayed(node, &graph)
    guard graph.hasSleeper[node] else { return }
    for late in graph.latecomers[node] {
      addEdge(outcome(of: .step, late, of: node, graph), entry: late, from: node, &graph)
    }
    graph.latecomers[node].removeAll()
  }

  /// Adds the marked part that a session becomes in a view, and what it fails with where it may be a victim; returns
  /// whether its own part is none that it is in when it goes on.
  private mutating func followMark(
    _ entry: Int, of node: Int, _ graph: inout ViewGraph
  ) -> Bool {
    guard marksLatecomers else { return false }
    let part = memo.part(of: entry)
    let place = memo.place(of: entry)
    func follow(_ next: UInt32, _ system: inout ComponentSystem, _ graph: inout ViewGraph) {
      graph.noteStep(from: part, to: next, changesView: false)
      system.add(next, at: place, to: node, &graph)
    }
    var state = sample(of: entry, node, graph)
    let marked = mark(of: place, in: state).part
    if standing(part).contains(.mayBeVictim) {
      let failed = latecomer(part).failed
      if memo.isLastReader(entry) {
        state.parts[place] = failed
        var outcome = self.outcome(ofDropping: label(of: part), in: state)
        outcome.part = failed
        addEdge(outcome, entry: entry, from: node, &graph)
      } else {
        follow(failed, &self, &graph)
      }
    }
    guard marked != part else { return false }
    follow(marked, &self, &graph)
    // Of a latecomer it is asked what it does next where it is not marked yet.
    return !isLatecomer(part)
  }

  /// Follows the waits of a view that may close a cycle.
  private mutating func followDelayed(_ node: Int, _ graph: inout ViewGraph) {
    guard !graph.delayed[node].isEmpty else { return }
    var blocked: [Int: Set<Int>] = [:]
    // The rows that somebody waits for, or is about to, for whom others may wait.
    var noticed: Set<UInt64?> = []
    for entry in graph.members[node] {
      let place = memo.place(of: entry)
      let list = blockers(of: entry, in: node, graph)
      guard list >= 0 else { continue }
      if waiterHolds(list) || isOpen(list) { noticed.insert(waitedRow(list)) }
      if blockerPlaces(list).isEmpty { blocked[place, default: []].insert(place) }
      for blocker in blockerPlaces(list) {
        let other = Int(blocker)
        // Those who are alike in the view may stand for one another.
        blocked[place, default: []].insert(run(other, in: graph.views[node]))
      }
    }
    var left: ContiguousArray<Int> = []
    for entry in graph.delayed[node] {
      let place = memo.place(of: entry)
      let outcome = self.outcome(of: .step, entry, of: node, graph)
      guard graph.hasSleeper[node] || noticed.contains(waitedRow(outcome.blockers)),
        !isOutOfOrder(place, outcome.blockers, of: node, graph),
        Self.leadsToCycle(from: place, blocked)
      else {
        left.append(entry)
        continue
      }
      addEdge(outcome, entry: entry, from: node, &graph)
    }
    graph.delayed[node] = left
  }

  /// Whether a session would begin to wait behind an idle waiter of a later group, whichever of those it is that may stand
  /// there.
  private mutating func isOutOfOrder(
    _ place: Int, _ list: Int32, of node: Int, _ graph: borrowing ViewGraph
  ) -> Bool {
    if waiterHolds(list) { return false }
    let group = plain.machine.model.sessions[place].group
    var isLater = false
    for entry in graph.members[node] {
      let other = memo.place(of: entry)
      guard memo.choices(of: entry) & 1 == 0 else { continue }
      let others = blockers(of: entry, in: node, graph)
      guard waitedRow(others) == waitedRow(list), isLast(others) else { continue }
      if !isIdle(others) || plain.machine.model.sessions[other].group <= group { return false }
      isLater = true
    }
    return isLater
  }

  private static func leadsToCycle(from place: Int, _ blocked: [Int: Set<Int>]) -> Bool {
    var isOnWay: Set<Int> = []
    var done: Set<Int> = []
    func visit(_ place: Int) -> Bool {
      if isOnWay.contains(place) { return true }
      guard done.insert(place).inserted else { return false }
      isOnWay.insert(place)
      for other in blocked[place] ?? [] where visit(other) { return true }
      isOnWay.remove(place)
      return false
    }
    return visit(place)
  }

  private mutating func addEdge(
    _ outcome: TransitionMemo.Outcome, entry: Int, from node: Int, _ graph: inout ViewGraph
  ) {
    let edge = ViewGraph.Edge(
      entry: entry, view: outcome.view, moves: outcome.moves, relabels: outcome.relabels,
      part: outcome.part)
    var state = entry >= 0 ? sample(of: entry, node, graph) : graph.samples[node]
    move(entry >= 0 ? memo.place(of: entry) : nil, by: outcome, &state)
    let target = self.node(state, distance: graph.distances[node] + 1, &graph)
    if entry >= 0 {
      graph.noteStep(from: memo.part(of: entry), to: outcome.part, changesView: target != node)
      add(outcome.part, at: newPlace(of: memo.place(of: entry), outcome.moves), to: target, &graph)
    }
    graph.edges[node].append(edge)
    for member in graph.members[node] { carry(member, along: edge, of: node, &graph) }
  }

  /// Adds a member of a view to the view that another's step leads to.
  private mutating func carry(
    _ member: Int, along edge: ViewGraph.Edge, of node: Int, _ graph: inout ViewGraph
  ) {
    graph.work += 1
    guard let target = graph.nodes[edge.view],
      target != node || edge.moves >= 0 || edge.relabels >= 0
    else { return }
    guard let place = place(of: member, beside: edge.entry, in: graph.views[node]) else { return }
    let part = memo.part(of: member)
    let next = relabeled(part, at: place, by: edge.relabels)
    if next != part { graph.noteStep(from: part, to: next, changesView: false) }
    add(next, at: newPlace(of: place, edge.moves), to: target, &graph)
  }

  /// Where a member stands while another of the view acts; `nil` if it would have to be the same session, or have the
  /// label that only that one has.
  private func place(of member: Int, beside actor: Int, in view: UInt32) -> Int? {
    let place = memo.place(of: member)
    if actor >= 0, memo.isLastReader(actor),
      label(of: memo.part(of: member)) == label(of: memo.part(of: actor))
    {
      return nil
    }
    guard actor >= 0, memo.place(of: actor) == place else { return place }
    var other = place + 1
    while other < sessionCount {
      if run(other, in: view) == place { return other }
      other += 1
    }
    return nil
  }

  /// Where the session at a place stands after a step.
  private func newPlace(of place: Int, _ moves: Int32) -> Int {
    guard moves >= 0 else { return place }
    for target in 0..<sessionCount where Int(self.moves.word(UInt32(moves), target)) == place {
      return target
    }
    return place
  }

  // MARK: The quiet ones

  /// The greatest set of steps that are quiet if all others in it are.
  private mutating func quietEntries(_ graph: borrowing ViewGraph) -> ContiguousArray<Bool> {
    var quiet = ContiguousArray(repeating: false, count: graph.isMember.count)
    let isReached = graph.distances.map { $0 <= graph.greatestDistance }
    for node in graph.views.indices where isReached[node] {
      for entry in graph.members[node] where isQuietHere(entry) { quiet[entry] = true }
    }
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for node in graph.views.indices.reversed() {
        for entry in graph.members[node] where quiet[entry] {
          if !staysQuiet(entry, graph, node, quiet) {
            quiet[entry] = false
            hasChanged = true
          }
        }
      }
    }
    return quiet
  }

  /// Whether the session's only choice is a step that changes nothing but its private part.
  private func isQuietHere(_ entry: Int) -> Bool {
    guard isReady(memo.part(of: entry)), memo.choices(of: entry) == 1 else { return false }
    guard let outcome = memo.outcome(of: 0, in: entry) else { return false }
    // What they can still see is noticed: what is kept.
    if isReader(memo.part(of: entry)) || isReader(outcome.part) { return false }
    // When all have ended, the clock moves no more.
    if !isReady(outcome.part) && canMoveClock(memo.view(of: entry)) { return false }
    return outcome.view == memo.view(of: entry) && outcome.moves < 0 && outcome.blockers < 0
      && outcome.part != memo.part(of: entry)
  }

  /// Whether the same step is quiet, with the same result, wherever another's step leads.
  private mutating func staysQuiet(
    _ entry: Int, _ graph: borrowing ViewGraph, _ node: Int, _ quiet: ContiguousArray<Bool>
  ) -> Bool {
    let result = memo.outcome(of: 0, in: entry)?.part
    let view = graph.views[node]
    for edge in graph.edges[node]
    where edge.view != view || edge.moves >= 0 || edge.relabels >= 0 {
      if let target = graph.nodes[edge.view], graph.distances[target] > graph.greatestDistance {
        continue
      }
      guard let place = place(of: entry, beside: edge.entry, in: view) else { continue }
      let part = memo.part(of: entry)
      guard relabeled(part, at: place, by: edge.relabels) == part else { return false }
      let target = run(newPlace(of: place, edge.moves), in: edge.view)
      guard
        let other = memo.entry(view: edge.view, place: target, part: part),
        other < quiet.count, quiet[other],
        memo.outcome(of: 0, in: other)?.part == result
      else { return false }
    }
    return true
  }
}
