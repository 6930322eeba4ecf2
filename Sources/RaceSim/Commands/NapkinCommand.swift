import Reports
import SQL
import Writers

/// `racesim napkin`: the writers and the tables they share.
struct NapkinCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
  }

  func run() -> ExitStatus {
    let (scenarios, _, status) = command.load(arguments)
    let style = command.console.style(arguments)
    var drawn = 0
    for scenario in scenarios {
      guard let model = scenario.model(named: arguments.text("--variant")) else { continue }
      let sketch = NapkinSketch(scenario, model: model, style: style)
      if arguments.text("--format") == "json" {
        command.console.output(sketch.json().compact + "\n")
      } else {
        if drawn > 0 { command.console.output("\n") }
        command.console.print(sketch.lines(), style)
      }
      drawn += 1
    }
    guard drawn == 0, status == .success else { return status }
    command.failWithoutModel("there is nothing to draw", scenarios, arguments)
    return .nothing
  }
}

extension Scenario {
  /// The variant that `--variant` names: the scenario as written without one, and for `base`.
  func model(named name: String?) -> Model? {
    let wanted = name == "base" ? "" : name ?? ""
    return models.first { $0.name == wanted }
  }
}

extension RaceSimCommand {
  /// Says that no scenario has the variant that was asked for, and which one may have been meant.
  func failWithoutModel(_ message: String, _ scenarios: [Scenario], _ arguments: Arguments) {
    var notes: [String] = []
    if let wanted = arguments.text("--variant"), !scenarios.isEmpty {
      let names = scenarios.flatMap(\.models).map(\.name).filter { !$0.isEmpty }
      notes.append("there is no variant '\(wanted)'")
      if let meant = didYouMean(wanted, among: names) { notes.append("did you mean '\(meant)'?") }
    }
    if scenarios.isEmpty {
      notes += ["scenario files end in .race and begin with a title", Self.starterNote]
    }
    fail(message, notes: notes)
  }
}
