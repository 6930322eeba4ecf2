import Store

/// The schemas of a run on the server: made before each schedule, and gone after the last.
///
/// **The clock.** `now()` cannot be set in PostgreSQL. The kit's schema therefore has functions of the same
/// names, and stands before `pg_catalog` in the search path, so that the scenario's own text, DEFAULT clauses
/// included, means them. The current instant is the value of a sequence, which every session sees at once
/// whatever its snapshot; the instants at which a transaction and a statement began are settings of the
/// session, set before its BEGIN and before each command.
struct ServerNamespace {
  let names: NamespaceNames
  let script: ScenarioScript
  let group: SessionGroup

  init(script: ScenarioScript, group: SessionGroup) {
    self.script = script
    self.group = group
    names = script.namespace
  }

  /// Settings under which texts come out as the simulation prints them.
  static let settings = """
    SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; \
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET standard_conforming_strings = on; \
    SET client_min_messages = notice
    """

  /// Makes the schemas and fills the tables.
  ///
  /// - Throws: ``SetupFailure`` where the server refuses a statement of the scenario.
  func make(firstInstant: Int64) throws(SetupFailure) {
    do throws(PostgresError) {
      try drop()
      for schema in names.all { try group.control.execute("CREATE SCHEMA \(schema)") }
      try makeKit()
      try setClock(firstInstant)
      try group.control.execute(Self.transactionStart(firstInstant))
    } catch {
      throw SetupFailure(error: error, text: nil)
    }
    for statement in script.setup() {
      do throws(PostgresError) {
        try group.control.execute("SET search_path = \(statement.searchPath)")
        try group.control.execute(statement.sql)
      } catch {
        throw SetupFailure(error: error, text: statement)
      }
    }
    _ = group.control.takeNotices()
  }

  /// Why the schemas of a run cannot be made.
  struct SetupFailure: Error {
    var error: PostgresError
    /// The statement of the scenario that the server refuses.
    var text: ScenarioScript.SetupStatement?
  }

  /// Removes the schemas, whatever is in them.
  func drop() throws(PostgresError) {
    try group.control.execute(
      "SET client_min_messages = warning; "
        + "DROP SCHEMA IF EXISTS \(names.all.joined(separator: ", ")) CASCADE; "
        + "RESET client_min_messages", timeoutSeconds: 30)
  }

  private func makeKit() throws(PostgresError) {
    let kit = names.kit
    func clock(_ function: String, _ volatility: String, _ body: String) -> String {
      "CREATE FUNCTION \(kit).\(function)() RETURNS timestamptz LANGUAGE sql \(volatility) "
        + "AS $$ \(body) $$;"
    }
    func setting(_ name: String) -> String {
      "SELECT pg_catalog.current_setting('racesim.\(name)')::pg_catalog.timestamptz"
    }
    let current = """
      SELECT pg_catalog.timestamptz '2000-01-01 00:00:00+00' \
      + last_value * pg_catalog.interval '1 microsecond' FROM \(kit).clock
      """
    var statements = [
      "CREATE SEQUENCE \(kit).clock MINVALUE -9223372036854775807",
      clock("clock_timestamp", "VOLATILE", current),
      clock("now", "STABLE", setting("transaction_start")),
      clock("transaction_timestamp", "STABLE", setting("transaction_start")),
      clock("statement_timestamp", "STABLE", setting("statement_start")),
      SessionGroup.gateFunction(
        schema: kit, gateClass: group.gateClass, doorClass: group.doorClass),
    ]
    for (name, type) in [
      ("pg_sleep", "double precision"), ("pg_sleep_for", "interval"),
      ("pg_sleep_until", "timestamptz"),
    ] {
      statements.append(
        "CREATE FUNCTION \(kit).\(name)(\(type)) RETURNS void LANGUAGE plpgsql "
          + "AS $$ BEGIN END $$")
    }
    for statement in statements { try group.control.execute(statement) }
  }

  /// Moves the clock for everybody.
  func setClock(_ instant: Int64) throws(PostgresError) {
    try group.control.execute("SELECT pg_catalog.setval('\(names.kit).clock', \(instant))")
  }

  /// A time as SQL reads it back exactly.
  static func text(_ instant: Int64) -> String {
    Value(timestamp: instant).formatted(as: .timestamptz)
  }

  /// Sets what a session takes for the start of its transaction, and of its statement.
  static func transactionStart(_ instant: Int64) -> String {
    "SET racesim.transaction_start = '\(text(instant))'; " + statementStart(instant)
  }

  static func statementStart(_ instant: Int64) -> String {
    "SET racesim.statement_start = '\(text(instant))'"
  }
}
