/// Completions for fish.
enum FishCompletion {
  /// The whole script.
  static func script() -> String {
    let names = CommandTable.commands.map(\.name)
    var lines: [String] = []
    for command in CommandTable.commands {
      lines.append(
        "complete -c racesim -n __racesim_is_first -a \(command.name) "
          + "-d \(quoted(command.abstract))")
    }
    lines.append("complete -c racesim -n '__racesim_uses help' -a \(quoted(joined(names)))")
    for command in CommandTable.commands {
      let condition = "-n '__racesim_uses \(command.name)'"
      lines += command.allOptions.map { line($0, condition) }
      lines += position(of: command).map { ["complete -c racesim \(condition) \($0)"] } ?? []
    }
    lines += CommandTable.generators.map { line($0, "-n __racesim_is_first") }
    return """
      # Completions of racesim \(RaceSimCommand.version) for fish.
      #   racesim --generate-completion-script fish > ~/.config/fish/completions/racesim.fish

      # Whether no word stands before the current one.
      function __racesim_is_first
        test (count (commandline -opc)) -eq 1
      end

      # Whether the command line is one of the given command; without a name it is one of check.
      function __racesim_uses
        set -l words (commandline -opc)
        set -l command check
        if set -q words[2]; and contains -- $words[2] help \(joined(names))
          set command $words[2]
        end
        test $command = $argv[1]
      end

      # Offers `kind=`, and after it files.
      function __racesim_destinations
        set -l token (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))
        if string match -q '*=*' -- $token
          set -l kind (string replace -r '=.*' '' -- $token)
          for path in (__fish_complete_path (string replace -r '^[^=]*=' '' -- $token))
            echo $kind=$path
          end
        else
          printf '%s=\\n' $argv
        end
      end

      # Offers files whose names end as given, and folders.
      function __racesim_files
        set -l token (commandline -ct)
        for path in (__fish_complete_path $token)
          string match -q -r -- "($argv[1]|/)(\\t|\\$)" $path; and echo $path
        end
      end

      complete -c racesim -f
      \(lines.joined(separator: "\n"))

      """
  }

  private static func line(_ option: Option, _ condition: String) -> String {
    var line = "complete -c racesim \(condition) -l \(option.name.dropFirst(2))"
    if let short = option.short { line += " -s \(short.dropFirst())" }
    switch option.kind {
    case .flag: break
    case .text, .number, .duration, .size: line += " -x"
    case .choice(let words): line += " -x -a \(quoted(joined(words)))"
    case .destination(let kinds):
      line += " -x -a \(quoted("(__racesim_destinations \(joined(kinds)))"))"
    }
    return line + " -d \(quoted(option.help))"
  }

  private static func position(of command: Command) -> String? {
    switch command.completion {
    case nil: nil
    case .files(let suffix):
      "-k -a \(quoted("(__racesim_files \(suffix.replacing(".", with: "\\\\.")))"))"
    case .folders: "-a '(__fish_complete_directories)'"
    case .words(let words): "-a \(quoted(joined(words)))"
    }
  }

  private static func joined(_ words: [String]) -> String { words.joined(separator: " ") }

  /// Between single quotes, in which fish knows `\\` and `\'`.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
