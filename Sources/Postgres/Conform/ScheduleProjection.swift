import SQL
import Scheduler
import Store
import Writers

/// A recorded schedule as moves that a server can be led through.
///
/// A schedule is recorded row by row; a server can be held between statements only. Most schedules come to
/// the same when a statement that was interrupted runs whole, at the point where it ended or where it began.
/// Whether it does is not argued but tried, in the simulation: the moves must lead to the very state in which
/// the recorded schedule ends, once every session that is in the middle of a statement has been let run to a
/// place where a server can hold it. Where neither order does, the moves are searched for. Where there are
/// none the schedule cannot be shown on a server, and ``Failure`` says which statement would have to stop
/// inside.
struct ScheduleProjection {
  typealias Move = SteeredMachine.Move
  typealias Situation = SteeredMachine.Situation

  struct Result {
    var moves: [Move]
    /// The sessions that the schedule fails in deadlocks, for the server to be led to.
    var victims: [Int]
  }

  struct Failure: Error {
    var reason: String
  }

  private enum Strategy { case late, early }

  private var machine: SteeredMachine
  private let steps: [Replayer.Step]
  /// The ends that moves may lead to.
  private var goals: Set<ContiguousArray<UInt64>> = []
  private var victims: [Int]
  /// The most that each session has done at the end.
  private var reach: [Int] = []

  private static let beamLimit = 64
  private static let searchLimit = 20_000

  init(machine: SteeredMachine, steps: [Replayer.Step]) {
    self.machine = machine
    self.steps = steps
    victims = steps.filter { $0.choice.kind == .victim }.map { Int($0.choice.session) }
    guard let last = steps.last else { return }
    var end = self.machine.situation(of: last.after)
    end.progress = progressOfSteps()
    reach = end.progress
    for situation in self.machine.settled(end) {
      goals.insert(self.machine.packed(situation.state))
      for session in reach.indices {
        reach[session] = max(reach[session], situation.progress[session])
      }
    }
  }

  private func progressOfSteps() -> [Int] {
    var progress = Array(repeating: 0, count: machine.script.model.sessions.count)
    for step in steps where step.choice.kind == .step || step.choice.kind == .victim {
      progress[Int(step.choice.session)] += SteeredMachine.progress(of: step.events)
    }
    return progress
  }

  /// Finds the moves.
  mutating func project(from initial: Situation) throws(Failure) -> Result {
    guard !steps.isEmpty else { return Result(moves: [], victims: []) }
    for strategy in [Strategy.late, .early] {
      if let moves = follow(strategy, from: initial) {
        return Result(moves: moves, victims: victims)
      }
    }
    if let moves = search(from: initial) { return Result(moves: moves, victims: victims) }
    throw Failure(reason: reason())
  }

  // MARK: Following the recorded order

  private mutating func follow(_ strategy: Strategy, from initial: Situation) -> [Move]? {
    var beam = [initial]
    var moves: [Move] = []
    var target = Array(repeating: 0, count: initial.progress.count)
    var order: [Int] = []
    for step in steps {
      let session = Int(step.choice.session)
      switch step.choice.kind {
      case .clock:
        guard take(.clock, &beam, &moves) else { return nil }
      case .crash:
        guard take(.crash(session), &beam, &moves) else { return nil }
      case .victim, .refused, .lockTimeout, .statementTimeout, .idleTimeout:
        target[session] += SteeredMachine.progress(of: step.events)
      case .step:
        target[session] += SteeredMachine.progress(of: step.events)
        order.removeAll { $0 == session }
        order.append(session)
        let wait = step.after.database.sessions[session].wait
        let isWaiting = wait != .none && wait != .clock
        advance(session, to: target[session], &beam, &moves) { outcome, machine in
          strategy == .early || outcome.progress[session] <= target[session]
            || isWaiting && machine.stop(of: session, in: outcome.state) == nil
        }
      }
    }
    for session in order {
      advance(session, to: target[session], &beam, &moves) { _, _ in true }
    }
    return beam.contains { goals.contains(machine.packed($0.state)) } ? moves : nil
  }

  /// Lets a session go until it has done so much, as long as what comes of it is accepted.
  private mutating func advance(
    _ session: Int, to target: Int, _ beam: inout [Situation], _ moves: inout [Move],
    accepts: (Situation, SteeredMachine) -> Bool
  ) {
    while beam.contains(where: { $0.progress[session] < target }) {
      let outcomes = outcomes(of: .session(session), from: beam)
      guard outcomes.contains(where: { accepts($0, machine) }) else { return }
      beam = outcomes
      moves.append(.session(session))
    }
  }

  private mutating func take(_ move: Move, _ beam: inout [Situation], _ moves: inout [Move]) -> Bool
  {
    let outcomes = outcomes(of: move, from: beam)
    guard !outcomes.isEmpty else { return false }
    beam = outcomes
    moves.append(move)
    return true
  }

  private mutating func outcomes(of move: Move, from beam: [Situation]) -> [Situation] {
    var results: [Situation] = []
    var seen: Set<ContiguousArray<UInt64>> = []
    for situation in beam where machine.moves(in: situation).contains(move) {
      for outcome in machine.outcomes(of: move, from: situation)
      where seen.insert(machine.packed(outcome.state)).inserted {
        results.append(outcome)
        if results.count >= Self.beamLimit { return results }
      }
    }
    return results
  }

  // MARK: The way

  /// The situation after each move, on a way to a recorded end; `nil` if the moves lead to none.
  mutating func path(of moves: [Move], from initial: Situation) -> [Situation]? {
    var layers: [[(situation: Situation, parent: Int)]] = [[(initial, 0)]]
    for move in moves {
      var layer: [(Situation, Int)] = []
      var seen: Set<ContiguousArray<UInt64>> = []
      for (index, node) in (layers.last ?? []).enumerated()
      where machine.moves(in: node.situation).contains(move) {
        for outcome in machine.outcomes(of: move, from: node.situation)
        where layer.count < Self.beamLimit && seen.insert(machine.packed(outcome.state)).inserted {
          layer.append((outcome, index))
        }
      }
      layers.append(layer)
    }
    guard
      var place = layers.last?.indices.first(where: {
        goals.contains(machine.packed(layers[layers.count - 1][$0].situation.state))
      })
    else { return nil }
    var path: [Situation] = []
    for layer in layers.dropFirst().reversed() {
      path.append(layer[place].situation)
      place = layer[place].parent
    }
    return path.reversed()
  }

  // MARK: Searching

  private struct Node {
    var situation: Situation
    var parent: Int
    var move: Move
  }

  /// Breadth first, as far as no session does more than at the recorded end.
  private mutating func search(from initial: Situation) -> [Move]? {
    var nodes = [Node(situation: initial, parent: -1, move: .clock)]
    var seen: Set = [machine.packed(initial.state)]
    var next = 0
    while next < nodes.count, nodes.count < Self.searchLimit {
      let situation = nodes[next].situation
      for move in machine.moves(in: situation) {
        for outcome in machine.outcomes(of: move, from: situation) {
          let words = machine.packed(outcome.state)
          guard zip(outcome.progress, reach).allSatisfy({ $0 <= $1 }),
            seen.insert(words).inserted
          else { continue }
          nodes.append(Node(situation: outcome, parent: next, move: move))
          if goals.contains(words) { return path(to: nodes.count - 1, nodes) }
        }
      }
      next += 1
    }
    return nil
  }

  private func path(to end: Int, _ nodes: [Node]) -> [Move] {
    var moves: [Move] = []
    var node = end
    while nodes[node].parent >= 0 {
      moves.append(nodes[node].move)
      node = nodes[node].parent
    }
    return moves.reversed()
  }

  // MARK: Why not

  /// Names the first statement that the schedule interrupts inside, or what the server would have to choose.
  private func reason() -> String {
    let model = machine.script.model
    if let refused = steps.first(where: { $0.choice.kind == .refused }) {
      return "whether \(model.sessions[Int(refused.choice.session)].name) is refused at step "
        + "\(refused.number) depends on how the server reads the tables"
    }
    for (index, step) in steps.enumerated() where step.choice.kind == .step {
      let session = Int(step.choice.session)
      let isLast = index + 1 >= steps.count || steps[index + 1].choice == step.choice
      let wait = step.after.database.sessions[session].wait
      guard !isLast, wait == .none, machine.stop(of: session, in: step.after) == nil,
        let span = machine.machine.position(of: session, in: step.after)
      else { continue }
      let sources = model.program.sources
      let text = SourceFile.folded(sources.text(of: span))
      let shortened = text.count > 60 ? text.prefix(59) + "…" : text
      return "step \(step.number) leaves \(model.sessions[session].name) inside `\(shortened)` "
        + "(\(sources.file(of: span).path):\(sources.position(of: span).line)), where no server stops"
    }
    if let overtaken = overtakenSession() {
      return
        "at step \(overtaken.step.number) the wait of \(model.sessions[overtaken.session].name) is "
        + "over, and \(model.sessions[Int(overtaken.step.choice.session)].name) is quicker: a server lets "
        + "nobody stand there"
    }
    return "the order in which waiting sessions go on is the server's to choose"
  }

  /// A session that could go on after its wait, and stands still while another takes a step.
  private func overtakenSession() -> (session: Int, step: Replayer.Step)? {
    var machine = self.machine.machine
    var choices: ContiguousArray<Choice> = []
    for step in steps where step.choice.kind == .step {
      choices.removeAll(keepingCapacity: true)
      machine.appendChoices(in: step.before, to: &choices)
      for (session, state) in step.before.database.sessions.enumerated()
      where session != Int(step.choice.session) && state.wait != .none && state.wait != .clock
        && choices.contains(Choice(.step, session: session))
      {
        return (session, step)
      }
    }
    return nil
  }
}
