/// The schemas that one run has on the server, all of them its own.
package struct NamespaceNames: Hashable, Sendable {
  /// The scenario's tables and functions.
  package var main: String
  /// The world's tables.
  package var world: String
  /// Clock and gates.
  package var kit: String

  /// Names with a number in them that no other run on the server has at the time.
  package init(number: Int32) {
    main = "racesim_\(number)"
    world = "racesim_\(number)_world"
    kit = "racesim_\(number)_kit"
  }

  /// Where sessions find names: the kit's `now()` comes before PostgreSQL's own.
  package var searchPath: String { "\(main), \(kit), pg_catalog" }
  /// Where the world's statements do.
  package var worldSearchPath: String { "\(world), \(main), \(kit), pg_catalog" }
  /// Where the data and the rules do.
  package var everythingSearchPath: String { "\(main), \(world), \(kit), pg_catalog" }
  package var all: [String] { [main, world, kit] }
}

extension NamespaceNames {
  /// Drops the schemas of runs whose control connection is gone: what a killed run has left.
  package static func removeStale(_ connection: Connection) throws(PostgresError) {
    let rows =
      try connection.execute(
        """
        SELECT n.nspname FROM pg_catalog.pg_namespace n
        WHERE n.nspname ~ '^racesim_[0-9]{1,9}(_world|_kit)?$'
          AND pg_catalog.pg_has_role(n.nspowner, 'USAGE')
          AND NOT EXISTS (
            SELECT 1 FROM pg_catalog.pg_stat_activity a
            WHERE a.pid = pg_catalog.substring(n.nspname, '^racesim_([0-9]{1,9})')::integer)
        ORDER BY 1
        """
      ).first?.rows ?? []
    for name in rows.compactMap({ $0.first ?? nil }) {
      try connection.execute(
        "SET client_min_messages = warning; "
          + "DROP SCHEMA IF EXISTS \(Quoting.identifier(name)) CASCADE")
    }
  }
}
