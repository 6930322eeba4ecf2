/// An option of a command, declared once: parsing, help and "did you mean" come from it.
struct Option: Sendable {
  /// What stands after the option.
  enum Kind: Sendable {
    /// Nothing: it is there or not.
    case flag
    case text(String)
    /// A whole number.
    case number(String, ClosedRange<Int>)
    /// `90s`, `10m`; in milliseconds.
    case duration
    /// `512m`, `4g`; in bytes.
    case size
    case choice([String])
    /// `kind=path`, with one of these kinds.
    case destination([String])
  }

  /// `--width`.
  var name: String
  /// `-q`.
  var short: String?
  var kind: Kind
  var help: String
  /// As the help shows it.
  var fallback: String?
  /// May be given several times.
  var isRepeating: Bool

  init(
    _ name: String, short: String? = nil, _ kind: Kind, _ help: String, default: String? = nil,
    isRepeating: Bool = false
  ) {
    self.name = name
    self.short = short
    self.kind = kind
    self.help = help
    fallback = `default`
    self.isRepeating = isRepeating
  }

  /// The value as usage texts show it: `<n>`; `nil` for a flag.
  var placeholder: String? {
    switch kind {
    case .flag: nil
    case .text(let name), .number(let name, _): "<\(name)>"
    case .duration: "<duration>"
    case .size: "<size>"
    case .choice(let words): "<" + words.joined(separator: "|") + ">"
    case .destination: "<kind>=<path>"
    }
  }
}

/// What a command takes besides options.
struct Argument: Sendable {
  /// `path`.
  var name: String
  var help: String
  var isOptional: Bool
  var isRepeating: Bool
  /// What a shell offers for it.
  var completion = Completion.files(suffix: ".race")

  /// What a word on the command line may be.
  enum Completion: Hashable, Sendable {
    /// Files whose names end so, and folders that may hold some.
    case files(suffix: String)
    case folders
    case words([String])
  }

  /// `[<path> ...]`.
  var usage: String {
    let inner = "<\(name)>" + (isRepeating ? " ..." : "")
    return isOptional ? "[\(inner)]" : inner
  }
}

/// A command, declared once.
struct Command: Sendable {
  var name: String
  var abstract: String
  var discussion: String
  var arguments: [Argument]
  var options: [Option]
  var isDefault = false

  /// All options, with those that every command has.
  var allOptions: [Option] { options + CommandTable.common }
}

/// All commands.
enum CommandTable {
  static let abstract = "Find and replay races between database writers."

  /// Options that every command has.
  static let common: [Option] = [
    Option(
      "--color", .choice(["auto", "always", "never"]), "Whether to use colour.", default: "auto"),
    Option("--ascii", .flag, "Draw with ASCII characters only."),
    Option(
      "--width", .number("columns", 40...400), "The columns that a line may take.",
      default: "100; on a terminal its width, at most 140"),
    Option("--version", .flag, "Show the version."),
    Option("--help", short: "-h", .flag, "Show help information."),
  ]

  /// What a step is.
  private static let machine: [Option] = [
    Option(
      "--granularity", .choice(["row", "statement"]),
      "What may be interleaved: row by row, or whole statements.", default: "row"),
    Option(
      "--isolationtester", .flag,
      "Step as PostgreSQL's isolationtester does: whole statements, BEGIN counted, waiters go on at "
        + "once."),
    Option("--count-begin", .flag, "BEGIN is a step of its own, always."),
  ]

  /// What is tried beside a finding.
  private static let evidence: [Option] = [
    Option(
      "--no-evidence", .flag,
      "Leave out what is tried beside a finding: passing runs, serial orders, levels, fixes."),
    Option("--no-verify-fixes", .flag, "Try no fixes; the rest of the evidence stays."),
  ]

  private static let look: [Option] = [
    Option(
      "--layout", .choice(["auto", "lanes", "list"]), "How a trace is laid out.", default: "auto"),
    Option("--verbose", short: "-v", .flag, "Show statements and results in full."),
  ]

  static let commands: [Command] = [
    check, replay, report, conform, spec, list, napkin, audit, initialize, explain,
  ]

  static let check = Command(
    name: "check", abstract: "Explore all interleavings of scenario files.",
    discussion: """
      Every scenario and every variant of it is explored until its invariants are proved or the shortest \
      interleaving that breaks them is found. Files without a title are for including; in a folder they \
      are passed over.
      """,
    arguments: [
      Argument(
        name: "path", help: "Scenario files, and folders that hold some. (default: Scenarios)",
        isOptional: true, isRepeating: true)
    ],
    options: machine + [
      Option("--no-symmetry", .flag, "Do not treat identical sessions as interchangeable."),
      Option("--no-split", .flag, "Explore sessions together that can never notice each other."),
      Option("--no-quiet-steps", .flag, "Interleave steps that nobody can notice, too."),
      Option("--no-late-waits", .flag, "Let waits begin also where they could begin later."),
      Option("--no-reduction", .flag, "All three of these."),
      Option("--no-memo", .flag, "Carry out every step anew; implies --no-reduction."),
      Option("--count", .flag, "Count the interleavings too, exactly; implies --no-reduction."),
      Option(
        "--max-states", .number("n", 1...4_000_000_000), "End a search after so many states.",
        default: "10000000"),
      Option("--max-memory", .size, "End a search at this much memory, such as 512m or 4g."),
      Option(
        "--spill", .text("folder"),
        "With --max-memory: put waiting states into a file there before memory runs out."),
      Option(
        "--max-depth", .number("n", 1...1_000_000_000), "End a search at runs of so many steps.",
        default: "10000"),
      Option("--timeout", .duration, "End a search after this time, such as 90s or 10m."),
      Option(
        "--strategy", .choice(["exhaustive", "uniform", "pct"]),
        "How to search: through everything, or in random runs, by equal chances or by random priorities.",
        default: "exhaustive"),
      Option("--runs", .number("n", 1...1_000_000_000), "How many random runs.", default: "1000"),
      Option(
        "--seed", .number("n", 0...4_000_000_000), "Where the drawing of random runs begins.",
        default: "1"),
      Option(
        "--depth", .number("n", 1...100),
        "The depth of the bugs that pct has a guaranteed chance to find.", default: "3"),
      Option("--variant", .text("name"), "Only this variant; \"base\" is the scenario as written."),
      Option(
        "--filter", .text("glob"),
        "Only models whose name matches: * stands for any letters, ? for one."),
      Option(
        "--threads", .number("n", 1...1024),
        "How many threads explore: several models at once, or one together.", default: "the cores"),
      Option(
        "--checkpoint", .text("file"),
        "Save how far the search of a model has got, for --resume: now and then, and when it ends early."
      ),
      Option(
        "--checkpoint-every", .duration, "The time between checkpoints.", default: "60s"),
      Option("--resume", .text("file"), "Go on from a checkpoint of the same model and options."),
      Option("--stop-at-first", .flag, "End a model's search at its first violation."),
      Option("--fail-fast", .flag, "End with the first model that fails."),
      Option(
        "--format", .choice(["text", "json", "github", "tap"]), "What to print.",
        default: "text; github in a GitHub workflow"),
      Option(
        "--report", .destination(ReportKind.kinds),
        """
        Also write a report to a file; its kind is \(ReportKind.list). With spec or psql the path is a folder: \
        each finding becomes a file that reproduces it on a server.
        """, isRepeating: true),
      Option("--explain-pass", .flag, "Show a sample run of every model that is proved."),
      Option("--times", .flag, "Print how long each search took."),
      Option("--quiet", short: "-q", .flag, "Print failures and totals only."),
    ] + evidence + look, isDefault: true)

  static let replay = Command(
    name: "replay", abstract: "Run one schedule and show what happens.",
    discussion: """
      Without --timeline, --token or --order, the file's only timeline is run. A run by --token or --order that \
      ends by breaking a rule is shown with why it does, and with what was tried beside it.
      """,
    arguments: [
      Argument(name: "file", help: "A scenario file.", isOptional: false, isRepeating: false)
    ],
    options: [
      Option("--timeline", .text("name"), "A timeline of the file."),
      Option("--token", .text("token"), "A token that a report has printed."),
      Option(
        "--order", .text("names"),
        "Sessions in the order of their steps; \"clock\" moves the clock."),
      Option("--variant", .text("name"), "Run a variant. (default: the token's, or the base)"),
      Option("--to", .number("step", 1...1_000_000_000), "Show the run up to this step."),
      Option(
        "--format",
        .choice(TraceFormat.allCases.map(\.rawValue) + ExportFormat.allCases.map(\.rawValue)),
        "What to print: \"spec\" is for PostgreSQL's isolationtester, \"psql\" a script that runs psql.",
        default: "text"),
    ] + machine + evidence + look)

  static let conform = Command(
    name: "conform", abstract: "Run schedules on a real PostgreSQL and compare.",
    discussion: """
      Counterexamples and timelines (or what the options say) are run statement by statement on a server, in \
      schemas that are removed again. Every result, error, wait and table must be as simulated. The server \
      "auto" is one of its own, in a temporary folder, from the programs that are installed.
      """,
    arguments: [
      Argument(
        name: "path", help: "Scenario files, and folders that hold some. (default: Scenarios)",
        isOptional: true, isRepeating: true)
    ],
    options: [
      Option(
        "--server", .text("url"),
        "Where to run: a URI or keywords as libpq takes them, or \"auto\".", default: "auto"),
      Option("--variant", .text("name"), "Only this variant; \"base\" is the scenario as written."),
      Option("--token", .text("token"), "Run the schedule that a report has printed."),
      Option("--timeline", .text("name"), "Run a timeline of the file."),
      Option(
        "--samples", .number("n", 1...1_000_000), "Run so many schedules drawn at random instead."),
      Option(
        "--seed", .number("n", 0...4_000_000_000), "Where the drawing begins.", default: "1"),
      Option(
        "--max-states", .number("n", 1...4_000_000_000),
        "End the search for counterexamples after so many states.", default: "10000000"),
      Option("--format", .choice(["text", "json"]), "What to print.", default: "text"),
      Option("--verbose", short: "-v", .flag, "Show every move, what was sent and what came back."),
    ])

  static let report = Command(
    name: "report", abstract: "Render a saved trace.",
    discussion: """
      The trace is what `replay --format json` prints; of what `check --format json` prints, each finding \
      is rendered.
      """,
    arguments: [
      Argument(
        name: "file", help: "A file with a trace as JSON; - for standard input.",
        isOptional: false, isRepeating: false, completion: .files(suffix: ".json"))
    ],
    options: [
      Option(
        "--to", .choice(TraceFormat.allCases.map(\.rawValue)), "What to render it as.",
        default: "text")
    ] + look)

  static let spec = Command(
    name: "spec", abstract: "Run PostgreSQL isolation specs as isolationtester does.",
    discussion: """
      Prints for each spec what PostgreSQL's isolationtester prints for it, without a server. With \
      --compare, that is compared with the .out files beside the spec: NAME.out, or one of NAME_0.out to \
      NAME_9.out; the exit code is 0 only if all agree.
      """,
    arguments: [
      Argument(
        name: "path", help: "Spec files, and folders that hold some.", isOptional: false,
        isRepeating: true, completion: .files(suffix: ".spec"))
    ],
    options: [
      Option("--compare", .flag, "Compare with the expected output beside each spec."),
      Option("--diff", .flag, "Compare, and show the lines that differ."),
      Option(
        "--explore", .flag,
        "Explore all interleavings of the sessions' steps instead, and show what can come of them."),
      Option(
        "--strict", .flag, "With --explore: exit with 1 if a deadlock or an error can happen."),
      Option("--count", .flag, "With --explore: count the interleavings too, exactly."),
      Option(
        "--max-states", .number("n", 1...4_000_000_000),
        "With --explore: end the search after so many states.", default: "10000000"),
    ] + machine + look)

  static let list = Command(
    name: "list", abstract: "List scenarios, writers, invariants, locks and expectations.",
    discussion: "",
    arguments: [
      Argument(
        name: "path", help: "Scenario files, and folders that hold some. (default: Scenarios)",
        isOptional: true, isRepeating: true)
    ],
    options: [])

  static let explain = Command(
    name: "explain", abstract: "Explain an anomaly (P4) or a message (RS0104).",
    discussion: "Without an argument, everything that can be explained is listed.",
    arguments: [
      Argument(
        name: "code", help: "A code or a name: P4, \"lost update\", RS0104.", isOptional: true,
        isRepeating: true, completion: .words(ExplainCommand.codes))
    ],
    options: [])
}
