import Postgres
import SQL
package import Writers

/// Runs cases in the simulation and on a server, and says whether they agree.
package struct Judge {
  package enum Verdict: Sendable {
    case agreed(Transcript)
    /// They agree but for something that a server is free to choose.
    case accepted(Freedom)
    case differs(Difference, ours: Transcript, servers: Transcript)
    /// The simulation refuses the case, or the server its setup.
    case refused(String)
    /// The server came to no rest, and nothing can be said.
    case unsettled(String)
  }

  /// What a server is free to choose.
  package enum Freedom: String, Hashable, Sendable, CaseIterable {
    /// Rows, or notices of rows, came in another order, in a statement without ORDER BY.
    case order = "order of rows"
    /// Of several sessions that one end wakes, another went on first; the simulation does the same when told.
    case wakes = "who wakes first"
    /// The server did something else when it was asked once more, and then agreed.
    case races = "other runs of the server"
  }

  private let server: ServerRun
  /// How many times longer all times are, for each time that a server is asked again where it does not agree, or
  /// comes to no rest: so a machine that is busy with other things has the time that it needs.
  package var patience = [1, 4, 12]
  /// How many orders of waking are tried.
  package var wakesLimit = 40

  package init(_ server: ServerRun) { self.server = server }

  /// Compiles a case.
  package static func compile(_ it: DifferentialCase) -> (compiled: CompiledSpec?, problem: String)
  {
    let file = SourceFile(path: "case.spec", text: it.spec.text)
    let (compiled, diagnostics, _) = SpecCompiler.compile(file)
    guard let compiled else {
      let first = diagnostics.first
      return (nil, "\(first?.code.rawValue ?? ""): \(first?.message ?? "")")
    }
    return (compiled, "")
  }

  /// Judges one order of a case.
  package func judge(_ compiled: CompiledSpec, order: [String]) -> Verdict {
    let looks = compiled.spec.sessions.last?.steps.map(\.name.text) ?? []
    let order = order.contains(where: looks.contains) ? order : order + looks
    let ours = SimulatedRun.run(compiled, order: order)
    if let refusal = ours.refusal { return .refused(refusal) }
    let seconds = timers(compiled.spec)
    let hasTimeout = compiled.spec.sessions.flatMap(\.steps).contains {
      $0.block.text.contains("_timeout")
    }
    var verdict = ask(
      compiled, order, ours, ours.hasMetCycle || hasTimeout ? seconds : 0, slowness: 1)
    for slowness in patience {
      switch verdict {
      case .differs, .unsettled: break
      case .agreed, .accepted, .refused: return verdict
      }
      verdict = ask(compiled, order, ours, seconds, slowness: slowness)
      if case .agreed = verdict { return .accepted(.races) }
    }
    return verdict
  }

  /// Runs the order on the server once, with all times so many times longer.
  private func ask(
    _ compiled: CompiledSpec, _ order: [String], _ ours: SimulatedRun.Outcome, _ seconds: Double,
    slowness: Int
  ) -> Verdict {
    do throws(PostgresError) {
      let servers = try server.run(
        compiled.spec, order: order, timersSeconds: seconds, slowness: slowness)
      let verdict = compare(ours.transcript, servers, compiled.spec)
      guard case .differs = verdict else { return verdict }
      let agrees = agreesWhenWokenOtherwise(compiled, order, ours, servers)
      return agrees ? .accepted(.wakes) : verdict
    } catch {
      return .unsettled(error.description)
    }
  }

  /// How long all sessions take to look for deadlocks.
  private func timers(_ spec: Spec) -> Double {
    let count = spec.sessions.count - 1
    let last = DifferentialCase.firstTimeout + DifferentialCase.nextTimeout * max(count - 1, 0)
    return Double(last + DifferentialCase.nextTimeout) / 1000
  }

  private func compare(_ ours: Transcript, _ servers: Transcript, _ spec: Spec) -> Verdict {
    guard let difference = Difference.first(ours: ours, servers: servers) else {
      return .agreed(ours)
    }
    if difference.kind == .order, let place = spec.place(ofStep: difference.step) {
      // The last looks are at the tables' rows, in whatever order those stand.
      if place.session == spec.sessions.count - 1 { return .agreed(ours) }
      let sql = spec.sessions[place.session].steps[place.step].block.text
      if !Self.givesOrder(sql) { return .accepted(.order) }
    }
    return .differs(difference, ours: ours, servers: servers)
  }

  /// Whether each of the statements says in which order its rows come: behind all brackets.
  static func givesOrder(_ sql: String) -> Bool {
    sql.split(separator: ";").allSatisfy { statement in
      let isBlank = statement.allSatisfy(\.isWhitespace)
      let end = statement.lastIndex(of: ")").map { statement[$0...] } ?? statement
      return isBlank || end.contains("ORDER BY")
    }
  }

  /// Whether the simulation does what the server has done if other sessions wake first.
  private func agreesWhenWokenOtherwise(
    _ compiled: CompiledSpec, _ order: [String], _ first: SimulatedRun.Outcome,
    _ servers: Transcript
  ) -> Bool {
    var open: [[Int]] = Self.neighbours(of: [], first.wakeCounts)
    var tried = 0
    while let wakes = open.popLast(), tried < wakesLimit {
      tried += 1
      let outcome = SimulatedRun.run(compiled, order: order, wakes: wakes)
      guard case .differs = compare(outcome.transcript, servers, compiled.spec) else { return true }
      open += Self.neighbours(of: wakes, outcome.wakeCounts)
    }
    return false
  }

  /// The choices that begin as these and then differ from the usual in one.
  private static func neighbours(of wakes: [Int], _ counts: [Int]) -> [[Int]] {
    guard wakes.count < counts.count else { return [] }
    return (wakes.count..<counts.count).flatMap { position in
      (1..<max(counts[position], 1)).map { choice in
        wakes + Array(repeating: 0, count: position - wakes.count) + [choice]
      }
    }
  }
}
