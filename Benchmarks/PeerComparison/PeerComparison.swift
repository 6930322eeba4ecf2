import BenchmarkModels
import Foundation

/// Prints a table of explorers: the same models, by every one that is there, in one run.
///
///     Benchmarks/compare                         all models, all explorers
///     Benchmarks/compare --markdown              … as Markdown
///     Benchmarks/compare --only 'pay 2 1'        models whose name begins so
///     Benchmarks/compare --seconds 10            the time for each exploration (60)
///     Benchmarks/compare --gigabytes 4           the memory for each (8)
///
/// It fails if two explorers come to different verdicts, or if the two that count the same steps, Spin and
/// explorer.c, come to different numbers of states.
@main
enum PeerComparison {
  static func main() {
    do {
      var run = try Run(arguments: Array(CommandLine.arguments.dropFirst()))
      try run.measureAll()
      run.printTable()
      if !run.mistakes.isEmpty {
        for mistake in run.mistakes { FileHandle.standardError.write(Data("\(mistake)\n".utf8)) }
        exit(1)
      }
    } catch {
      FileHandle.standardError.write(Data("compare: \(error)\n".utf8))
      exit(64)
    }
  }
}

/// The models that are compared.
enum Suite {
  static let models: [PeerModel] = [
    .pay(PayModel(copies: 1, orders: 1)),
    .pay(PayModel(copies: 2, orders: 1)),
    .pay(PayModel(copies: 2, orders: 1, locksOrder: true)),
    .pay(PayModel(copies: 2, orders: 1, ignoresRowCount: true)),
    .pay(PayModel(copies: 2, orders: 1, locksOrder: true, ignoresRowCount: true)),
    .pay(PayModel(copies: 3, orders: 1)),
    .pay(PayModel(copies: 5, orders: 1)),
    .pay(PayModel(copies: 10, orders: 1)),
    .pay(PayModel(copies: 10, orders: 1, locksOrder: true)),
    .pay(PayModel(copies: 1, orders: 2)),
    .pay(PayModel(copies: 1, orders: 10)),
    .pay(PayModel(copies: 1, orders: 100)),
    .callers(CallersModel(callers: 12, isLocked: true)),
    .callers(CallersModel(callers: 12, isLocked: false)),
    .callers(CallersModel(callers: 100, isLocked: true)),
    .callers(CallersModel(callers: 100, isLocked: false)),
    .callers(CallersModel(callers: 1000, isLocked: true)),
  ]

  /// Models of one family grow along the list: what was too much for one is too much for those behind it.
  static func family(_ model: PeerModel) -> String {
    switch model {
    case .pay(let pay):
      "pay \(pay.copies > 1 ? "K 1" : pay.orders > 1 ? "1 N" : "1 1") \(pay.locksOrder)"
    case .callers(let callers): "callers \(callers.isLocked)"
    }
  }

  /// What each explorer can hold: a byte for a process in Spin, and for a count of sessions in explorer.c.
  static func fits(_ model: PeerModel, _ explorer: Configuration.Explorer) -> Bool {
    let sessions =
      switch model {
      case .pay(let pay): 4 * pay.copies * pay.orders
      case .callers(let callers): callers.callers
      }
    return explorer == .raceSim || sessions < 250
  }
}

/// One run of the command.
struct Run {
  private var isMarkdown = false
  private var prefix = ""
  private var limits = ChildProcess.Limits()
  private let bench: Bench
  private var configurations: [Configuration] = []
  private var table = Table(
    header: [
      "model", "explorer", "reductions", "states", "transitions", "search s", "process s", "MB",
      "states/s", "verdict", "states/s : Spin", "time : Spin",
    ],
    numeric: [3, 4, 5, 6, 7, 8, 10, 11])
  private var remarks: [String] = []
  /// Explorers that have come to different results.
  private(set) var mistakes: [String] = []
  /// The first model of a family that was too much for a configuration.
  private var tooMuch: [String: PeerModel] = [:]

  init(arguments: [String]) throws {
    var words = arguments[...]
    var raceSim = ".build/release/racesim"
    func value(_ option: String) throws -> String {
      guard let value = words.popFirst() else { throw ComparisonError("\(option) needs a value") }
      return value
    }
    while let word = words.popFirst() {
      switch word {
      case "--markdown": isMarkdown = true
      case "--only": prefix = try value(word)
      case "--racesim": raceSim = try value(word)
      case "--seconds", "--gigabytes":
        guard let number = Double(try value(word)), number >= 1 else {
          throw ComparisonError("\(word) takes a number from 1 on")
        }
        if word == "--seconds" { limits.seconds = number } else { limits.bytes = Int(number) << 30 }
      default:
        throw ComparisonError(
          "unknown option \(word); there are --markdown, --only, --seconds, --gigabytes, --racesim")
      }
    }
    let root = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let folder = root.appendingPathComponent(".build/peers")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    bench = Bench(
      folder: folder, peers: root.appendingPathComponent("Benchmarks/Peers"),
      raceSim: URL(fileURLWithPath: raceSim, relativeTo: root).path, limits: limits)
    guard FileManager.default.isExecutableFile(atPath: bench.raceSim) else {
      throw ComparisonError("\(raceSim) is no program; `--racesim` takes the path of racesim")
    }
    try findExplorers()
  }

  private mutating func findExplorers() throws {
    let hasCompiler = bench.has("gcc")
    if hasCompiler {
      configurations += [.floor, .floorSymmetry]
    } else {
      remarks.append("gcc is missing: explorer.c and Spin are skipped.")
    }
    if hasCompiler, bench.has("spin") {
      configurations += [.spin, .spinReduced]
    } else if hasCompiler {
      remarks.append("Spin is missing (Debian: apt-get install spin): it is skipped.")
    }
    try findReductions()
  }

  /// What this RaceSim can switch off: an option that a version does not have, it has no row for.
  private mutating func findReductions() throws {
    var options: [String: Bool] = [:]
    for option in ["--no-reduction", "--no-quiet-steps", "--no-late-waits", "--no-memo"] {
      options[option] = try bench.accepts(option)
    }
    let off = options["--no-reduction"] == true ? ["--no-reduction"] : []
    let all = off.isEmpty ? "symmetry" : "all"
    add("no reduction", off + ["--no-symmetry"])
    add("no reduction, 2 threads", off + ["--no-symmetry"], threads: 2)
    if options["--no-memo"] == true {
      add("no reduction, no memo", ["--no-memo", "--no-symmetry"])
    }
    if !off.isEmpty {
      add("symmetry", off)
      add("all but symmetry", ["--no-symmetry"])
      for option in ["--no-quiet-steps", "--no-late-waits"] where options[option] == true {
        let name = option.dropFirst("--no-".count).split(separator: "-").joined(separator: " ")
        add("all but \(name)", [option])
      }
    } else {
      remarks.append("This RaceSim has no --no-reduction: symmetry is all that there is.")
    }
    add(all, [])
    add("\(all), 2 threads", [], threads: 2)
    add("\(all), first violation", ["--stop-at-first"])
    configurations[configurations.count - 1].stopsAtFirst = true
  }

  private mutating func add(_ name: String, _ flags: [String], threads: Int = 1) {
    configurations.append(
      Configuration(explorer: .raceSim, name: name, flags: flags + ["--threads", "\(threads)"]))
  }

  // MARK: Measuring

  mutating func measureAll() throws {
    for model in Suite.models where model.description.hasPrefix(prefix) {
      var measured: [(Configuration, Measurement)] = []
      for configuration in configurations {
        if configuration.stopsAtFirst && model.isProved { continue }
        guard Suite.fits(model, configuration.explorer) else { continue }
        let key = "\(Suite.family(model)) \(configuration.explorer) \(configuration.name)"
        if let smaller = tooMuch[key] {
          measured.append(
            (
              configuration,
              Measurement(seconds: 0, peakBytes: 0, remark: "as \(smaller): too much")
            ))
          continue
        }
        let measurement = try bench.measure(model, configuration)
        if measurement.remark != nil { tooMuch[key] = model }
        measured.append((configuration, measurement))
        note("\(model), \(configuration.explorer.rawValue), \(configuration.name): ", measurement)
      }
      compare(model, measured)
      append(model, measured)
    }
  }

  private func note(_ name: String, _ measurement: Measurement) {
    let seconds = Self.decimal(measurement.seconds, places: 2)
    FileHandle.standardError.write(
      Data("\(name)\(seconds) s\(measurement.remark.map { ", \($0)" } ?? "")\n".utf8))
  }

  /// Notes where explorers that must agree do not.
  private mutating func compare(_ model: PeerModel, _ measured: [(Configuration, Measurement)]) {
    for (configuration, measurement) in measured {
      if let isProved = measurement.isProved, isProved != model.isProved {
        mistakes.append(
          "\(model): \(configuration.explorer.rawValue), \(configuration.name), says "
            + "\(isProved ? "proved" : "violated"), and that is wrong")
      }
      if measurement.isProved == nil, measurement.remark == nil {
        mistakes.append(
          "\(model): \(configuration.explorer.rawValue), \(configuration.name), gave no answer")
      }
      if measurement.remark == "not as the file expects" {
        mistakes.append("\(model): RaceSim, \(configuration.name), does not find what is expected")
      }
    }
    func whole(_ explorer: Configuration.Explorer) -> Measurement? {
      measured.first {
        $0.0.explorer == explorer && $0.0.name == "no reduction" && $0.1.remark == nil
      }?.1
    }
    guard let floor = whole(.floor)?.states, let spin = whole(.spin)?.states else { return }
    // Spin's first state in `pay` is the one before its processes run.
    let extra: Int
    switch model {
    case .pay: extra = 1
    case .callers: extra = 0
    }
    if spin - extra != floor {
      mistakes.append("\(model): Spin has \(spin - extra) states, explorer.c \(floor)")
    }
  }

  // MARK: The table

  private mutating func append(_ model: PeerModel, _ measured: [(Configuration, Measurement)]) {
    let spin = measured.filter { $0.0.explorer == .spin }
    let rate = spin.first { $0.0.name == "no reduction" }?.1.statesPerSecond
    let times = spin.filter { $0.1.remark == nil }.map(\.1.seconds)
    for (index, (configuration, it)) in measured.enumerated() {
      var ratio = "–"
      if let rate, let own = it.statesPerSecond {
        ratio = Self.decimal(own / rate, places: 2)
      }
      var speed = "–"
      if it.remark == nil, let fastest = times.min() {
        speed = Self.decimal(fastest / it.seconds, places: 2)
      } else if it.remark == nil, !spin.isEmpty {
        speed = "> " + Self.decimal(limits.seconds / it.seconds, places: 0)
      }
      let hasRun = it.seconds > 0
      table.rows.append([
        index == 0 ? "\(model)" : "", configuration.explorer.rawValue, configuration.name,
        it.states.map(Self.grouped) ?? "–", it.transitions.map(Self.grouped) ?? "–",
        it.searchSeconds.map { Self.decimal($0, places: 3) } ?? "–",
        hasRun ? Self.decimal(it.seconds, places: 3) : "–",
        hasRun ? Self.decimal(Double(it.peakBytes) / 1_048_576, places: 0) : "–",
        it.statesPerSecond.map { Self.grouped(Int($0)) } ?? "–",
        it.remark ?? it.isProved.map { $0 ? "proved" : "violated" } ?? "no answer", ratio, speed,
      ])
    }
  }

  func printTable() {
    for line in table.lines(isMarkdown: isMarkdown) { print(line) }
    if !remarks.isEmpty { print() }
    for remark in remarks { print(remark) }
  }

  private static func grouped(_ number: Int) -> String {
    var digits = Array("\(number)")
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return String(digits)
  }

  private static func decimal(_ number: Double, places: Int) -> String {
    String(format: "%.\(places)f", number)
  }
}
