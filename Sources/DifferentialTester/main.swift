import Differential
import Foundation
import Postgres
import SQL
import TesterCommandLine

/// `racesim-difftest`: random cases, in the simulation and on a server.
struct DifferentialTester {
  static let usage = """
    USAGE: racesim-difftest [--seed <n>] [--first <n>] [--cases <n>] [--orders <n>] [--minutes <n>]
                            [--server <url>|auto] [--keep <folder>] [--no-shrink] [--spec <file>]… [-v]

    Draws schemas, data, sessions and orders of their steps from a seed, runs them in the simulation and on a
    PostgreSQL server, and compares all that can be seen. What differs is made smaller, printed, and written to
    the folder. With --spec the orders are those of an isolation spec's steps. Exits with 0 only if everything agrees.

    """

  private var options = Campaign.Options()
  private var target = "auto"
  private(set) var arguments = TesterArguments(program: "racesim-difftest", usage: Self.usage)

  /// Reads the command line; ends the program where it does not fit.
  init() {
    while let argument = arguments.next() {
      switch argument {
      case "--seed": options.seed = UInt64(arguments.number(of: argument))
      case "--first": options.first = arguments.number(of: argument)
      case "--cases": options.cases = arguments.number(of: argument)
      case "--orders": options.ordersPerCase = arguments.number(of: argument)
      case "--minutes": options.minutes = Double(arguments.number(of: argument))
      case "--server": target = arguments.value(of: argument)
      case "--keep": options.keep = arguments.value(of: argument)
      case "--spec": options.specs.append(read(arguments.value(of: argument)))
      case "--no-shrink": options.shrinks = false
      case "-v", "--verbose": options.isVerbose = true
      default: arguments.refuse("there is no option `\(argument)`")
      }
    }
  }

  private func read(_ path: String) -> SourceFile {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      arguments.refuse("`\(path)` cannot be read")
    }
    return SourceFile(path: path, text: text)
  }

  /// - Returns: Whether everything agrees.
  func run() throws(PostgresError) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    let libpq = try Libpq.load(environment: environment)
    var target = target
    var own: ThrowawayServer?
    if target == "auto" {
      let started = try ThrowawayServer(
        programs: try ServerPrograms.find(environment: environment), libpq: libpq,
        environment: environment)
      own = started
      target = started.target
    }
    defer { own?.stop() }
    let server = try ServerRun(libpq, target: target, sessionsLimit: 5)
    defer { server.close() }
    var campaign = Campaign(options, server) { text in
      FileHandle.standardOutput.write(Data(text.utf8))
    }
    campaign.run()
    print(campaign.summary)
    return campaign.counts.differences == 0 && campaign.counts.unsettled == 0
      && campaign.counts.refused == 0
  }
}

let tester = DifferentialTester()
do throws(PostgresError) {
  exit(try tester.run() ? 0 : 1)
} catch {
  tester.arguments.fail(error.description, 69)
}
