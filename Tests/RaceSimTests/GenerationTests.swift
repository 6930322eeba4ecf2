import Foundation
import Testing

@testable import RaceSim

/// Completions and the manual page, which are made from the table of commands.
///
/// `RACESIM_BLESS=1 swift test` rewrites the expected files.
@Suite("Completions and manual")
struct GenerationTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")

  static let texts: [(name: String, words: [String])] = [
    ("racesim.bash", ["--generate-completion-script", "bash"]),
    ("racesim.zsh", ["--generate-completion-script=zsh"]),
    ("racesim.fish", ["--generate-completion-script", "fish"]),
    ("racesim.1", ["--generate-manual"]),
  ]

  @Test("are as expected", arguments: texts)
  func golden(name: String, words: [String]) throws {
    let text = CommandInProcess.output(words)
    let url = Self.folder.appending(path: name)
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] != nil {
      try text.write(to: url, atomically: true, encoding: .utf8)
      return
    }
    #expect(text == (try String(contentsOf: url, encoding: .utf8)), "\(name) differs")
    #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
    for line in text.split(separator: "\n") { #expect(!line.hasSuffix(" "), "\(name): \(line)") }
  }

  @Test("name every command and every option", arguments: texts)
  func complete(name: String, words: [String]) {
    let text = CommandInProcess.output(words)
    for command in CommandTable.commands {
      #expect(text.contains(command.name))
      for option in command.allOptions + CommandTable.generators {
        let bare = String(option.name.dropFirst(2))
        let spelt = name == "racesim.1" ? bare.replacing("-", with: "\\-") : bare
        #expect(text.contains(spelt), "\(name) lacks \(option.name) of \(command.name)")
      }
    }
  }

  @Test("exit codes and variables are in the manual")
  func manual() {
    let text = CommandInProcess.output(["--generate-manual"])
    for (names, _) in CommandTable.environment {
      for variable in names.split(separator: ", ") { #expect(text.contains(variable)) }
    }
    for status in [0, 1, 2, 3, 4, 64, 65, 66, 69, 70, 73, 130] {
      #expect(text.contains("\n.It \(status)\n"))
    }
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 80 || $0.hasPrefix(".") })
  }

  /// The shells judge their scripts themselves, where they are installed.
  @Test(
    "the shells can read them",
    arguments: [("bash", "racesim.bash"), ("zsh", "racesim.zsh"), ("fish", "racesim.fish")])
  func syntax(shell: String, name: String) throws {
    let paths = ["/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
    let found = paths.map { "\($0)/\(shell)" }.first(
      where: FileManager.default.isExecutableFile(atPath:))
    guard let found else { return }
    let process = Process()
    process.executableURL = URL(filePath: found)
    process.arguments = ["-n", Self.folder.appending(path: name).path]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test(
    "bash offers what fits",
    arguments: [
      ("ch", "check"), ("", "napkin"), ("--gener", "--generate-manual"),
      ("replay --lay", "--layout"), ("check --color ", "never"),
      ("check --color = al", "always"), ("check --report ht", "html="), ("help au", "audit"),
      ("explain RS010", "RS0104"), ("check --generate", ""),
    ])
  func bash(line: String, wanted: String) throws {
    let bash = "/bin/bash"
    guard FileManager.default.isExecutableFile(atPath: bash) else { return }
    var words = line.split(separator: " ").map(String.init)
    if line.isEmpty || line.hasSuffix(" ") { words.append("") }
    let quoted = (["racesim"] + words).map { Shell.quoted($0) }.joined(separator: " ")
    let script = """
      source \(Shell.quoted(Self.folder.appending(path: "racesim.bash").path))
      COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count)
      _racesim
      printf '%s\\n' "${COMPREPLY[@]}"
      """
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: bash)
    process.arguments = ["--norc", "-c", script]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let offered = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    if wanted.isEmpty {
      #expect(offered.isEmpty, "\(offered)")
    } else {
      #expect(offered.contains(wanted), "\(offered)")
      #expect(offered.allSatisfy { $0.hasPrefix(words.last ?? "") })
    }
  }
}
