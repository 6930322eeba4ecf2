import Foundation
import SearchTesting

/// `racesim-searchtest`: random scenarios, explored naively and in every other way.
struct SearchTester {
  static let usage = """
    USAGE: racesim-searchtest [--seed <n>] [--first <n>] [--cases <n>] [--minutes <n>] [--only <modes>]
                              [--size small|medium|large] [--groups] [--steps <n>] [--states <n>] [--no-shrink] [-v]
           racesim-searchtest --many [--seed <n>] [--first <n>] [--cases <n>] [--minutes <n>] [--states <n>] [-v]

    Draws scenarios from a seed, goes through all schedules of each, and compares what comes of it with every
    mode of the search: verdict, broken rules, shortest counterexamples, final states. What differs is made
    smaller and printed. Exits with 0 only if everything agrees.

    With --many a writer of each scenario runs `times many`, and proofs for every number of its sessions are held
    against searches with one to seven.

    Modes: \(SearchMode.all.map(\.name).joined(separator: ", "))

    """

  private var options = SearchCampaign.Options()
  private var minutes: Double?
  private var isMany = false
  private var arguments = CommandLine.arguments.dropFirst()

  /// Reads the command line; ends the program where it does not fit.
  init() {
    while let argument = arguments.popFirst() {
      switch argument {
      case "--seed": options.seed = UInt64(number(of: argument))
      case "--first": options.first = number(of: argument)
      case "--cases": options.cases = number(of: argument)
      case "--minutes": minutes = Double(number(of: argument))
      case "--only": options.judge.modes = modes(value(of: argument))
      case "--groups": options.drawsGroups = true
      case "--size": options.size = size(value(of: argument))
      case "--steps": options.judge.naiveStepsLimit = number(of: argument)
      case "--states": options.judge.statesLimit = max(1, number(of: argument))
      case "--many": isMany = true
      case "--no-shrink": options.shrinks = false
      case "-v", "--verbose": options.isVerbose = true
      case "-h", "--help":
        print(Self.usage)
        exit(0)
      default: Self.fail("there is no option `\(argument)`\n\(Self.usage)")
      }
    }
  }

  static func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data("racesim-searchtest: \(message)\n".utf8))
    exit(64)
  }

  private mutating func value(of name: String) -> String {
    guard let value = arguments.popFirst() else {
      Self.fail("\(name) wants a value\n\(Self.usage)")
    }
    return value
  }

  private mutating func number(of name: String) -> Int {
    let text = value(of: name)
    guard let number = Int(text), number >= 0, number <= 1_000_000_000 else {
      Self.fail("\(name) wants a number, not `\(text)`")
    }
    return number
  }

  private func modes(_ names: String) -> [SearchMode] {
    names.split(separator: ",").map { name in
      guard let mode = SearchMode.all.first(where: { $0.name == name }) else {
        Self.fail("there is no mode `\(name)`\n\(Self.usage)")
      }
      return mode
    }
  }

  private func size(_ name: String) -> ScenarioGenerator.Size {
    guard let size = ScenarioGenerator.Size(rawValue: name) else {
      Self.fail("there is no size `\(name)`\n\(Self.usage)")
    }
    return size
  }

  /// - Returns: Whether everything agrees.
  func run() -> Bool {
    let end = minutes.map { Date().addingTimeInterval($0 * 60) }
    if isMany {
      var campaign = ManyCampaign(options, isOver: { end.map { Date() > $0 } ?? false }) { text in
        FileHandle.standardOutput.write(Data(text.utf8))
      }
      campaign.run()
      print(campaign.summary)
      return campaign.counts.differences == 0
    }
    var campaign = SearchCampaign(options, isOver: { end.map { Date() > $0 } ?? false }) { text in
      FileHandle.standardOutput.write(Data(text.utf8))
    }
    campaign.run()
    print(campaign.summary)
    return campaign.counts.differences == 0 && campaign.counts.refused == 0
  }
}

exit(SearchTester().run() ? 0 : 1)
