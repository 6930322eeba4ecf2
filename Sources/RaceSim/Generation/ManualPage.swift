import Reports

/// The manual page racesim(1), in the language mdoc.
enum ManualPage {
  /// When the page was last changed in substance; the page is the same wherever it is made.
  private static let date = "November 21, 2026"

  /// The whole page.
  static func text() -> String {
    var page = Mdoc()
    page.macro("Dd", date)
    page.macro("Dt", "RACESIM 1")
    page.macro("Os")
    page.macro("Sh", "NAME")
    page.macro("Nm", "racesim")
    page.macro("Nd", "find and replay races between database writers")
    page.macro("Sh", "SYNOPSIS")
    for command in CommandTable.commands { synopsis(of: command, &page) }
    for option in CommandTable.generators { page.macro("Nm"); page.macro("Fl", named(option)) }
    description(&page)
    page.macro("Sh", "COMMANDS")
    for command in CommandTable.commands { section(on: command, &page) }
    page.macro("Sh", "COMMON OPTIONS")
    page.text("Every command has these:")
    options(CommandTable.common, &page)
    page.text("Without a command:")
    options(CommandTable.generators, &page)
    environment(&page)
    exitStatus(&page)
    examples(&page)
    page.macro("Sh", "SEE ALSO")
    page.text("docs/SCENARIOS.md in the source describes the language of scenario files.")
    return page.lines.joined(separator: "\n") + "\n"
  }

  private static func description(_ page: inout Mdoc) {
    page.macro("Sh", "DESCRIPTION")
    page.macro("Nm")
    page.text(
      """
      takes the SQL of several writers from a scenario file and explores every interleaving of them, in a \
      store that behaves as PostgreSQL does. It proves the invariants of the scenario, or shows the shortest \
      interleaving that breaks them. The same input gives the same output, byte for byte.
      """)
    page.macro("Pp")
    page.text("Data go to standard output, progress and mistakes to standard error.")
  }

  private static func synopsis(of command: Command, _ page: inout Mdoc) {
    page.macro("Nm")
    let name = command.name
    page.macro(command.isDefault ? "Op" : "Cm", command.isDefault ? "Cm \(name)" : name)
    page.macro("Op", "Ar options")
    for argument in command.arguments {
      let name = argument.name + (argument.isRepeating ? " ..." : "")
      page.macro(argument.isOptional ? "Op" : "Ar", argument.isOptional ? "Ar \(name)" : name)
    }
  }

  private static func section(on command: Command, _ page: inout Mdoc) {
    page.macro("Ss", command.name)
    page.text(command.abstract)
    if !command.discussion.isEmpty {
      page.macro("Pp")
      page.text(command.discussion)
    }
    guard !command.arguments.isEmpty || !command.options.isEmpty else { return }
    page.macro("Bl", "-tag -width Ds")
    for argument in command.arguments {
      page.macro("It", "Ar \(argument.name)")
      page.text(argument.help)
    }
    for option in command.options { item(option, &page) }
    page.macro("El")
  }

  private static func options(_ options: [Option], _ page: inout Mdoc) {
    page.macro("Bl", "-tag -width Ds")
    for option in options { item(option, &page) }
    page.macro("El")
  }

  private static func item(_ option: Option, _ page: inout Mdoc) {
    let short = option.short.map { "Fl \($0.dropFirst()) , " } ?? ""
    page.macro("It", short + "Fl " + named(option))
    page.text(option.help + (option.fallback.map { " (default: \($0))" } ?? ""))
  }

  /// An option as an argument of the macro Fl, with its value: `-width Ar columns`.
  private static func named(_ option: Option) -> String {
    let name = "-" + option.name.dropFirst(2).replacing("-", with: "\\-")
    switch option.kind {
    case .flag: return name
    case .text(let value), .number(let value, _): return "\(name) Ar \(value)"
    case .duration: return "\(name) Ar duration"
    case .size: return "\(name) Ar size"
    case .choice(let words): return "\(name) Cm \(words.joined(separator: " | "))"
    case .destination: return "\(name) Ar kind Ns = Ns Ar path"
    }
  }

  private static func environment(_ page: inout Mdoc) {
    page.macro("Sh", "ENVIRONMENT")
    page.macro("Bl", "-tag -width Ds")
    for (names, meaning) in CommandTable.environment {
      page.macro("It", "Ev " + names.replacing(", ", with: " , "))
      page.text(meaning)
    }
    page.macro("El")
  }

  private static func exitStatus(_ page: inout Mdoc) {
    page.macro("Sh", "EXIT STATUS")
    page.macro("Bl", "-tag -width 999")
    for status in ExitStatus.allCases {
      page.macro("It", String(status.rawValue))
      page.text(status.meaning)
    }
    page.macro("El")
  }

  private static func examples(_ page: inout Mdoc) {
    page.macro("Sh", "EXAMPLES")
    for (text, command) in [
      ("Write a scenario to begin with, and check it:", "racesim init && racesim check"),
      (
        "Check all scenarios of a folder in CI, with reports:",
        "racesim check Scenarios --report junit=races.xml --report sarif=races.sarif"
      ),
      (
        "Show the run again that a report has printed:",
        "racesim replay Scenarios/seats.race --token rs1_9c41e07a_aabbabb_k3"
      ),
      ("Learn what a lost update is:", "racesim explain P4"),
    ] {
      page.text(text)
      page.macro("Bd", "-literal -offset indent")
      page.literal(command)
      page.macro("Ed")
      page.macro("Pp")
    }
    // A paragraph at the end of a section is none.
    page.lines.removeLast()
  }
}

/// Lines of a page in the language mdoc.
private struct Mdoc {
  var lines: [String] = []

  /// A macro with its arguments, which are written as they are.
  mutating func macro(_ name: String, _ arguments: String = "") {
    lines.append(arguments.isEmpty ? ".\(name)" : ".\(name) \(arguments)")
  }

  /// A paragraph; each sentence begins a line of its own, as mdoc asks for.
  mutating func text(_ text: String) {
    var sentence = ""
    for word in text.split(separator: " ") {
      sentence += sentence.isEmpty ? String(word) : " " + word
      guard word.hasSuffix(".") || word.hasSuffix(".)") else { continue }
      add(sentence)
      sentence = ""
    }
    if !sentence.isEmpty { add(sentence) }
  }

  /// One line of an example.
  mutating func literal(_ line: String) { lines.append(Self.escaped(line)) }

  private mutating func add(_ sentence: String) {
    lines += WordWrap.lines(sentence, width: 72).map(Self.escaped)
  }

  /// A text line: backslashes, hyphens of options and signs that would begin a request.
  private static func escaped(_ text: String) -> String {
    var result = text.replacing("\\", with: "\\e").replacing("--", with: "\\-\\-")
    if result.hasPrefix(".") || result.hasPrefix("'") { result = "\\&" + result }
    return result
  }
}
