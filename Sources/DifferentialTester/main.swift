import Differential
import Foundation
import Postgres

/// `racesim-difftest`: random cases, in the simulation and on a server.
struct DifferentialTester {
  static let usage = """
    USAGE: racesim-difftest [--seed <n>] [--first <n>] [--cases <n>] [--orders <n>] [--minutes <n>]
                            [--server <url>|auto] [--keep <folder>] [--no-shrink] [-v]

    Draws schemas, data, sessions and orders of their steps from a seed, runs them in the simulation and on a
    PostgreSQL server, and compares all that can be seen. What differs is made smaller, printed, and written to
    the folder. Exits with 0 only if everything agrees.

    """

  private var options = Campaign.Options()
  private var target = "auto"
  private var arguments = CommandLine.arguments.dropFirst()

  /// Reads the command line; ends the program where it does not fit.
  init() {
    while let argument = arguments.popFirst() {
      switch argument {
      case "--seed": options.seed = UInt64(number(of: argument))
      case "--first": options.first = number(of: argument)
      case "--cases": options.cases = number(of: argument)
      case "--orders": options.ordersPerCase = number(of: argument)
      case "--minutes": options.minutes = Double(number(of: argument))
      case "--server": target = value(of: argument)
      case "--keep": options.keep = value(of: argument)
      case "--no-shrink": options.shrinks = false
      case "-v", "--verbose": options.isVerbose = true
      case "-h", "--help":
        print(Self.usage)
        exit(0)
      default: Self.fail("there is no option `\(argument)`\n\(Self.usage)", 64)
      }
    }
  }

  static func fail(_ message: String, _ status: Int32) -> Never {
    FileHandle.standardError.write(Data("racesim-difftest: \(message)\n".utf8))
    exit(status)
  }

  private mutating func value(of name: String) -> String {
    guard let value = arguments.popFirst() else {
      Self.fail("\(name) wants a value\n\(Self.usage)", 64)
    }
    return value
  }

  private mutating func number(of name: String) -> Int {
    let text = value(of: name)
    guard let number = Int(text), number >= 0, number <= 1_000_000_000 else {
      Self.fail("\(name) wants a number, not `\(text)`", 64)
    }
    return number
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

do throws(PostgresError) {
  exit(try DifferentialTester().run() ? 0 : 1)
} catch {
  DifferentialTester.fail(error.description, 69)
}
