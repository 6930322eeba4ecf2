import Reports
import Scheduler
import Synchronization
import Writers

/// The files that the searches of one run of `check` work with: what `--checkpoint`, `--resume` and `--spill` say.
struct SearchSession {
  /// Why the options cannot be followed.
  struct Problem: Error {
    var message: String
    var notes: [String] = []
    var status: ExitStatus
  }

  /// What went wrong with writing, told once.
  private final class Failure: Sendable {
    let isTold = Mutex(false)
  }

  private(set) var options: ExplorationOptions
  private let failure = Failure()

  init(
    _ command: RaceSimCommand, _ arguments: Arguments, models: [(name: String, model: Model)],
    options: ExplorationOptions
  ) throws(Problem) {
    self.options = options
    let checkpoint = arguments.text("--checkpoint")
    let resumed = arguments.text("--resume")
    try Self.requireOneModel(
      checkpoint == nil ? resumed.map { _ in "--resume" } : "--checkpoint", models)
    let files = ["--checkpoint", "--resume", "--spill"].first { arguments.text($0) != nil }
    if let files, let model = models.first?.model, model.isParametric {
      throw Problem(
        message: "\(files) is for a search with given numbers of sessions",
        notes: [
          "`\(model.manyWriters.joined(separator: "`, `"))` runs `times many`: write a number"
        ],
        status: .usage)
    }
    if let path = resumed, let model = models.first?.model {
      self.options.resumption = try Self.checkpoint(path, model, options, command)
    }
    if let path = checkpoint {
      let interval = arguments.number("--checkpoint-every") ?? 60_000
      self.options.checkpoint = Self.saving(
        path, command, failure, intervalSeconds: Double(interval) / 1000)
    } else if arguments.number("--checkpoint-every") != nil {
      throw Problem(
        message: "--checkpoint-every says when, --checkpoint must say where", status: .usage)
    }
    guard let folder = arguments.text("--spill") else { return }
    guard options.memoryLimitBytes != nil else {
      throw Problem(
        message: "--spill needs --max-memory, which says when memory is short", status: .usage)
    }
    guard models.count <= 1 else {
      throw Problem(
        message: "--spill is for the search of one model, and here are \(models.count)",
        notes: Self.choose(models), status: .usage)
    }
    guard let file = command.searchFiles.spill(folder) else {
      throw Problem(
        message: "`\(folder)` is no folder in which a file can be written",
        status: .unwritableReport)
    }
    self.options.spill = file
  }

  /// What the files add to the exit code.
  var status: ExitStatus { failure.isTold.withLock { $0 } ? .unwritableReport : .success }

  private static func requireOneModel(
    _ option: String?, _ models: [(name: String, model: Model)]
  ) throws(Problem) {
    guard let option, models.count > 1 else { return }
    throw Problem(
      message: "\(option) is for the search of one model, and here are \(models.count)",
      notes: choose(models), status: .usage)
  }

  private static func choose(_ models: [(name: String, model: Model)]) -> [String] {
    ["choose one with --variant or --filter:"] + models.prefix(10).map { "  \($0.name)" }
  }

  private static func checkpoint(
    _ path: String, _ model: Model, _ options: ExplorationOptions, _ command: RaceSimCommand
  ) throws(Problem) -> Checkpoint {
    guard let words = command.searchFiles.words(path) else {
      throw Problem(message: "`\(path)` cannot be read", status: .unreadableFile)
    }
    let problem: Checkpoint.Problem
    do throws(Checkpoint.Problem) {
      let checkpoint = try Checkpoint(words)
      guard let mismatch = checkpoint.problem(for: model, options) else { return checkpoint }
      problem = mismatch
    } catch {
      problem = error
    }
    throw Problem(
      message: "`\(path)` \(problem.message)",
      notes: ["begin again without --resume, or name another file"], status: .invalidScenario)
  }

  private static func saving(
    _ path: String, _ command: RaceSimCommand, _ failure: Failure, intervalSeconds: Double
  ) -> CheckpointSaving {
    let replace = command.searchFiles.replace
    return CheckpointSaving(intervalSeconds: intervalSeconds) { write in
      guard let problem = replace(path, write) else { return }
      let isFirst = failure.isTold.withLock { isTold in
        defer { isTold = true }
        return !isTold
      }
      if isFirst { System.writeError("error: `\(path)` cannot be written: \(problem)\n") }
    }
  }
}
