import Reports

/// Where a command writes, and what it may know of the outside.
///
/// Data go to standard output; progress, notes and mistakes to standard error. Tests have a console of their
/// own.
struct Console {
  var output: (String) -> Void
  var error: (String) -> Void
  var isOutputTerminal = false
  var isErrorTerminal = false
  /// The terminal's columns, if there is one.
  var terminalWidth: Int?
  var environment: [String: String] = [:]
  /// How many threads may search at once.
  var cores = 1
  /// Seconds on a clock that never runs backwards.
  var monotonicSeconds: @Sendable () -> Double = { 0 }

  /// Whether to colour what goes to standard output (or standard error): the option, then `NO_COLOR`, then
  /// `FORCE_COLOR` and `CLICOLOR_FORCE`, then whether it is a terminal.
  func usesColor(_ option: String?, isError: Bool = false) -> Bool {
    switch option {
    case "always": return true
    case "never": return false
    default: break
    }
    if let value = environment["NO_COLOR"], !value.isEmpty { return false }
    for name in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
      if let value = environment[name], !value.isEmpty { return value != "0" }
    }
    let isTerminal = isError ? isErrorTerminal : isOutputTerminal
    return isTerminal && environment["TERM"] != "dumb"
  }

  /// How to print, from the options that all commands share.
  func style(_ arguments: Arguments) -> Style {
    var style = Style()
    style.usesASCII = arguments.has("--ascii")
    style.usesColor = usesColor(arguments.text("--color"))
    style.isVerbose = arguments.has("--verbose")
    if let layout = arguments.text("--layout").flatMap(Style.Layout.init) { style.layout = layout }
    if let width = arguments.number("--width") {
      style.width = width
    } else if isOutputTerminal, let width = terminalWidth {
      style.width = min(max(width, Style.widthMin), 140)
    }
    return style
  }

  /// Prints lines to standard output.
  func print(_ lines: [Line], _ style: Style) {
    if !lines.isEmpty { output(lines.text(style)) }
  }
}
