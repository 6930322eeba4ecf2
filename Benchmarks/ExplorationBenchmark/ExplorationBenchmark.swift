import AllocationCounter
import BenchmarkModels
import SQL
import Scheduler
import Writers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measures explorations: how many states and transitions a second, how many allocations and how much memory.
///
///     swift run -c release ExplorationBenchmark            the four writers, one to three of each
///     swift run -c release ExplorationBenchmark 5          … up to five of each
///     swift run -c release ExplorationBenchmark 2 --plain  … without symmetry
///     swift run -c release ExplorationBenchmark 2 --count  … counting interleavings
///     swift run -c release ExplorationBenchmark pay 2 1 --plain     a model that the peers have too
///     swift run -c release ExplorationBenchmark print pay 2 1       … its scenario file
///
/// Allocations are counted from the first to the last step of an exploration, everything in between
/// included; peak memory is that of the whole process so far.
@main
enum ExplorationBenchmark {
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    var options = ExplorationOptions()
    options.statesLimit =
      words.lazy.compactMap { $0.hasPrefix("--max-states=") ? Int($0.dropFirst(13)) : nil }.first
      ?? 50_000_000
    options.machine.usesSymmetry = !words.contains("--plain")
    options.countsInterleavings = words.contains("--count")

    let plainWords = words.filter { !$0.hasPrefix("--") }
    let isPrinting = plainWords.first == "print"
    let named = PeerModel(words: Array(plainWords.dropFirst(isPrinting ? 1 : 0)))
    if isPrinting {
      guard let named else {
        print("usage: ExplorationBenchmark print \(PeerModel.usage)")
        exit(64)
      }
      print(named.text, terminator: "")
      return
    }

    print(
      row([
        "model", "states", "transitions", "seconds", "states/s", "transitions/s", "alloc/trans",
        "search MB", "peak MB", "verdict",
      ]))
    if let named {
      measure("\(named)", named.text, options)
    } else {
      let copies = plainWords.lazy.compactMap { Int($0) }.first ?? 3
      for count in 1...max(1, copies) {
        measure("\(count) of each", FourWriters.text(copies: count), options)
      }
    }
  }

  private static func measure(_ name: String, _ text: String, _ options: ExplorationOptions) {
    let path = "benchmark.race"
    let compiled = ScenarioCompiler.compile(path: path) { $0 == path ? Array(text.utf8) : nil }
    guard let model = compiled.scenario?.models.first else {
      for diagnostic in compiled.diagnostics { print(diagnostic.message) }
      exit(70)
    }
    do {
      var explorer = Explorer(model: model, options: options)
      let allocations = allocation_count()
      let start = ContinuousClock.now
      let result = try explorer.run()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let allocated = allocation_count() - allocations
      print(
        row([
          name, "\(result.states)", "\(result.transitions)", decimal(seconds, places: 3),
          perSecond(result.states, seconds), perSecond(result.transitions, seconds),
          allocations < 0
            ? "not counted" : decimal(Double(allocated) / Double(result.transitions), places: 3),
          "\(result.memoryBytes >> 20)", "\(peakMemoryBytes >> 20)",
          result.bound.map { "\(result.verdict) (\($0))" } ?? "\(result.verdict)",
        ]))
      if let interleavings = result.interleavings {
        print("         \(interleavings) interleavings")
      }
    } catch {
      print(error.message)
      exit(70)
    }
  }

  private static func perSecond(_ count: Int, _ seconds: Double) -> String {
    decimal(Double(count) / max(seconds, 1e-9), places: 0)
  }

  private static func decimal(_ number: Double, places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((number * Double(scale)).rounded())
    guard places > 0 else { return "\(scaled)" }
    let fraction = "\(scaled % scale)"
    return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  private static func row(_ cells: [String]) -> String {
    let widths = [20, 10, 12, 9, 10, 13, 11, 9, 8]
    var line = ""
    for (index, cell) in cells.enumerated() {
      let width = index < widths.count ? widths[index] : 0
      line += String(repeating: " ", count: max(0, width - cell.count)) + cell + "  "
    }
    return line
  }

  /// The most memory that the process has had at once.
  private static var peakMemoryBytes: Int {
    #if canImport(Darwin)
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #elseif canImport(Glibc)
      var usage = rusage()
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      return 0
    #endif
  }
}
