import AllocationCounter
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
///
/// Allocations are counted from the first to the last step of an exploration, everything in between
/// included; peak memory is that of the whole process so far.
@main
enum ExplorationBenchmark {
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    let copies = words.compactMap { Int($0) }.first ?? 3
    var options = ExplorationOptions()
    options.statesLimit = 50_000_000
    options.machine.usesSymmetry = !words.contains("--plain")
    options.countsInterleavings = words.contains("--count")

    print(
      row([
        "of each", "states", "transitions", "seconds", "states/s", "transitions/s", "alloc/trans",
        "search MB", "peak MB", "verdict",
      ]))
    for count in 1...max(1, copies) { measure(copies: count, options) }
  }

  private static func measure(copies: Int, _ options: ExplorationOptions) {
    let text = FourWriters.text(copies: copies)
    let path = "four-writers.race"
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
          "\(copies)", "\(result.states)", "\(result.transitions)", decimal(seconds, places: 3),
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
    let widths = [7, 10, 12, 9, 10, 13, 11, 9, 8]
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
