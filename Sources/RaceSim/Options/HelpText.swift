import Reports

/// Help in the shape of swift-argument-parser.
enum HelpText {
  private static let textColumn = 26

  /// `racesim --help`.
  static func top(width: Int) -> String {
    var text = "OVERVIEW: \(CommandTable.abstract)\n\nUSAGE: racesim <subcommand>\n\nOPTIONS:\n"
    for option in CommandTable.common + CommandTable.generators {
      text += line(option, width: width)
    }
    text += "\nSUBCOMMANDS:\n"
    for command in CommandTable.commands {
      let name = command.name + (command.isDefault ? " (default)" : "")
      text += entry(name, command.abstract, width: width)
    }
    return text + "\n  See 'racesim help <subcommand>' for detailed help.\n"
  }

  /// `racesim check --help`.
  static func text(of command: Command, width: Int) -> String {
    var text = "OVERVIEW: \(command.abstract)\n\n"
    if !command.discussion.isEmpty {
      text += WordWrap.lines(command.discussion, width: width).joined(separator: "\n") + "\n\n"
    }
    text += "USAGE: \(usage(of: command))\n"
    if !command.arguments.isEmpty {
      text += "\nARGUMENTS:\n"
      for argument in command.arguments {
        text += entry("<\(argument.name)>", argument.help, width: width)
      }
    }
    text += "\nOPTIONS:\n"
    for option in command.allOptions { text += line(option, width: width) }
    return text
  }

  /// `racesim check [<options>] [<path> ...]`.
  static func usage(of command: Command) -> String {
    (["racesim", command.name, "[<options>]"] + command.arguments.map(\.usage))
      .joined(separator: " ")
  }

  /// What is printed for a command line that does not fit.
  static func text(of error: UsageError) -> String {
    var text = "Error: \(error.message.visible)\n"
    let command = CommandTable.commands.first { $0.name == error.command }
    text += "Usage: \(command.map(usage) ?? "racesim <subcommand>")\n"
    let help = command.map { "racesim \($0.name) --help" } ?? "racesim --help"
    return text + "  See '\(help)' for more information.\n"
  }

  private static func line(_ option: Option, width: Int) -> String {
    var names = [option.short, option.name].compactMap { $0 }.joined(separator: ", ")
    if let placeholder = option.placeholder { names += " \(placeholder)" }
    var help = option.help
    if let fallback = option.fallback { help += " (default: \(fallback))" }
    return entry(names, help, width: width)
  }

  private static func entry(_ name: String, _ help: String, width: Int) -> String {
    let lines = WordWrap.lines(help, width: max(20, width - textColumn))
    let space = String(repeating: " ", count: textColumn)
    var text = "  " + name
    if TextWidth.columns(of: text) + 2 > textColumn {
      text += "\n" + space
    } else {
      text = text.padded(to: textColumn)
    }
    return text + lines.joined(separator: "\n" + space) + "\n"
  }
}
