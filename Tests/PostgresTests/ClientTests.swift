import Foundation
import Postgres
import Testing

@Suite("Quoting")
struct QuotingTests {
  @Test(
    "a literal reads back as its text",
    arguments: [
      ("ann", "'ann'"), ("it's", "'it''s'"), ("", "''"), ("a\\b'c", "E'a\\\\b''c'"),
      ("$$ ? %", "'$$ ? %'"),
    ])
  func literal(text: String, expected: String) {
    #expect(Quoting.literal(text) == expected)
  }

  @Test("NULL is no text")
  func null() { #expect(Quoting.literal(nil) == "NULL") }

  @Test("a name keeps its quotes and case")
  func identifier() { #expect(Quoting.identifier("Or\"der") == "\"Or\"\"der\"") }

  @Test("a dollar quote is none of the text's")
  func dollarQuote() {
    #expect(Quoting.dollarQuoted("a") == "$racesim$a$racesim$")
    #expect(Quoting.dollarQuoted("x $racesim$ y") == "$racesim1$x $racesim$ y$racesim1$")
  }
}

@Suite("Without PostgreSQL")
struct MissingTests {
  @Test("a missing library says which package has it")
  func missingLibrary() {
    #expect {
      try Libpq.load(environment: ["RACESIM_LIBPQ": "/nowhere/libpq.so.5"])
    } throws: { error in
      guard let error = error as? PostgresError else { return false }
      return error.description.contains("/nowhere/libpq.so.5")
        && error.help?.contains("libpq5") == true
    }
  }

  @Test("a library that is not libpq is told by its missing function")
  func wrongLibrary() throws {
    #if os(Linux)
      #expect {
        try Libpq.load(environment: ["RACESIM_LIBPQ": "libm.so.6"])
      } throws: { "\($0)".contains("PQconnectStartParams") }
    #endif
  }

  @Test("missing programs say which package has them")
  func missingPrograms() {
    #expect {
      try ServerPrograms.find(environment: ["RACESIM_PG_BINDIR": "/nowhere"])
    } throws: { error in
      guard let error = error as? PostgresError else { return false }
      return error == .missingServer(searched: ["/nowhere"])
        && error.help?.contains("apt-get install postgresql") == true
    }
  }
}

// Where PostgreSQL is not installed these are reported as skipped; `.ci/run` installs it.
@Suite("A connection", .enabled(if: LiveServer.isInstalled, "PostgreSQL is not installed"))
struct ConnectionTests {
  @Test("results have columns, rows and tags")
  func results() throws {
    let connection = try LiveServer.shared.get().connect()
    let results = try connection.run(
      "SELECT 1 AS one, NULL::text AS nothing; CREATE TEMP TABLE t (a int); "
        + "INSERT INTO t VALUES (1), (2)")
    #expect(results.map(\.tag) == ["SELECT 1", "CREATE TABLE", "INSERT 0 2"])
    #expect(results[0].columns.map(\.name) == ["one", "nothing"])
    #expect(results[0].rows == [["1", nil]])
  }

  @Test("errors have SQLSTATE and message, and the connection goes on")
  func errors() throws {
    let connection = try LiveServer.shared.get().connect()
    let error = try #require(try connection.run("SELECT 1/0").first?.error)
    #expect(error.state == "22012")
    #expect(error.message == "division by zero")
    #expect(connection.transactionStatus == .idle)
    #expect(try connection.run("SELECT 2").first?.rows == [["2"]])
  }

  @Test("notices are kept apart")
  func notices() throws {
    let connection = try LiveServer.shared.get().connect()
    try connection.execute("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    #expect(connection.takeNotices() == [Notice(severity: "NOTICE", message: "hello")])
    #expect(connection.takeNotices().isEmpty)
  }

  @Test("a statement that waits is over when its cause is")
  func waiting() throws {
    let live = try LiveServer.shared.get()
    let first = try live.connect()
    let second = try live.connect()
    try first.execute("SELECT pg_advisory_lock(77)")
    try second.send("SELECT pg_advisory_lock(77)")
    #expect(try !second.advance())
    try first.execute("SELECT pg_advisory_unlock(77)")
    var isOver = false
    for _ in 0..<1000 where !isOver {
      Connection.wait(for: [second], seconds: 0.01)
      isOver = try second.advance()
    }
    #expect(isOver)
    #expect(second.takeResults().first?.tag == "SELECT 1")
  }

  @Test("time is bounded, and the statement cancelled")
  func timeLimit() throws {
    let connection = try LiveServer.shared.get().connect()
    #expect(throws: PostgresError.timedOut(what: "`SELECT pg_sleep(60)`", seconds: 0.1)) {
      try connection.run("SELECT pg_sleep(60)", timeoutSeconds: 0.1)
    }
    var isOver = false
    for _ in 0..<1000 where !isOver {
      Connection.wait(for: [connection], seconds: 0.01)
      isOver = try connection.advance()
    }
    #expect(connection.takeResults().first?.error?.state == "57014")
  }

  @Test("a terminated backend is a lost connection")
  func lost() throws {
    let live = try LiveServer.shared.get()
    let victim = try live.connect()
    let other = try live.connect()
    try other.execute("SELECT pg_terminate_backend(\(victim.backendPID))")
    #expect {
      for _ in 0..<20 { _ = try victim.run("SELECT pg_sleep(0.05)") }
    } throws: { error in
      guard case PostgresError.connectionLost = error else { return false }
      return true
    }
  }

  @Test("no server is an error that names the address")
  func refused() throws {
    let libpq = try LiveServer.shared.get().libpq
    #expect {
      _ = try Connection(libpq, to: "host=/nowhere port=1", timeoutSeconds: 2)
    } throws: { error in
      guard case PostgresError.cannotConnect(let reason) = error else { return false }
      return reason.contains("/nowhere")
    }
  }
}

// Where PostgreSQL is not installed these are reported as skipped; `.ci/run` installs it.
@Suite("A server of one's own", .enabled(if: LiveServer.isInstalled, "PostgreSQL is not installed"))
struct ThrowawayServerTests {
  @Test("stopping it removes its folder")
  func stop() throws {
    let environment = ProcessInfo.processInfo.environment
    let libpq = try Libpq.load(environment: environment)
    let server = try ThrowawayServer(
      programs: try ServerPrograms.find(environment: environment), libpq: libpq,
      environment: environment)
    let folder = try #require(server.target.split(separator: " ").first?.dropFirst("host=".count))
    let connection = try Connection(libpq, to: server.target)
    #expect(try connection.run("SHOW fsync").first?.rows == [["off"]])
    #expect(FileManager.default.fileExists(atPath: String(folder)))
    server.stop()
    #expect(!FileManager.default.fileExists(atPath: String(folder)))
    #expect(throws: PostgresError.self) { try Connection(libpq, to: server.target) }
  }

  @Test("initdb's failure is told with its reason")
  func failure() throws {
    let environment = ProcessInfo.processInfo.environment
    #expect {
      _ = try ThrowawayServer(
        programs: ServerPrograms(folder: "/nowhere"),
        libpq: try Libpq.load(environment: environment), environment: environment)
    } throws: { error in
      guard case PostgresError.cannotStartServer(let reason) = error else { return false }
      return reason.contains("initdb")
    }
  }
}
