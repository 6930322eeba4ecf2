import Foundation
import SearchTesting
import TesterCommandLine

/// `racesim-searchtest`: random scenarios, explored naively and in every other way.
struct SearchTester {
  static let usage = """
    USAGE: racesim-searchtest [--seed <n>] [--first <n>] [--cases <n>] [--minutes <n>] [--only <modes>]
                              [--size small|medium|large] [--groups] [--queues] [--steps <n>] [--states <n>]
                              [--baseline <mode>] [--no-shrink] [-v]
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
  private var arguments = TesterArguments(program: "racesim-searchtest", usage: Self.usage)

  /// Reads the command line; ends the program where it does not fit.
  init() {
    while let argument = arguments.next() {
      switch argument {
      case "--seed": options.seed = UInt64(arguments.number(of: argument))
      case "--first": options.first = arguments.number(of: argument)
      case "--cases": options.cases = arguments.number(of: argument)
      case "--minutes": minutes = Double(arguments.number(of: argument))
      case "--only": options.judge.modes = modes(arguments.value(of: argument))
      case "--groups": options.drawsGroups = true
      case "--queues": options.drawsQueues = true
      case "--size": options.size = size(arguments.value(of: argument))
      case "--steps": options.judge.naiveStepsLimit = arguments.number(of: argument)
      case "--states": options.judge.statesLimit = max(1, arguments.number(of: argument))
      case "--baseline":
        let modes = modes(arguments.value(of: argument))
        guard modes.count == 1 else { arguments.refuse("`--baseline` takes one mode") }
        options.judge.baseline = modes[0]
      case "--many": isMany = true
      case "--no-shrink": options.shrinks = false
      case "-v", "--verbose": options.isVerbose = true
      default: arguments.refuse("there is no option `\(argument)`")
      }
    }
  }

  private func modes(_ names: String) -> [SearchMode] {
    names.split(separator: ",").map { name in
      guard let mode = SearchMode.all.first(where: { $0.name == name }) else {
        arguments.refuse("there is no mode `\(name)`")
      }
      return mode
    }
  }

  private func size(_ name: String) -> ScenarioGenerator.Size {
    guard let size = ScenarioGenerator.Size(rawValue: name) else {
      arguments.refuse("there is no size `\(name)`")
    }
    return size
  }

  /// - Returns: Whether everything agrees.
  func run() -> Bool {
    let end = minutes.map { Date().addingTimeInterval($0 * 60) }
    let isOver = { end.map { Date() > $0 } ?? false }
    let output = { (text: String) in FileHandle.standardOutput.write(Data(text.utf8)) }
    if isMany {
      var campaign = ManyCampaign(options, isOver: isOver, output: output)
      campaign.run()
      print(campaign.summary)
      return campaign.counts.differences == 0
    }
    var campaign = SearchCampaign(options, isOver: isOver, output: output)
    campaign.run()
    print(campaign.summary)
    return campaign.counts.differences == 0 && campaign.counts.refused == 0
  }
}

exit(SearchTester().run() ? 0 : 1)
