import SQL
import Testing
import Writers

@testable import Scheduler

/// What suites about the search ask of a model.
enum ModelRuns {
  /// The first model of a scenario.
  static func model(_ text: String) throws -> Model {
    let result = ScenarioCompiler.compile(path: "m.race") { _ in Array(text.utf8) }
    let scenario = try #require(result.scenario, "\(result.diagnostics.map(\.message))")
    return scenario.models[0]
  }

  /// A search that leaves out what it can, from its first state on.
  static func search(_ model: Model) throws -> Search<ComponentSystem> {
    var options = ExplorationOptions()
    options.quietThreshold = 0
    var search = Search(
      system: ComponentSystem(
        model: model, options: options.machine, delaysWaits: true, takesQuietSteps: true),
      sessionCount: model.sessions.count, options: options, isReduced: true)
    try search.run()
    return search
  }

  /// What is found with nothing left out.
  static func plain(_ model: Model) throws -> Exploration {
    var options = ExplorationOptions()
    options.takesQuietSteps = false
    options.delaysWaits = false
    var explorer = Explorer(model: model, options: options)
    return try explorer.run()
  }

  /// The schedule of the shortest way to one of the states.
  static func schedule(
    to states: Int, in search: inout Search<ComponentSystem>, of model: Model
  ) throws -> (path: Path, schedule: [Choice]) {
    let path = try #require(try search.shortestPaths(to: [states]).first)
    let schedule = try #require(
      try search.schedule(along: path, groups: model.sessions.map(\.group)))
    return (path, schedule)
  }

  /// The state that a schedule leads to, each choice of which must be there.
  static func follow(_ schedule: [Choice], _ machine: inout Machine) throws -> MachineState {
    var state = try machine.initialState()
    var recorder = Recorder(isOn: false)
    for choice in schedule {
      var choices: ContiguousArray<Choice> = []
      machine.appendChoices(in: state, to: &choices)
      try #require(choices.contains(choice))
      _ = machine.apply(choice, to: &state, recorder: &recorder)
    }
    return state
  }
}
