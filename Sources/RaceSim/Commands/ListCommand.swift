import Reports
import SQL
import Store
import Writers

/// `racesim list`: what the scenarios hold.
struct ListCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let style: Style

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    style = command.console.style(arguments)
  }

  func run() -> ExitStatus {
    let (scenarios, _, status) = command.load(arguments)
    if scenarios.isEmpty, status == .success {
      command.fail("there is no scenario to list")
      return .nothing
    }
    for (position, scenario) in scenarios.enumerated() {
      if position > 0 { command.console.output("\n") }
      command.console.print(lines(of: scenario), style)
    }
    return status
  }

  private func lines(of scenario: Scenario) -> [Line] {
    var title = Line(scenario.path.visible, .strong)
    title.append("  \(scenario.title.visible)")
    var lines = [title]
    guard let base = scenario.models.first else { return lines }
    lines += writers(of: base)
    lines += section("invariants", base.invariants.map { ($0.name, detail(of: $0)) })
    lines += section("locks", locks(of: base))
    lines += section("faults", base.faults.map { (faultName($0, base), "up to \($0.limit)") })
    lines += section(
      "expects", scenario.models.map { (modelName($0), Self.text($0.expectation)) })
    lines += section("timelines", scenario.timelines.map { ($0.name, $0.text) })
    return lines
  }

  /// A list of names with what belongs to them; nothing if it is empty.
  private func section(_ title: String, _ items: [(String, String)]) -> [Line] {
    let width = min(44, items.map { TextWidth.columns(of: $0.0.visible) }.max() ?? 0)
    return items.enumerated().flatMap { position, item in
      let start = 16 + width
      let texts = WordWrap.lines(item.1.visible, width: max(24, style.width - start))
      var head = Line("  ")
      head.append(position == 0 ? title : "", .dim)
      head.pad(to: 14)
      head.append(item.0.visible)
      var lines = [head]
      if head.width + 2 > start { lines.append(Line()) }
      for (row, text) in texts.enumerated() {
        var line = row == 0 ? lines.removeLast() : Line()
        line.pad(to: start)
        line.append(text, .dim)
        lines.append(line)
      }
      return lines
    }
  }

  // MARK: Parts of a model

  private func writers(of model: Model) -> [Line] {
    var names: [String] = []
    for session in model.sessions where !names.contains(session.writer) {
      names.append(session.writer)
    }
    return section(
      "writers",
      names.map { name in
        let sessions = model.sessions.filter { $0.writer == name }
        var parts = [sessions.first.map { "\($0.isolation.name.lowercased())" } ?? ""]
        if sessions.contains(where: { model.manyGroups.contains($0.group) }) {
          parts.append("any number of sessions: \(name)#1, …")
        } else if sessions.count > 1 {
          let shown = sessions.prefix(4).map(\.name).joined(separator: ", ")
          let more = sessions.count > 4 ? ", …" : ""
          parts.append("\(sessions.count) sessions: \(shown)\(more)")
        }
        if let retries = sessions.first?.retries, retries > 0 {
          let isBounded = retries != SessionDefinition.asOftenAsItTakes
          parts.append(isBounded ? "retry \(retries)" : "retry")
        }
        if let session = sessions.first, session.restarts > 0 {
          let cause = session.restartsOnCrashOnly ? " on crash" : ""
          parts.append("restarts \(session.restarts)\(cause)")
        }
        return (name, parts.joined(separator: ", "))
      })
  }

  private func detail(of invariant: Invariant) -> String {
    invariant.text.isEmpty
      ? invariant.moment.rawValue : "\(invariant.moment.rawValue): \(invariant.text)"
  }

  /// The explicit locks by their numbers, which `without lock` takes.
  private func locks(of model: Model) -> [(String, String)] {
    let sources = model.program.sources
    return model.lockSites.map { site in
      let text = sources.text(of: site.span).split(whereSeparator: \.isWhitespace)
      let place = "\(sources.file(of: site.span).path):\(sources.position(of: site.span).line)"
      return ("\(site.number)", "\(text.joined(separator: " ")), \(place)")
    }
  }

  private func faultName(_ fault: Fault, _ model: Model) -> String {
    let writers = fault.sessions.filter(model.sessions.indices.contains)
      .map { model.sessions[$0].writer }
    var names: [String] = []
    for writer in writers where !names.contains(writer) { names.append(writer) }
    return "crash " + names.joined(separator: ", ")
  }

  private func modelName(_ model: Model) -> String {
    model.name.isEmpty ? "as written" : "\"\(model.name)\""
  }

  private static func text(_ expectation: Expectation) -> String {
    switch expectation {
    case .none: "nothing said: must be proved"
    case .proved: "proved"
    case .violated(let names):
      names.isEmpty ? "violated" : "violated \(names.joined(separator: ", "))"
    case .inconclusive: "inconclusive"
    }
  }
}
