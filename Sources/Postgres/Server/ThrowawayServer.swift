import Foundation

/// A PostgreSQL server for this process alone, in a temporary folder, gone when the process is.
///
/// The server listens on a socket in its folder and nowhere else. It belongs to a small shell script, its
/// *keeper*, that waits for the end of a pipe whose other end only this process holds. However the process
/// ends, by `stop()`, an error, a signal or `kill -9`, the pipe closes; the keeper then stops the server and
/// removes the folder.
///
/// PostgreSQL refuses to run as root. Root therefore runs keeper and server as the user `postgres`, or
/// `nobody`, by `runuser` or `su`.
package final class ThrowawayServer {
  /// What ``Connection/init(_:to:timeoutSeconds:)`` takes.
  package let target: String
  private let folder: String
  private let keeper: Process
  private let lifeline: Pipe
  private var isStopped = false

  /// Makes a database cluster and starts its server.
  ///
  /// `isCancelled` is asked while waiting; `true` gives up.
  ///
  /// - Throws: Why there is no server.
  package init(
    programs: ServerPrograms, libpq: Libpq, environment: [String: String],
    timeoutSeconds: Double = 60, isCancelled: () -> Bool = { false }
  ) throws(PostgresError) {
    // A stale end of the pipe must be an error of the write, not the end of the process.
    let user = try Self.user(environment)
    folder = try Self.makeFolder(for: user, environment)
    target = "host=\(folder) port=\(Self.port) user=racesim dbname=postgres"
    keeper = Process()
    lifeline = Pipe()
    let arguments = [Self.script, "racesim-keeper", programs.folder, folder, String(Self.port)]
    let command = Self.command(["/bin/sh", "-c"] + arguments, as: user)
    keeper.executableURL = URL(fileURLWithPath: command[0])
    keeper.arguments = Array(command.dropFirst())
    keeper.currentDirectoryURL = URL(fileURLWithPath: "/")
    keeper.environment = Self.keeperEnvironment(environment)
    keeper.standardInput = lifeline
    keeper.standardOutput = FileHandle.nullDevice
    keeper.standardError = FileHandle.nullDevice
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    do {
      try keeper.run()
    } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw .cannotStartServer("\(command[0]): \(error.localizedDescription)")
    }
    try? lifeline.fileHandleForReading.close()
    do throws(PostgresError) {
      try waitUntilReady(libpq, seconds: timeoutSeconds, isCancelled)
    } catch {
      stop()
      throw error
    }
  }

  deinit { stop() }

  /// Stops the server and waits until its folder is gone.
  package func stop() {
    guard !isStopped else { return }
    isStopped = true
    try? lifeline.fileHandleForWriting.close()
    let deadline = Deadline(seconds: 15)
    while keeper.isRunning, !deadline.isOver { usleep(10_000) }
  }

  /// A port is a part of the socket's name only.
  private static let port = 5432

  /// `$1` the programs' folder, `$2` our folder, `$3` the port.
  ///
  /// The keeper outlives signals to our group. A server that is still starting ignores the signal that ends
  /// it, so it is sent again.
  static let script = """
    trap '' INT HUP TERM QUIT
    bin=$1 dir=$2 port=$3
    {
      "$bin/initdb" -D "$dir/data" -U racesim -A trust -E UTF8 --no-locale --no-sync &&
      echo ready >"$dir/initialized"
    } >"$dir/log" 2>&1 </dev/null
    pid=
    if [ -f "$dir/initialized" ]; then
      "$bin/postgres" -D "$dir/data" -k "$dir" -p "$port" -c listen_addresses= -c fsync=off \\
        -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off -c max_connections=200 \\
        -c shared_buffers=32MB -c lc_messages=C -c timezone=UTC -c jit=off \\
        >>"$dir/log" 2>&1 </dev/null &
      pid=$!
    else
      echo failed >"$dir/failed"
    fi
    while read -r line; do :; done
    if [ -n "$pid" ]; then
      kill -INT "$pid" 2>/dev/null
      (
        for pause in 0.2 0.5 1 2; do sleep "$pause"; kill -INT "$pid"; done
        sleep 20
        kill -KILL "$pid"
      ) 2>/dev/null &
      guard=$!
      wait "$pid"
      kill -KILL "$guard" 2>/dev/null
    fi
    rm -rf "$dir"
    """

  // MARK: Getting ready

  private func waitUntilReady(
    _ libpq: Libpq, seconds: Double, _ isCancelled: () -> Bool
  ) throws(PostgresError) {
    let deadline = Deadline(seconds: seconds)
    while !deadline.isOver {
      if isCancelled() { throw .cannotStartServer("interrupted") }
      guard keeper.isRunning else { throw .cannotStartServer("its keeper has ended") }
      if FileManager.default.fileExists(atPath: folder + "/failed") {
        throw .cannotStartServer("initdb failed: \(lastLines())")
      }
      if FileManager.default.fileExists(atPath: "\(folder)/.s.PGSQL.\(Self.port)") {
        if let connection = try? Connection(libpq, to: target, timeoutSeconds: 5) {
          connection.close()
          return
        }
        if FileManager.default.fileExists(atPath: folder + "/data/postmaster.pid") == false {
          throw .cannotStartServer(lastLines())
        }
      }
      usleep(20_000)
    }
    let log = lastLines()
    throw .cannotStartServer(
      "it is not ready after \(Int(seconds)) s\(log.isEmpty ? "" : ": " + log)")
  }

  /// The end of the server's log.
  private func lastLines() -> String {
    guard let data = FileManager.default.contents(atPath: folder + "/log") else { return "" }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.suffix(4).joined(separator: "; ")
  }

  // MARK: Who and where

  /// The user to run as; `nil` for ourselves.
  private static func user(_ environment: [String: String]) throws(PostgresError) -> String? {
    guard geteuid() == 0 else { return nil }
    let user = ["postgres", "nobody"].first { (name: String) in getpwnam(name) != nil }
    guard let user else {
      throw .cannotStartServer(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`")
    }
    guard tool("runuser") != nil || tool("su") != nil else {
      throw .cannotStartServer(
        "PostgreSQL does not run as root, and there is neither `runuser` nor `su`")
    }
    return user
  }

  private static func tool(_ name: String) -> String? {
    ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].map { $0 + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// A command line, run as another user.
  private static func command(_ words: [String], as user: String?) -> [String] {
    guard let user else { return words }
    if let runuser = tool("runuser") { return [runuser, "-u", user, "--"] + words }
    // `su` takes a command as one text.
    let text = words.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")
    return [tool("su") ?? "su", "-s", "/bin/sh", user, "-c", text]
  }

  /// A new folder that only its user can enter; its path is short, for a socket's path has to be.
  private static func makeFolder(
    for user: String?, _ environment: [String: String]
  ) throws(PostgresError) -> String {
    var roots = ["/tmp"]
    if user == nil, let own = environment["TMPDIR"], own.utf8.count < 60 {
      roots.insert(own.hasSuffix("/") ? String(own.dropLast()) : own, at: 0)
    }
    for root in roots {
      var template = Array("\(root)/racesim-XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { continue }
      let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if let user, let entry = getpwnam(user)?.pointee {
        guard chown(path, entry.pw_uid, entry.pw_gid) == 0 else {
          rmdir(path)
          throw .cannotStartServer("\(path) cannot be given to the user `\(user)`")
        }
      }
      return path
    }
    throw .cannotStartServer("no temporary folder can be made in \(roots.joined(separator: ", "))")
  }

  /// Without the variables that would point initdb or the server elsewhere.
  private static func keeperEnvironment(_ environment: [String: String]) -> [String: String] {
    var kept = environment.filter { !$0.key.hasPrefix("PG") }
    kept["LC_ALL"] = "C"
    return kept
  }
}
