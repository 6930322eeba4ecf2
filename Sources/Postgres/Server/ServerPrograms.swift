import Foundation

/// Where a server's programs are.
package struct ServerPrograms: Hashable, Sendable {
  /// The folder that holds `initdb` and `postgres`.
  package var folder: String

  package init(folder: String) { self.folder = folder }

  /// Looks for installed programs: `RACESIM_PG_BINDIR`, what `pg_config` says, the folders of Debian and
  /// of Homebrew (the newest version first), `PATH`.
  package static func find(environment: [String: String]) throws(PostgresError) -> ServerPrograms {
    if let own = environment["RACESIM_PG_BINDIR"], !own.isEmpty {
      guard holdsServer(own) else { throw .missingServer(searched: [own]) }
      return ServerPrograms(folder: own)
    }
    let paths = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    var folders: [String] = []
    if let folder = configured(paths) { folders.append(folder) }
    folders += versions(in: "/usr/lib/postgresql").map { $0 + "/bin" }
    for prefix in ["/opt/homebrew/opt", "/usr/local/opt"] {
      folders += versions(in: prefix, prefix: "postgresql").map { $0 + "/bin" }
    }
    folders += ["/usr/local/pgsql/bin", "/Applications/Postgres.app/Contents/Versions/latest/bin"]
    folders += paths
    if let folder = folders.first(where: holdsServer) { return ServerPrograms(folder: folder) }
    throw .missingServer(searched: ["pg_config --bindir", "/usr/lib/postgresql/*/bin", "PATH"])
  }

  /// Whether a folder holds what a server needs.
  static func holdsServer(_ folder: String) -> Bool {
    ["initdb", "postgres"].allSatisfy {
      FileManager.default.isExecutableFile(atPath: folder + "/" + $0)
    }
  }

  /// The folders of versions, newest first.
  private static func versions(in folder: String, prefix: String = "") -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    func version(_ name: String) -> Double {
      Double(name.filter { $0.isNumber || $0 == "." }) ?? 0
    }
    return names.filter { $0.hasPrefix(prefix) }
      .sorted { (version($0), $0) > (version($1), $1) }.map { folder + "/" + $0 }
  }

  /// What `pg_config` says, if there is one.
  private static func configured(_ paths: [String]) -> String? {
    let manager = FileManager.default
    let program = paths.map { $0 + "/pg_config" }.first { manager.isExecutableFile(atPath: $0) }
    guard let program else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--bindir"]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).first.map(String.init)
  }
}
