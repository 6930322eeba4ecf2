import BenchmarkModels
import Foundation

/// One way to explore a model: a program with options.
struct Configuration {
  enum Explorer: String {
    case floor = "explorer.c"
    case spin = "Spin"
    case raceSim = "RaceSim"
  }

  var explorer: Explorer
  /// What is switched on, as the table has it.
  var name: String
  var flags: [String] = []
  /// The search ends at the first violation, so that its counts are not those of the model.
  var stopsAtFirst = false

  static let floor = Configuration(explorer: .floor, name: "no reduction")
  static let floorSymmetry = Configuration(
    explorer: .floor, name: "symmetry", flags: ["symmetry"])
  static let spin = Configuration(explorer: .spin, name: "no reduction", flags: ["-DNOREDUCE"])
  static let spinReduced = Configuration(explorer: .spin, name: "partial order")
}

/// What an exploration came to.
struct Measurement {
  var states: Int?
  var transitions: Int?
  /// `nil` if the search did not come to its end.
  var isProved: Bool?
  /// The time of the search alone, as the explorer tells it.
  var searchSeconds: Double?
  /// From the start of the program to its end.
  var seconds: Double
  var peakBytes: Int
  /// Why there is no verdict.
  var remark: String?

  /// `nil` where the search was too short to tell.
  var statesPerSecond: Double? {
    guard let states, let searchSeconds, searchSeconds >= 0.05 else { return nil }
    return Double(states) / searchSeconds
  }
}

/// Builds and runs explorers in a folder of its own.
struct Bench {
  let folder: URL
  let peers: URL
  let raceSim: String
  let limits: ChildProcess.Limits
  /// Programs get more time to be built.
  private let building = ChildProcess.Limits(seconds: 120)

  init(folder: URL, peers: URL, raceSim: String, limits: ChildProcess.Limits) {
    self.folder = folder
    self.peers = peers
    self.raceSim = raceSim
    self.limits = limits
  }

  /// Whether a command can be run.
  func has(_ command: String) -> Bool {
    let result = try? ChildProcess.run(
      ["/bin/sh", "-c", "command -v \(command)"], in: folder, limits: building)
    return result?.exitCode == 0
  }

  /// Whether this RaceSim takes an option.
  func accepts(_ option: String) throws -> Bool {
    let path = try scenario(.callers(CallersModel(callers: 1, isLocked: true)))
    let result = try ChildProcess.run(
      [raceSim, "check", path, "-q", "--no-evidence", option], in: folder, limits: building)
    return result.exitCode == 0
  }

  func measure(_ model: PeerModel, _ configuration: Configuration) throws -> Measurement {
    switch configuration.explorer {
    case .floor: try measureFloor(model, configuration)
    case .spin: try measureSpin(model, configuration)
    case .raceSim: try measureRaceSim(model, configuration)
    }
  }

  private func build(_ command: [String]) throws {
    let result = try ChildProcess.run(command, in: folder, limits: building)
    guard result.exitCode == 0 else {
      throw ComparisonError("cannot be built: \(command.joined(separator: " "))")
    }
  }

  // MARK: The hand-written explorer

  private func measureFloor(
    _ model: PeerModel, _ configuration: Configuration
  ) throws -> Measurement {
    let bytes =
      switch model {
      case .pay(let pay): pay.orders * (2 + 4 * pay.copies)
      case .callers(let callers): 2 + callers.callers
      }
    let source = peers.appendingPathComponent("explorer.c").path
    try build(["gcc", "-O2", "-DWORDS=\(bytes / 8 + 1)", "-o", "explorer", source])
    let result = try ChildProcess.run(
      ["./explorer"] + model.words + configuration.flags, in: folder, limits: limits)
    var measurement = started(result)
    measurement.states = number("states=", in: result.output).map(Int.init)
    measurement.transitions = number("transitions=", in: result.output).map(Int.init)
    measurement.searchSeconds = number("seconds=", in: result.output)
    if result.output.contains("verdict=proved") { measurement.isProved = true }
    if result.output.contains("verdict=violated") { measurement.isProved = false }
    return measurement
  }

  // MARK: Spin

  private func measureSpin(
    _ model: PeerModel, _ configuration: Configuration
  ) throws -> Measurement {
    let file: String
    var definitions: [String]
    switch model {
    case .pay(let pay):
      file = "pay.pml"
      definitions = ["-DK=\(pay.copies)", "-DN=\(pay.orders)"]
      if pay.locksOrder { definitions.append("-DFORUPDATE") }
      if pay.ignoresRowCount { definitions.append("-DIGNORES") }
    case .callers(let callers):
      file = "callers.pml"
      definitions = ["-DCALLERS=\(callers.callers)"]
      if callers.isLocked { definitions.append("-DLOCKED") }
    }
    try build(["spin", "-a"] + definitions + [peers.appendingPathComponent(file).path])
    try build(
      ["gcc", "-O2", "-w", "-DSAFETY", "-DMEMLIM=\(limits.bytes >> 20)"] + configuration.flags
        + ["-o", "pan", "pan.c"])
    // -c0: go on after an error. The depth must hold the longest run that comes back to no state.
    let result = try ChildProcess.run(
      ["./pan", "-m1000000", "-n", configuration.stopsAtFirst ? "-c1" : "-c0"], in: folder,
      limits: limits)
    var measurement = started(result)
    for line in result.output.split(separator: "\n").map(String.init) {
      if line.contains("states, stored") {
        measurement.states = firstNumber(in: line).map(Int.init)
      } else if line.contains("transitions (") {
        measurement.transitions = firstNumber(in: line).map(Int.init)
      } else if line.contains("elapsed time") {
        measurement.searchSeconds = number("elapsed time ", in: line)
      } else if line.contains("errors: ") {
        measurement.isProved = number("errors: ", in: line) == 0
      }
    }
    let isCut = ["max search depth too small", "memory exceeded", "out of memory"].contains {
      result.output.contains($0)
    }
    if isCut {
      measurement.isProved = measurement.isProved == false ? false : nil
      measurement.remark = measurement.remark ?? "cut short"
    }
    return measurement
  }

  // MARK: RaceSim

  private func scenario(_ model: PeerModel) throws -> String {
    let file = folder.appendingPathComponent(model.words.joined(separator: "-") + ".race")
    try Data(model.text.utf8).write(to: file)
    return file.path
  }

  private func measureRaceSim(
    _ model: PeerModel, _ configuration: Configuration
  ) throws -> Measurement {
    let path = try scenario(model)
    let result = try ChildProcess.run(
      [
        raceSim, "check", path, "--format", "json", "--times", "--no-evidence", "--quiet",
        "--max-states", "1000000000", "--timeout", "\(Int(limits.seconds))s",
        "--max-memory", "\(limits.bytes >> 20)m",
      ] + configuration.flags, in: folder,
      limits: ChildProcess.Limits(seconds: limits.seconds + 5, bytes: limits.bytes))
    var measurement = started(result)
    for line in result.output.split(separator: "\n") {
      guard let event = try? JSONDecoder().decode(CheckEvent.self, from: Data(line.utf8)),
        event.event == "scenario"
      else { continue }
      measurement.states = event.states
      measurement.transitions = event.transitions
      measurement.searchSeconds = event.milliseconds.map { Double($0) / 1000 }
      measurement.remark = event.bound.map { "cut short (\($0))" } ?? measurement.remark
      switch event.verdict {
      case "proved": measurement.isProved = true
      case "violated": measurement.isProved = false
      default: break
      }
      // Not only that something is violated, but what.
      if event.bound == nil, event.status == "failed", !configuration.stopsAtFirst {
        measurement.isProved = nil
        measurement.remark = "not as the file expects"
      }
    }
    return measurement
  }

  /// The line of `check --format json` about a model.
  private struct CheckEvent: Decodable {
    var event: String
    var status: String?
    var verdict: String?
    var states: Int?
    var transitions: Int?
    var bound: String?
    var milliseconds: Int?
  }

  // MARK: Reading

  /// With what explorer.c and RaceSim end that get no more memory.
  private static let outOfMemory: Int32 = 70

  private func started(_ result: ChildProcess) -> Measurement {
    var measurement = Measurement(seconds: result.seconds, peakBytes: result.peakBytes)
    if result.isTimedOut {
      measurement.remark = "not in \(Int(limits.seconds)) s"
    } else if result.exitCode == nil || result.exitCode == Self.outOfMemory {
      measurement.remark = "not in \(limits.bytes >> 30) GB"
    }
    return measurement
  }

  /// The number behind a text.
  private func number(_ label: String, in text: String) -> Double? {
    text.range(of: label).flatMap { firstNumber(in: String(text[$0.upperBound...])) }
  }

  private func firstNumber(in text: String) -> Double? {
    let digits = text.drop { $0 == " " || $0 == "\t" }
    return Double(digits.prefix { $0.isNumber || ".e+".contains($0) })
  }
}
