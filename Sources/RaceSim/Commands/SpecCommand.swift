import Reports
import SQL
import Writers

/// `racesim spec`: runs PostgreSQL isolation specs.
struct SpecCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments
  private let style: Style

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
    style = command.console.style(arguments)
  }

  func run() -> ExitStatus {
    let (files, missing) = command.finder.find(arguments.positionals, suffix: ".spec")
    var status = ExitStatus.success
    for path in missing {
      command.fail("`\(path)` cannot be read: there is no such file or folder")
      status = status.or(.unreadableFile)
    }
    guard !files.isEmpty else {
      if status == .success { command.fail("there is no spec to run") }
      return status.or(.nothing)
    }
    if arguments.has("--compare") || arguments.has("--diff") {
      return compare(files.map(\.path)).or(status)
    }
    for file in files {
      let (output, problem) = self.output(of: file.path)
      if let problem { status = status.or(problem) }
      guard let output else { continue }
      command.console.output(output.text)
      if !output.isComplete { status = status.or(.invalidScenario) }
    }
    return status
  }

  /// What isolationtester would print for a file; mistakes in it go to standard error.
  private func output(of path: String) -> (SpecRunner.Output?, ExitStatus?) {
    guard let bytes = command.engine.bytes(path) else {
      command.fail("`\(path)` cannot be read")
      return (nil, .unreadableFile)
    }
    let (compiled, diagnostics, sources) = SpecCompiler.compile(
      SourceFile(path: path, bytes: bytes))
    command.report(diagnostics, sources, arguments)
    guard let compiled else { return (nil, .invalidScenario) }
    do throws(Diagnostic) {
      var runner = try SpecRunner(compiled)
      return (runner.run(), nil)
    } catch {
      command.report([error], sources, arguments)
      return (nil, .invalidScenario)
    }
  }

  // MARK: Comparing

  private func compare(_ paths: [String]) -> ExitStatus {
    var rows: [SpecComparison.Row] = []
    for path in paths {
      let (output, _) = self.output(of: path)
      let base = path.hasSuffix(".spec") ? String(path.dropLast(5)) : path
      let expected = ([base + ".out"] + (0...9).map { "\(base)_\($0).out" }).compactMap { name in
        command.engine.bytes(name).map { (name, String(decoding: $0, as: UTF8.self)) }
      }
      rows.append(
        SpecComparison.compare(
          path, output: output?.text, permutations: output?.permutations ?? 0, with: expected))
    }
    if arguments.has("--diff") {
      for row in rows { command.console.print(row.difference, style) }
    }
    command.console.print(SpecComparison.table(rows), style)
    return rows.allSatisfy(\.passes) ? .success : .violation
  }
}
