import SQL
import Store
import Writers

/// Explores sessions apart that can never notice each other, and puts the verdict together: independent orders
/// cost the sum of their parts, not the product.
///
///     confirm_1  cron_1 │ confirm_2  cron_2 │ audit            1  each session alone: what does it notice,
///     order 1    order 1│ order 2    order 2│ order 3             what does it change?
///     ╰── one part ────╯ ╰── one part ────╯ ╰ one ╯            2  unite those that meet, explore each part
///                                                              3  until no two parts meet any more
///
/// **Why a part may be explored alone.** What a step does depends on what its ``Footprint`` says: rows it looked
/// for, row and object locks it asked for, sequences; apart from these on its own session and on the clock. Take
/// any run of the whole model, and the first step in it whose result is not what it would be if only the sessions
/// of its own part had run. Up to there each part has run as it does alone, so that its steps and their
/// footprints are among those that its own exploration has met. The step has found something that another part had
/// changed, locked or drawn; then a change of that part is among the rows that this step looked for, or their
/// locks conflict, or they use the same sequence; and the two would have been united. (A row is known by its
/// contents. The first that a part does to a row finds it as the data made it, so that two parts that touch one
/// row have noted the same contents.) So there is no such step: a run of the whole is a run of each part, woven
/// together in any way, and any weaving of runs of the parts is a run of the whole.
///
/// **The clock** is shared, moves forward by itself, and may move whenever a session is left; the exploration of
/// each part tries all its moves. A part that has ended sees no more of them, which nobody could tell unless a
/// rule asks for the time: such models with a moving clock are explored whole.
///
/// **Rules.** Deadlocks, unhandled errors and endless runs are a part's own. An invariant is checked in each part;
/// parts whose rows it could take together are united (``Separability``). The rows that other parts change are
/// left out of a part's data: nobody in the part can notice, and a rule about the end is not to find the others'
/// rows as they were at the beginning.
///
/// **Counterexamples** are schedules of the whole model: the others have not begun; where the rule is about the
/// end, they run to their ends afterwards, each by a shortest way. They are run on the whole model before they are
/// told.
struct Decomposition {
  /// Sessions that are explored together.
  private struct Part {
    var sessions: [Int]
    var footprint: Footprint
    var rowsLeftOut: Set<Value> = []
    /// `nil` if they have not been explored together yet.
    var finding: PartFinding?
  }

  private let model: Model
  private let options: ExplorationOptions
  private var ties: PartTies
  private var data = DatabaseState()
  /// The rows of the data.
  private var rows: [(row: Value, contents: Footprint.Contents)] = []
  private var startSeconds = 0.0
  private var isInterrupted = false

  /// Fails where sessions may depend on each other in ways that no footprint tells, and where more is asked than
  /// parts can answer.
  init?(model: Model, options: ExplorationOptions) {
    guard options.splitsIndependentParts, options.remembersSteps, !options.countsInterleavings,
      options.finalStateObserver == nil || options.partObserver != nil,
      options.checkpoint == nil, options.resumption == nil,
      model.sessions.count > 1, !model.checksSerializable,
      !model.canLoop || model.allowances.endless.isEmpty,
      Machine(model: model, options: options.machine).hasParts
    else { return nil }
    ties = PartTies(model: model)
    if model.clock.count > 1 && ties.asksForTime { return nil }
    self.model = model
    self.options = options
  }

  /// Explores the parts.
  ///
  /// - Returns: `nil` if there are no two parts, or if they cannot tell what is asked; then nothing but an
  ///   exploration of the whole will do.
  /// - Throws: What is wrong with the scenario's setup.
  mutating func run() throws(Diagnostic) -> Exploration? {
    startSeconds = options.monotonicSeconds?() ?? 0
    try readData()
    guard var parts = try sessionsAlone() else {
      return isInterrupted ? try result(of: []) : nil
    }
    // Each round but the last unites parts, or changes what is left out of their data.
    for _ in 0..<2 * model.sessions.count + 2 {
      guard let united = self.united(parts) else { return nil }
      parts = united
      let left = rowsLeftOut(of: parts)
      var isSettled = true
      for index in parts.indices
      where parts[index].finding == nil || parts[index].rowsLeftOut != left[index] {
        parts[index].rowsLeftOut = left[index]
        let footprint = Footprint(schema: model.program.schema)
        let others = parts.indices.lazy.filter { $0 != index }.compactMap { parts[$0].finding }
        let finding = try search(
          parts[index].sessions, left[index],
          spent: others.reduce(into: (0, 0)) {
            $0.0 += $1.states
            $0.1 += $1.transitions
          }
        ).run(.properties, into: footprint)
        parts[index].footprint = footprint
        parts[index].finding = finding
        if finding.bound == .interrupted { return try result(of: parts) }
        isSettled = false
      }
      // What lies beyond a bound might unite parts, but would do away with no bound.
      if parts.contains(where: { $0.finding?.bound != nil }) { return try result(of: parts) }
      if isSettled { return try result(of: parts) }
    }
    return nil
  }

  // MARK: The parts

  private mutating func readData() throws(Diagnostic) {
    var machine = Machine(model: model, options: options.machine)
    data = try machine.initialData()
    for version in data.versions where version.end == DatabaseState.Version.forever {
      let width = model.program.schema.tables[Int(version.table)].storedCount
      let cells = data.cells[Int(version.cells)..<Int(version.cells) + width]
      rows.append(
        (
          .row(table: Int(version.table), id: Int(version.row)),
          Footprint.Contents(table: version.table, values: cells.map(\.bits))
        ))
    }
  }

  /// Each session as a part of its own; `nil` if a bound is hit.
  private mutating func sessionsAlone() throws(Diagnostic) -> [Part]? {
    var known: [Int: Footprint] = [:]
    var parts: [Part] = []
    for (session, it) in model.sessions.enumerated() {
      if let footprint = known[it.group] {
        parts.append(Part(sessions: [session], footprint: footprint))
        continue
      }
      let footprint = Footprint(schema: model.program.schema)
      let finding = try search([session], [], spent: (0, 0)).run(.footprint, into: footprint)
      if finding.bound == .interrupted { isInterrupted = true }
      guard finding.isExhausted, !footprint.isUnbounded else { return nil }
      known[it.group] = footprint
      parts.append(Part(sessions: [session], footprint: footprint))
    }
    return parts
  }

  /// The parts, with those united that meet; `nil` if only one is left.
  private mutating func united(_ parts: [Part]) -> [Part]? {
    var union = PartUnion(count: parts.count)
    var places = [Int](repeating: 0, count: model.sessions.count)
    for (place, part) in parts.enumerated() {
      for session in part.sessions { places[session] = place }
    }
    for fault in model.faults { union.unite(all: fault.sessions.map { places[$0] }) }
    ties.unite(parts.map(\.footprint), in: &union)
    let groups = union.parts()
    guard groups.count > 1 else { return nil }
    return groups.map { group in
      guard group.count > 1 else { return parts[group[0]] }
      let footprint = Footprint(schema: model.program.schema)
      for part in group { footprint.formUnion(parts[part].footprint) }
      return Part(sessions: group.flatMap { parts[$0].sessions }.sorted(), footprint: footprint)
    }
  }

  /// For each part, the rows of the data that only other parts change.
  private func rowsLeftOut(of parts: [Part]) -> [Set<Value>] {
    var changers: [Footprint.Contents: Int] = [:]
    for (index, part) in parts.enumerated() {
      for contents in part.footprint.changes { changers[contents] = index }
    }
    let changed = rows.compactMap { row in changers[row.contents].map { (row.row, $0) } }
    return parts.indices.map { index in
      Set(changed.lazy.filter { $0.1 != index }.map(\.0))
    }
  }

  /// A search of some sessions within what is left of the bounds.
  private func search(
    _ sessions: [Int], _ rowsLeftOut: Set<Value>, spent: (states: Int, transitions: Int)
  ) -> PartSearch {
    var options = options
    options.finalStateObserver = nil
    // The first finding of one part need not be the first of all.
    options.stopsAtFirst = false
    options.statesLimit = max(1, options.statesLimit - spent.states)
    if let limit = options.timeoutSeconds, let clock = options.monotonicSeconds {
      options.timeoutSeconds = max(0, limit - (clock() - startSeconds))
    }
    if let progress = options.progress {
      options.progress = { here in
        var all = here
        all.states += spent.states
        all.transitions += spent.transitions
        return progress(all)
      }
    }
    var data = data
    if !rowsLeftOut.isEmpty { data.leaveOut(rowsLeftOut) }
    return PartSearch(model: model, sessions: sessions, data: data, options: options)
  }

  // MARK: The result

  /// `nil` if the parts cannot tell the shortest counterexample.
  private func result(of parts: [Part]) throws(Diagnostic) -> Exploration? {
    let findings = parts.compactMap(\.finding)
    let isComplete = findings.count == parts.count && !isInterrupted
    let finalStates =
      findings.contains { $0.finalStates == 0 } ? 0 : findings.reduce(0) { $0 + $1.finalStates }
    var examples: [Counterexample] = []
    let properties = Property.all(of: model)
    for property in properties.indices
    where findings.contains(where: { $0.ways.contains { $0.property == property } }) {
      var best: PartFinding.Way?
      if isAboutEnds(properties[property]) {
        // How far the clock had moved would have to be the same for all.
        guard model.clock.count == 1 else { return nil }
        // Where a part has no end, the whole has none.
        if findings.contains(where: { $0.isExhausted && $0.finalStates == 0 }) { continue }
        best = try wayToEnd(breaking: property, parts)
      } else {
        let ways = findings.compactMap { $0.ways.first { $0.property == property } }
        best = ways.min { Self.isShorter($0, $1) }
        // One that is not the shortest of its part may have been passed over for its length.
        best?.isShortest = ways.allSatisfy(\.isShortest)
      }
      guard let best else { return nil }
      guard try isReal(best) else { return nil }
      var example = Counterexample(
        property: properties[property].name(in: model), schedule: best.schedule)
      example.isShortest = best.isShortest
      example.switches = best.switches
      examples.append(example)
    }
    Explorer.sort(&examples)
    if options.stopsAtFirst, let least = examples.first?.schedule.count {
      examples.removeAll { $0.schedule.count > least }
    }
    let hasEndRules = model.invariants.contains { $0.moment == .finally }
    let bound =
      (isInterrupted ? .interrupted : findings.compactMap(\.bound).first)
      ?? (examples.isEmpty && finalStates == 0 && hasEndRules ? .noEnd : nil)
    let isProof = isComplete && bound == nil && findings.allSatisfy(\.isExhausted)
    var result = Exploration(
      verdict: !examples.isEmpty ? .violated : isProof ? .proved : .inconclusive)
    result.counterexamples = examples
    result.parts = max(1, parts.count)
    result.partSessions = parts.map(\.sessions)
    for finding in findings {
      result.states += finding.states
      result.transitions += finding.transitions
      result.depth += finding.depth
      result.memoryBytes = max(result.memoryBytes, finding.memoryBytes)
    }
    result.finalStates = finalStates
    result.bound = bound?.rawValue
    result.collisionProbability = Fingerprint.collisionProbability(states: result.states)
    return result
  }

  private static func isShorter(_ one: PartFinding.Way, _ other: PartFinding.Way) -> Bool {
    (one.schedule.count, one.switches ?? .max) < (other.schedule.count, other.switches ?? .max)
  }

  /// Whether the property can only be broken when nobody can go on.
  private func isAboutEnds(_ property: Property) -> Bool {
    switch property {
    case .invariant(let index): model.invariants[index].moment == .finally
    case .builtIn(let property): property == .stuck
    }
  }

  /// The shortest schedule of all sessions to a state in which nobody can go on and one part breaks the property;
  /// `nil` if no end of some part is found within the bounds.
  private func wayToEnd(
    breaking property: Int, _ parts: [Part]
  ) throws(Diagnostic) -> PartFinding.Way? {
    var ends: [PartFinding.Way] = []
    for part in parts {
      let search = search(part.sessions, part.rowsLeftOut, spent: (0, 0))
      guard let end = try search.shortestEnd() else { return nil }
      ends.append(end)
    }
    var best: PartFinding.Way?
    for (index, part) in parts.enumerated() {
      guard let way = part.finding?.ways.first(where: { $0.property == property }) else { continue }
      var whole = way
      for other in ends.indices where other != index && !ends[other].schedule.isEmpty {
        let isFirst = whole.schedule.isEmpty
        whole.schedule += ends[other].schedule
        whole.isShortest = whole.isShortest && ends[other].isShortest
        whole.switches = whole.switches.flatMap { switches in
          ends[other].switches.map { switches + $0 + (isFirst ? 0 : 1) }
        }
      }
      whole.depth = whole.schedule.count
      if best.map({ Self.isShorter(whole, $0) }) ?? true { best = whole }
    }
    return best
  }

  /// Whether a schedule can be run on the whole model and breaks the property.
  private func isReal(_ way: PartFinding.Way) throws(Diagnostic) -> Bool {
    var machineOptions = options.machine
    machineOptions.usesSymmetry = false
    var system = ModelSystem(model: model, options: machineOptions)
    system.machine.begin(with: data)
    var state = try system.initialState()
    var choices: ContiguousArray<Choice> = []
    var broken: ContiguousArray<Int> = []
    let none = ContiguousArray(repeating: false, count: system.propertyCount)
    for step in 0...way.schedule.count {
      choices.removeAll(keepingCapacity: true)
      system.appendChoices(in: state, to: &choices)
      if step == way.depth {
        _ = system.appendBroken(
          in: state, choices: choices, isChanged: true, isSettled: none, to: &broken)
      }
      guard step < way.schedule.count else { break }
      guard choices.contains(way.schedule[step]) else { return false }
      _ = system.apply(way.schedule[step], to: &state)
    }
    return way.property == system.endlessProperty || broken.contains(way.property)
  }
}
