/// For each session a second connection, on which its statements on the world run: at once and for good,
/// outside its transaction, as a call to another system is.
final class WorldConnections {
  private let libpq: Libpq
  private let target: String
  private let searchPath: String
  private var connections: [Int: Connection] = [:]

  init(_ libpq: Libpq, target: String, searchPath: String) {
    self.libpq = libpq
    self.target = target
    self.searchPath = searchPath
  }

  /// Runs a statement to its end.
  func run(
    _ sql: String, session: Int, transactionStart: Int64, now: Int64
  ) throws(PostgresError) -> QueryResult {
    let connection: Connection
    if let known = connections[session] {
      connection = known
    } else {
      connection = try connect(session)
    }
    try connection.execute(
      ServerNamespace.transactionStart(transactionStart) + "; "
        + ServerNamespace.statementStart(now))
    let results = try connection.run(sql)
    return results.first { $0.error != nil } ?? results.last ?? QueryResult()
  }

  private func connect(_ session: Int) throws(PostgresError) -> Connection {
    let connection = try Connection(libpq, to: target)
    try connection.execute(ServerNamespace.settings + "; SET search_path = \(searchPath)")
    connections[session] = connection
    return connection
  }

  /// Ends a session's connection with its client.
  func crash(_ session: Int) throws(PostgresError) {
    connections.removeValue(forKey: session)?.close()
  }

  func close() {
    for (_, connection) in connections { connection.close() }
    connections = [:]
  }
}
