/// Why something could not be done on a server: a matter of the outside, not of a schedule.
package enum PostgresError: Error, Hashable, Sendable {
  /// libpq is not there, or lacks a function.
  case missingLibrary(tried: [String], reason: String)
  /// No server answers, or it refuses.
  case cannotConnect(String)
  /// The connection has ended: the server stopped, or somebody terminated the backend.
  case connectionLost(String)
  /// Nothing came within the time.
  case timedOut(what: String, seconds: Double)
  /// A statement of the tool's own failed.
  case statementFailed(sql: String, ServerError)
  /// No server's programs are installed.
  case missingServer(searched: [String])
  /// A server of our own could not be started.
  case cannotStartServer(String)
}

extension PostgresError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missingLibrary(let tried, let reason):
      "PostgreSQL's client library cannot be loaded: \(reason) (tried \(tried.joined(separator: ", ")))"
    case .cannotConnect(let reason): "no connection to PostgreSQL: \(reason)"
    case .connectionLost(let reason): "the connection to PostgreSQL is lost: \(reason)"
    case .timedOut(let what, let seconds): "\(what) took more than \(Self.text(seconds)) s"
    case .statementFailed(let sql, let error):
      "the server refuses `\(Self.shortened(sql))`: \(error.state): \(error.message)"
    case .missingServer(let searched):
      "no PostgreSQL server is installed (looked in \(searched.joined(separator: ", ")))"
    case .cannotStartServer(let reason): "a PostgreSQL server cannot be started: \(reason)"
    }
  }

  /// What to do about it.
  package var help: String? {
    switch self {
    case .missingLibrary:
      "install libpq (Debian and Ubuntu: `apt-get install libpq5`; macOS: `brew install libpq`), or "
        + "name the file in RACESIM_LIBPQ"
    case .missingServer:
      "install PostgreSQL (Debian and Ubuntu: `apt-get install postgresql`; macOS: `brew install "
        + "postgresql`), name its folder in RACESIM_PG_BINDIR, or give --server a URL"
    case .cannotConnect:
      "give --server a URL such as postgres://user@host/database, or `auto` for a server of its own"
    case .connectionLost, .timedOut, .statementFailed, .cannotStartServer: nil
    }
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
  }

  private static func shortened(_ sql: String) -> String {
    let words = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.count > 200 ? words.prefix(200) + "…" : words
  }
}

/// An error that the server reports for a statement.
package struct ServerError: Error, Hashable, Sendable {
  /// SQLSTATE.
  package var state: String
  /// The primary message.
  package var message: String
  package var detail: String?
  package var hint: String?
  package var context: String?

  package init(state: String, message: String, detail: String? = nil) {
    self.state = state
    self.message = message
    self.detail = detail
  }
}
