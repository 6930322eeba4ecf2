import Foundation

/// What running a program came to.
struct ChildProcess {
  /// Standard output.
  var output = ""
  /// The exit code; `nil` if a signal ended the program.
  var exitCode: Int32?
  /// From start to end.
  var seconds = 0.0
  /// The most memory that the program had at once; 0 if it is not known.
  var peakBytes = 0
  /// It was ended because it took too long.
  var isTimedOut = false

  /// What is given to every program.
  struct Limits {
    var seconds = 60.0
    var bytes = 8 << 30
  }

  /// Runs a program to its end, or to that of its time.
  ///
  /// A shell sets the limit of memory and becomes the program.
  ///
  /// - Throws: If the program cannot be started.
  static func run(_ command: [String], in folder: URL, limits: Limits) throws -> ChildProcess {
    let output = folder.appendingPathComponent("output.txt")
    let script =
      "cd \"$0\" && { ulimit -v \(limits.bytes >> 10) 2>/dev/null || true; } && exec \"$@\""
    let words = ["/bin/sh", "-c", script, folder.path] + command
    let start = ContinuousClock.now
    let child = try spawn(words, output: output.path)

    var result = ChildProcess()
    var status: Int32 = 0
    var usage = rusage()
    while wait4(child, &status, result.isTimedOut ? 0 : WNOHANG, &usage) == 0 {
      if (ContinuousClock.now - start) / .seconds(1) > limits.seconds {
        result.isTimedOut = true
        kill(child, SIGKILL)
      } else {
        usleep(500)
      }
    }
    result.seconds = (ContinuousClock.now - start) / .seconds(1)
    if status & 0x7F == 0 { result.exitCode = status >> 8 & 0xFF }
    #if canImport(Darwin)
      result.peakBytes = usage.ru_maxrss
    #else
      result.peakBytes = usage.ru_maxrss << 10
    #endif
    result.output = String(decoding: try Data(contentsOf: output), as: UTF8.self)
    return result
  }

  private static func spawn(_ words: [String], output: String) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, words[0], &actions, nil, &arguments, environ)
    guard code == 0 else {
      throw ComparisonError("\(words[0]): \(String(cString: strerror(code)))")
    }
    return child
  }
}

/// Why a comparison cannot be made.
struct ComparisonError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
