package import SQL
package import Scheduler
import Store
package import Writers

/// Runs schedules of one model on a server, in schemas of its own that are gone when it is closed.
package final class ConformSession {
  private let script: ScenarioScript
  private let group: SessionGroup
  private let worlds: WorldConnections
  private let namespace: ServerNamespace
  private var machine: SteeredMachine
  private let model: Model
  private let preparation: Preparation

  /// What keeps a model from being run at all.
  package enum Obstacle: Error {
    case server(PostgresError)
    /// The scenario's own text, which the server refuses or which cannot be said to it.
    case text(reason: String, SourceSpan?)
    case setup(Diagnostic)
  }

  /// Connects as often as the model has sessions.
  package init(
    scenario: Scenario, model: Model, libpq: Libpq, target: String
  ) throws(Obstacle) {
    self.model = model
    let preparation = Preparation()
    self.preparation = preparation
    do throws(PostgresError) {
      group = try SessionGroup(libpq, target: target, count: model.sessions.count) {
        (connection, session) throws(PostgresError) in
        try preparation.prepare(connection, session)
      }
    } catch {
      throw .server(error)
    }
    let names = NamespaceNames(number: group.control.backendPID)
    do throws(UnsupportedText) {
      script = try ScenarioScript(model: model, syntax: scenario.syntax, namespace: names)
    } catch {
      throw .text(reason: error.reason, error.span)
    }
    worlds = WorldConnections(libpq, target: target, searchPath: names.worldSearchPath)
    namespace = ServerNamespace(script: script, group: group)
    machine = SteeredMachine(script: script)
    preparation.names = names
    preparation.model = model
  }

  /// Makes the sessions' connections ready; told of the names once they are known.
  private final class Preparation {
    var names: NamespaceNames?
    var model: Model?
    var victims: [Int] = []

    func prepare(_ connection: Connection, _ session: Int) throws(PostgresError) {
      guard let names, let model else { return }
      let level =
        switch model.sessions[session].isolation {
        case .readCommitted: "read committed"
        case .repeatableRead: "repeatable read"
        case .serializable: "serializable"
        }
      try connection.execute(
        ServerNamespace.settings + "; SET search_path = \(names.searchPath); "
          + "SET racesim.session = '\(session)'; "
          + ServerNamespace.transactionStart(model.clock[0])
          + "; SET default_transaction_isolation = '\(level)'")
      // Who looks for a deadlock first fails in it. Only a superuser may say when; without that a deadlock
      // takes the server's own time, and its victim is the server's choice.
      let wait = victims.isEmpty ? "100ms" : victims.contains(session) ? "400ms" : "5s"
      _ = try connection.run("SET deadlock_timeout = '\(wait)'")
    }
  }

  // MARK: Schedules

  /// Runs a recorded schedule.
  package func run(name: String, steps: [Replayer.Step]) throws(Obstacle) -> Conformance {
    var projection = ScheduleProjection(machine: machine, steps: steps)
    let initial: SteeredMachine.Situation
    do throws(Diagnostic) { initial = try machine.initial() } catch { throw .setup(error) }
    let found: ScheduleProjection.Result
    do throws(ScheduleProjection.Failure) {
      found = try projection.project(from: initial)
    } catch {
      return Conformance(name: name, outcome: .notReproducible(reason: error.reason))
    }
    preparation.victims = found.victims
    defer { preparation.victims = [] }
    return try onServer(name: name) { (run) throws(PostgresError) in try run.run(found.moves) }
  }

  /// Runs a schedule whose moves are drawn by a generator.
  package func sample(
    name: String, generator: inout SplitMix64, limit: Int = 10_000
  ) throws(Obstacle) -> Conformance {
    var own = generator
    defer { generator = own }
    return try onServer(name: name) { (run) throws(PostgresError) in
      try run.run(limit: limit) { own.below($0) }
    }
  }

  private func onServer(
    name: String, _ body: (inout ConformRun) throws(PostgresError) -> Conformance
  ) throws(Obstacle) -> Conformance {
    do throws(ServerNamespace.SetupFailure) {
      do throws(PostgresError) {
        try group.openGates()
        try group.reset()
      } catch {
        throw ServerNamespace.SetupFailure(error: error, text: nil)
      }
      try namespace.make(firstInstant: model.clock[0])
    } catch {
      guard let text = error.text, case .statementFailed(_, let reason) = error.error else {
        throw .server(error.error)
      }
      throw .text(
        reason: "the server refuses this: \(reason.state): \(reason.message)", text.span)
    }
    var run: ConformRun
    do throws(Diagnostic) {
      run = try ConformRun(name: name, machine: machine, group: group, worlds: worlds)
    } catch {
      throw .setup(error)
    }
    do throws(PostgresError) {
      try group.closeGates()
      return try body(&run)
    } catch {
      throw .server(error)
    }
  }

  /// Removes the schemas and closes the connections; safe to call twice, and after an error.
  package func close() {
    worlds.close()
    for session in group.sessions where session.isBusy { session.cancel() }
    _ = try? group.openGates()
    for session in group.sessions { session.close() }
    _ = try? namespace.drop()
    group.close()
  }
}
