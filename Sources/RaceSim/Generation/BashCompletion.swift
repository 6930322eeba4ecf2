/// Completions for bash, from version 3.2 on, without the package bash-completion.
enum BashCompletion {
  /// The whole script.
  static func script() -> String {
    let names = CommandTable.commands.map(\.name)
    let values = CommandTable.commands.flatMap(values(of:))
    let options = CommandTable.commands.map { command in
      "    \(command.name)) _racesim_words \(words(command.allOptions)) ;;"
    }
    let positions = CommandTable.commands.map { command in
      "    \(command.name)) \(position(of: command)) ;;"
    }
    return """
      # Completions of racesim \(RaceSimCommand.version) for bash.
      #   racesim --generate-completion-script bash > ~/.local/share/bash-completion/completions/racesim

      # Offers those of the given words that begin as the current one does.
      _racesim_words() {
        COMPREPLY+=($(compgen -W "$*" -- "$current"))
      }

      # Offers `kind=`, and after it files.
      _racesim_destinations() {
        if [[ $current == *=* ]]; then
          current=${current#*=}
          _racesim_files ''
        else
          COMPREPLY+=($(compgen -S = -W "$*" -- "$current"))
          compopt -o nospace 2>/dev/null
        fi
      }

      # Offers files whose names end as given, and folders.
      _racesim_files() {
        local IFS=$'\\n'
        if [[ -n $1 ]]; then
          COMPREPLY+=($(compgen -d -- "$current") $(compgen -f -X "!*$1" -- "$current"))
        else
          COMPREPLY+=($(compgen -f -- "$current"))
        fi
        compopt -o filenames 2>/dev/null
      }

      # Offers folders.
      _racesim_folders() {
        local IFS=$'\\n'
        COMPREPLY+=($(compgen -d -- "$current"))
        compopt -o filenames 2>/dev/null
      }

      _racesim() {
        local command=check current previous='' index count=0
        local -a words
        COMPREPLY=()
        # bash may break words at `=`: put them together again.
        for ((index = 1; index <= COMP_CWORD; index++)); do
          if ((count > 0)) && [[ ${COMP_WORDS[index]} == =* || ${words[count - 1]} == -*= || ${words[count - 1]} == [a-z]*= ]]; then
            words[count - 1]+=${COMP_WORDS[index]}
          else
            words[count]=${COMP_WORDS[index]}
            count=$((count + 1))
          fi
        done
        current=${words[count - 1]}
        ((count > 1)) && previous=${words[count - 2]}

        if ((count == 1)) && [[ $current != -* ]]; then
          _racesim_words \(names.joined(separator: " ")) help
          _racesim_files .race
          return
        fi
        case ${words[0]} in
          \(names.joined(separator: " | "))) command=${words[0]} ;;
          help)
            ((count == 2)) && _racesim_words \(names.joined(separator: " "))
            return
            ;;
        esac
        if [[ $current == --*=* ]]; then
          previous=${current%%=*}
          current=${current#*=}
        fi

        case "$command $previous" in
      \(values.joined(separator: "\n"))
          *\("' --generate-completion-script'")) _racesim_words \(Shell.allCases.map(\.rawValue).joined(separator: " ")); return ;;
        esac
        if [[ $current == -* ]]; then
          case $command in
      \(options.joined(separator: "\n"))
          esac
          ((count == 1)) && _racesim_words \(words(CommandTable.generators))
          return
        fi
        case $command in
      \(positions.joined(separator: "\n"))
        esac
      }

      complete -F _racesim racesim

      """
  }

  private static func words(_ options: [Option]) -> String {
    options.flatMap { [$0.name, $0.short].compactMap { $0 } }.joined(separator: " ")
  }

  /// What comes after each option that takes a value.
  private static func values(of command: Command) -> [String] {
    command.allOptions.compactMap { option in
      let action: String
      switch option.kind {
      case .flag: return nil
      case .text, .number, .duration, .size: action = ":"
      case .choice(let words): action = "_racesim_words \(words.joined(separator: " "))"
      case .destination(let kinds):
        action = "_racesim_destinations \(kinds.joined(separator: " "))"
      }
      return "    '\(command.name) \(option.name)') \(action); return ;;"
    }
  }

  private static func position(of command: Command) -> String {
    switch command.completion {
    case nil: ":"
    case .files(let suffix): "_racesim_files \(suffix)"
    case .folders: "_racesim_folders"
    case .words(let words): "_racesim_words \(words.joined(separator: " "))"
    }
  }
}
