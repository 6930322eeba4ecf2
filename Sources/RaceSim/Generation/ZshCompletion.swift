/// Completions for zsh.
enum ZshCompletion {
  /// The whole script.
  static func script() -> String {
    let names = CommandTable.commands.map { command in
      "    " + Shell.quoted("\(command.name):\(command.abstract)")
    }
    let cases = CommandTable.commands.map { "    \($0.name)) _racesim_\($0.name) ;;" }
    let functions = CommandTable.commands.map { command in
      function("_racesim_\(command.name)", command.allOptions, command.completion)
    }
    let top = function(
      "_racesim_top", CommandTable.check.allOptions + CommandTable.generators,
      CommandTable.check.completion)
    return """
      #compdef racesim
      # Completions of racesim \(RaceSimCommand.version) for zsh.
      #   racesim --generate-completion-script zsh > a folder of $fpath/_racesim

      # Offers `kind=`, and after it files.
      _racesim_destination() {
        if compset -P '*='; then
          _files
        else
          compadd -S = -- "$@"
        fi
      }

      \((functions + [top]).joined(separator: "\n\n"))

      _racesim() {
        local -a commands=(
      \(names.joined(separator: "\n"))
        )
        local -a names=(\(CommandTable.commands.map(\.name).joined(separator: " ")))
        if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
          _describe -t commands subcommand commands
        elif [[ $words[2] == help ]]; then
          ((CURRENT == 3)) && _describe -t commands subcommand commands
          return
        elif (($names[(Ie)$words[2]])); then
          local command=$words[2]
          shift words
          ((CURRENT--))
          case $command in
      \(cases.joined(separator: "\n"))
          esac
          return
        fi
        _racesim_top
      }

      if [[ $funcstack[1] == _racesim ]]; then
        _racesim "$@"
      else
        compdef _racesim racesim
      fi

      """
  }

  private static func function(
    _ name: String, _ options: [Option], _ completion: Argument.Completion?
  ) -> String {
    let lines = options.map { "    " + spec($0) } + (completion.map { ["    " + spec($0)] } ?? [])
    return "\(name)() {\n  _arguments -S \\\n\(lines.joined(separator: " \\\n"))\n}"
  }

  /// `'--color=[Whether to use colour.]:color:(auto always never)'`.
  private static func spec(_ option: Option) -> String {
    let help = "[\(escaped(option.help))]"
    let value = option.placeholder.map { ":\(escaped($0)):" + action(option.kind) } ?? ""
    let name = option.name + (value.isEmpty ? "" : "=")
    if let short = option.short {
      return "'(\(short) \(option.name))'{\(short),\(name)}" + Shell.quoted(help + value)
    }
    return Shell.quoted((option.isRepeating ? "*" : "") + name + help + value)
  }

  private static func action(_ kind: Option.Kind) -> String {
    switch kind {
    case .flag, .text, .number, .duration, .size: " "
    case .choice(let words): "(\(words.joined(separator: " ")))"
    case .destination(let kinds): "{_racesim_destination \(kinds.joined(separator: " "))}"
    }
  }

  private static func spec(_ completion: Argument.Completion) -> String {
    switch completion {
    case .files(let suffix): Shell.quoted("*:file:_files -g \"*\(suffix)\"")
    case .folders: Shell.quoted("1:folder:_files -/")
    case .words(let words): Shell.quoted("*:word:(\(words.joined(separator: " ")))")
    }
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "[]:\\".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}
