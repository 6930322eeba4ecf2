import Reports

/// `racesim init`: writes what a project needs to begin with.
struct InitCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
  }

  func run() -> ExitStatus {
    let folder = trimmed(arguments.positionals.first ?? ".")
    if command.finder.entry(folder) == .file {
      command.fail("`\(folder)` is a file", notes: ["name a folder, or none for the current one"])
      return .unwritableReport
    }
    let files = [
      (path(folder, Starter.scenarioPath), Starter.scenario),
      (path(folder, Starter.workflowPath), Starter.workflow),
    ]
    // All or nothing: a file that is there is somebody's.
    let present = files.map(\.0).filter { command.finder.entry($0) != .nothing }
    guard present.isEmpty else {
      for path in present { command.fail("`\(path)` is there already") }
      command.console.error("nothing was written\n")
      return .unwritableReport
    }
    for (path, text) in files {
      if let problem = command.files.create(text, path) {
        command.fail("`\(path)` cannot be written: \(problem)")
        return .unwritableReport
      }
      command.console.output("wrote \(path.visible)\n")
    }
    command.console.output(next(scenario: files[0].0, workflow: files[1].0, folder))
    return .success
  }

  private func next(scenario: String, workflow: String, _ folder: String) -> String {
    let place = folder == "." ? "" : " \(path(folder, "Scenarios").visible)"
    return """

      Next:
        racesim check\(place)         explores it: proved, and the race without the lock
        racesim check -v\(place)      shows the race step by step
        racesim napkin\(place)        draws who reads, locks and writes what
        racesim audit\(place)         says which locks matter

      Then put your own tables and SQL into \(scenario.visible).
      The workflow \(workflow.visible) needs the variables RACESIM_URL and RACESIM_TAG: where RaceSim is fetched from.

      """
  }

  private func path(_ folder: String, _ name: String) -> String {
    folder == "." ? name : folder == "/" ? "/" + name : folder + "/" + name
  }

  private func trimmed(_ folder: String) -> String {
    var folder = folder
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return folder.isEmpty ? "." : folder
  }
}
