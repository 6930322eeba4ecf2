/// Texts about the command itself, made from the table of its commands.
enum Generator {
  /// What the options of the whole program ask for, if they do.
  static func text(_ arguments: Arguments) -> String? {
    if let shell = arguments.text("--generate-completion-script").flatMap(Shell.init) {
      return shell.completions
    }
    return arguments.has("--generate-manual") ? ManualPage.text() : nil
  }
}

/// A shell that can be told what to offer after TAB.
enum Shell: String, CaseIterable {
  case bash, zsh, fish

  /// The script that tells it.
  var completions: String {
    switch self {
    case .bash: BashCompletion.script()
    case .zsh: ZshCompletion.script()
    case .fish: FishCompletion.script()
    }
  }

  /// A text between single quotes, as POSIX shells read it.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}

extension Command {
  /// What stands at its positions.
  var completion: Argument.Completion? { arguments.first?.completion }
}
