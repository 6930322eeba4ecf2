import Reports

/// Commands that help to write scenarios, and what is made from the table itself.
extension CommandTable {
  /// Options that stand before any command.
  static let generators: [Option] = [
    Option(
      "--generate-completion-script", .choice(Shell.allCases.map(\.rawValue)),
      "Print the completions for a shell."),
    Option("--generate-manual", .flag, "Print the manual page racesim(1)."),
  ]

  static let napkin = Command(
    name: "napkin",
    abstract: "Draw the writers and the tables they share: who reads, guards, locks, writes what.",
    discussion: """
      A table of writers and tables, taken from the compiled programs with the functions that they call, and \
      below it the columns over which writers meet.
      """,
    arguments: [
      Argument(
        name: "path", help: "Scenario files, and folders that hold some. (default: Scenarios)",
        isOptional: true, isRepeating: true)
    ],
    options: [
      Option("--variant", .text("name"), "Draw a variant; \"base\" is the scenario as written."),
      Option(
        "--format", .choice(["text", "json"]), "What to print; as JSON, a line for each scenario.",
        default: "text"),
    ])

  static let audit = Command(
    name: "audit", abstract: "Remove each explicit lock and re-explore: which of them matter?",
    discussion: """
      Each FOR UPDATE and its kin is left out in turn, as `without lock N` does, and the scenario is explored \
      again. Then all that make no difference alone are left out together, for two locks can stand in for \
      each other. Conditions in WHERE are not removed. The exit code is 0 whatever the answer is; it is 2 if \
      a search hits a bound.
      """,
    arguments: [
      Argument(
        name: "path", help: "Scenario files, and folders that hold some. (default: Scenarios)",
        isOptional: true, isRepeating: true)
    ],
    options: [
      Option("--variant", .text("name"), "Audit a variant; \"base\" is the scenario as written."),
      Option(
        "--max-states", .number("n", 1...4_000_000_000), "End a search after so many states.",
        default: "10000000"),
      Option("--timeout", .duration, "End a search after this time, such as 90s or 10m."),
      Option(
        "--format", .choice(["text", "json"]), "What to print; as JSON, a line for each scenario.",
        default: "text"),
      Option("--quiet", short: "-q", .flag, "Show no progress."),
      Option("--verbose", short: "-v", .flag, "Show the counterexamples in full."),
    ])

  static let initialize = Command(
    name: "init", abstract: "Write a starter scenario and a CI workflow.",
    discussion: """
      Writes \(Starter.scenarioPath) and \(Starter.workflowPath) into the folder, and says what to do next. \
      Nothing that is there is overwritten.
      """,
    arguments: [
      Argument(
        name: "folder", help: "Where to write. (default: the current folder)", isOptional: true,
        isRepeating: false, completion: .folders)
    ],
    options: [])

  /// The variables that the program reads.
  static let environment: [(name: String, meaning: String)] = [
    ("NO_COLOR", "Not empty: no colour, unless --color says otherwise."),
    (
      "FORCE_COLOR, CLICOLOR_FORCE",
      "Not empty: colour also where nothing is a terminal; 0: no colour."
    ),
    ("TERM", "dumb: no colour."),
    ("RACESIM_PG_BINDIR", "Where conform finds the programs of PostgreSQL."),
    ("RACESIM_LIBPQ", "The file of libpq that conform loads."),
    ("GITHUB_ACTIONS", "true: check prints annotations as --format github does."),
    ("GITHUB_STEP_SUMMARY", "The file to which --format github adds its summary."),
  ]
}

extension ExitStatus {
  /// What the exit code means.
  var meaning: String {
    switch self {
    case .success: "Everything came out as the scenarios say."
    case .violation: "A violation that nobody expected, or an expected one that did not happen."
    case .inconclusive: "A bound was hit before a search was complete."
    case .divergence: "The schedule no longer fits the scenario."
    case .nothing: "No scenario was found."
    case .usage: "Wrong usage."
    case .invalidScenario: "A scenario file has errors."
    case .unreadableFile: "A file cannot be read."
    case .unavailable: "There is no PostgreSQL to run on (conform)."
    case .software: "A mistake in RaceSim."
    case .unwritableReport: "A file cannot be written."
    case .interrupted: "Interrupted; what was found so far is printed."
    }
  }
}
