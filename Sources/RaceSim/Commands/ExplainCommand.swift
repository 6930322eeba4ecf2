import Reports
import SQL

/// `racesim explain`: what an anomaly or a message means.
struct ExplainCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let style: Style

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    style = command.console.style(arguments)
  }

  /// Everything that can be explained, each as one word.
  static var codes: [String] {
    Glossary.entries.map(\.argument) + DiagnosticCode.allCases.map(\.rawValue)
  }

  func run() -> ExitStatus {
    let name = arguments.positionals.joined(separator: " ")
    if name.isEmpty {
      command.console.print(listing(), style)
      return .success
    }
    if let entry = Glossary.find(name) {
      command.console.print(Glossary.lines(entry, style: style), style)
      return .success
    }
    if let code = DiagnosticCode(rawValue: name.uppercased()) {
      command.console.print(lines(code), style)
      return .success
    }
    let candidates = Glossary.names + DiagnosticCode.allCases.map(\.rawValue)
    var notes = ["`racesim explain` lists what there is"]
    if let meant = didYouMean(name, among: candidates) {
      notes.insert("did you mean '\(meant)'?", at: 0)
    }
    command.fail("there is nothing called `\(name)`", notes: notes)
    return .usage
  }

  private func listing() -> [Line] {
    var lines = [Line("Anomalies", .strong)] + Glossary.listing(style: style)
    lines += [Line(), Line("Messages", .strong)]
    lines += DiagnosticCode.allCases.map { code in
      var line = Line("  ")
      line.append(code.rawValue, .strong)
      line.append("  \(code.title)")
      return line
    }
    return lines
  }

  private func lines(_ code: DiagnosticCode) -> [Line] {
    let explanation = code.explanation
    var head = Line("\(code.severity.rawValue)[\(code.rawValue)]", .strong)
    head.append(": \(explanation.title)", .strong)
    var lines = [head, Line()]
    if !explanation.text.isEmpty {
      lines += WordWrap.lines(explanation.text, width: min(style.width, 88)).map { Line($0) }
      lines.append(Line())
    }
    for (title, text) in [("wrong", explanation.wrong), ("right", explanation.right)]
    where !text.isEmpty {
      for (position, part) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        var line = Line("  ")
        line.append(position == 0 ? title : "", .dim)
        line.pad(to: 9)
        line.append(String(part))
        lines.append(line)
      }
    }
    return lines
  }
}
