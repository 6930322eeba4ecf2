import SQL
import Store
import Writers

/// The statements around an export's steps, the same for a spec and a script.
extension ScheduleExport {
  var namespace: NamespaceNames { script.namespace }

  /// The first number of the advisory locks of a session's gates.
  static func gateClass(of session: Int) -> Int { 7001 + session }

  /// What makes the schemas, the kit, the tables and the data, each with a word about what it is.
  func setupStatements() -> [(remark: String?, sql: String)] {
    var result: [(String?, String)] = [
      (nil, "SET client_min_messages = warning"),
      (nil, dropSchemas + ";\nRESET client_min_messages"),
    ]
    for schema in namespace.all { result.append((nil, "CREATE SCHEMA \(schema)")) }
    result += kit()
    result.append((nil, ServerNamespace.settings))
    result.append((nil, ServerNamespace.transactionStart(model.clock[0])))
    var path = ""
    for statement in script.setup(isNumbered: false) {
      if statement.searchPath != path {
        path = statement.searchPath
        result.append(("what follows stands in \(path)", "SET search_path = \(path)"))
      }
      result.append((nil, statement.sql))
    }
    return result.map { ($0.0, Self.withoutEnd($0.1)) }
  }

  /// A statement without the semicolon at its end.
  static func withoutEnd(_ sql: String) -> String {
    var text = sql[...]
    while let last = text.last, last == ";" || last.isWhitespace { text.removeLast() }
    return String(text)
  }

  var dropSchemas: String {
    "DROP SCHEMA IF EXISTS \(namespace.all.joined(separator: ", ")) CASCADE"
  }

  private func kit() -> [(String?, String)] {
    let kit = namespace.kit
    func clock(_ function: String, _ volatility: String, _ body: String) -> (String?, String) {
      (
        nil,
        "CREATE FUNCTION \(kit).\(function)() RETURNS timestamptz LANGUAGE sql \(volatility) "
          + "AS $$ \(body) $$"
      )
    }
    func setting(_ name: String) -> String {
      "SELECT pg_catalog.current_setting('racesim.\(name)')::pg_catalog.timestamptz"
    }
    let current = """
      SELECT pg_catalog.timestamptz '2000-01-01 00:00:00+00' \
      + last_value * pg_catalog.interval '1 microsecond' FROM \(kit).clock
      """
    var parts: [(String?, String)] = [
      (
        "the scenario's clock: these stand before pg_catalog in the search path",
        "CREATE SEQUENCE \(kit).clock MINVALUE -9223372036854775807 START \(model.clock[0])"
      ),
      clock("clock_timestamp", "VOLATILE", current),
      clock("now", "STABLE", setting("transaction_start")),
      clock("transaction_timestamp", "STABLE", setting("transaction_start")),
      clock("statement_timestamp", "STABLE", setting("statement_start")),
    ]
    for (name, type) in [
      ("pg_sleep", "double precision"), ("pg_sleep_for", "interval"),
      ("pg_sleep_until", "timestamptz"),
    ] {
      parts.append(
        (
          nil,
          "CREATE FUNCTION \(kit).\(name)(\(type)) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$"
        ))
    }
    guard !script.gateSpans.isEmpty else { return parts }
    parts.append(
      (
        "a gate: waits if the control session holds the lock of the session's n-th gate",
        """
        CREATE FUNCTION \(kit).gate() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
          session integer := 7000 + NULLIF(pg_catalog.current_setting('racesim.session', true), '')::integer;
          n integer;
        BEGIN
          IF session IS NULL THEN RETURN false; END IF;
          n := pg_catalog.nextval('pg_temp.gates');
          PERFORM pg_catalog.pg_advisory_lock_shared(session, n);
          PERFORM pg_catalog.pg_advisory_unlock_shared(session, n);
          RETURN false;
        END $$
        """
      ))
    parts.append(
      (
        "lets a session through its n-th gate",
        """
        CREATE PROCEDURE \(kit).pass(session integer, n integer) LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_catalog.pg_advisory_unlock(7000 + session, n);
        END $$
        """
      ))
    return parts
  }

  /// What makes a session ready.
  func sessionSetup(_ actor: Actor) -> [String] {
    var statements = [ServerNamespace.settings]
    switch actor {
    case .control:
      statements.append("SET search_path = \(namespace.everythingSearchPath)")
      statements.append(ServerNamespace.transactionStart(lastInstant))
      if !closedGates.isEmpty {
        let locks = closedGates.map {
          "  PERFORM pg_catalog.pg_advisory_lock(\(Self.gateClass(of: $0.session)), \($0.count));\n"
        }
        statements.append("DO $$ BEGIN\n\(locks.joined())END $$")
      }
    case .world(let session):
      statements.append("SET application_name = '\(Self.application(session))w'")
      statements.append("SET search_path = \(namespace.worldSearchPath)")
      statements.append(ServerNamespace.transactionStart(model.clock[0]))
    case .session(let session):
      let level =
        switch model.sessions[session].isolation {
        case .readCommitted: "read committed"
        case .repeatableRead: "repeatable read"
        case .serializable: "serializable"
        }
      statements.append("SET application_name = '\(Self.application(session))'")
      statements.append("SET search_path = \(namespace.searchPath)")
      statements.append("SET default_transaction_isolation = '\(level)'")
      statements.append(ServerNamespace.transactionStart(model.clock[0]))
      if !script.gateSpans.isEmpty {
        statements.append("SET racesim.session = '\(session + 1)'")
        statements.append("CREATE TEMP SEQUENCE gates")
      }
      if let victims {
        // Who looks first while there is a circle fails.
        let own = victimWaitsFirst ? "3s" : "200ms"
        let wait = victims.contains(session) ? own : "30s"
        statements.append("SET deadlock_timeout = '\(wait)'")
      }
    }
    return statements
  }

  /// What a session is called in `pg_stat_activity`.
  static func application(_ session: Int) -> String { "racesim_export_\(session + 1)" }

  /// What makes the table that rules read the outcomes in; empty if none does.
  var outcomesStatements: [String] {
    guard !outcomes.isEmpty else { return [] }
    let rows = outcomes.map { row in
      "  (\(row.map { Quoting.literal($0) }.joined(separator: ", ")))"
    }
    return [
      "CREATE TEMP TABLE outcomes (writer text, session text, outcome text, sqlstate text)",
      "INSERT INTO pg_temp.outcomes VALUES\n\(rows.joined(separator: ",\n"))",
    ]
  }

  /// Ends what is still running, so that everybody can go home.
  static let cancelStatement = """
    SELECT count(pg_catalog.pg_cancel_backend(pid)) AS still_running FROM pg_catalog.pg_stat_activity \
    WHERE application_name LIKE 'racesim\\_export\\_%' AND state = 'active'
    """

  /// A session's name in lower case letters, digits and underlines, for scripts: `a_confirm`.
  func plainName(_ actor: Actor) -> String {
    switch actor {
    case .control: "control"
    case .world(let session): plainName(.session(session)) + "_world"
    case .session(let session):
      "s\(session + 1)_"
        + String(
          model.sessions[session].name.lowercased().unicodeScalars.map { scalar in
            scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
              ? Character(scalar) : "_"
          })
    }
  }
}
