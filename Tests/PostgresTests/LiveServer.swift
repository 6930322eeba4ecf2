import Foundation
import Postgres

/// The server that tests run on: one of their own, started once, gone with the test process.
///
/// Tests that need it are `.enabled(if: LiveServer.isInstalled)`: where PostgreSQL's programs are not
/// installed they are reported as skipped, by name. `.ci/run` installs PostgreSQL, so that there none is.
enum LiveServer {
  private static let environment = ProcessInfo.processInfo.environment

  /// Whether libpq and a server's programs are there.
  static let isInstalled: Bool = {
    (try? Libpq.load(environment: environment)) != nil
      && (try? ServerPrograms.find(environment: environment)) != nil
  }()

  static let shared = Result<Shared, PostgresError> { () throws(PostgresError) in try Shared() }

  /// The server never changes after its start, and `Connection`s are made anew by each test.
  final class Shared: @unchecked Sendable {
    let libpq: Libpq
    let server: ThrowawayServer

    fileprivate init() throws(PostgresError) {
      libpq = try Libpq.load(environment: environment)
      let programs = try ServerPrograms.find(environment: environment)
      server = try ThrowawayServer(programs: programs, libpq: libpq, environment: environment)
    }

    func connect() throws -> Connection { try Connection(libpq, to: server.target) }
  }
}
