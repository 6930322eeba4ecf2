import Reports
import Scheduler
import Testing
import Writers

@Suite("Summaries")
struct SummaryTests {
  static func exploration(
    _ verdict: Exploration.Verdict, violated: [String] = [], states: Int = 22,
    bound: String? = nil, interleavings: String? = nil
  ) -> Exploration {
    var result = Exploration(verdict: verdict)
    result.counterexamples = violated.map { Counterexample(property: $0, schedule: []) }
    result.states = states
    result.bound = bound
    result.interleavings = interleavings
    return result
  }

  @Test("a verdict is judged by what the scenario expects")
  func judgement() {
    let proved = Self.exploration(.proved)
    let broken = Self.exploration(.violated, violated: ["a", "b"])
    let open = Self.exploration(.inconclusive, bound: "states")
    #expect(Judgement(proved, expectation: .none).status == .ok)
    #expect(Judgement(proved, expectation: .proved).status == .ok)
    #expect(Judgement(proved, expectation: .violated(["a"])).status == .failed)
    #expect(Judgement(proved, expectation: .violated([])).status == .failed)
    #expect(Judgement(proved, expectation: .inconclusive).status == .failed)
    #expect(Judgement(broken, expectation: .none).unexpected == ["a", "b"])
    #expect(Judgement(broken, expectation: .violated(["b", "a"])).status == .expected)
    #expect(Judgement(broken, expectation: .violated([])).status == .expected)
    #expect(Judgement(broken, expectation: .violated(["a"])).unexpected == ["b"])
    #expect(Judgement(broken, expectation: .violated(["a", "b", "c"])).status == .failed)
    #expect(Judgement(open, expectation: .proved).status == .bounded)
    #expect(Judgement(open, expectation: .violated(["a"])).status == .bounded)
    #expect(Judgement(open, expectation: .inconclusive).status == .expected)
  }

  static func summary(_ style: Style, counts: Bool = false) -> [Line] {
    let rows: [(String, String, Exploration, Writers.Expectation, [String])] = [
      (
        "Scenarios/deposit.race", "", exploration(.proved, states: 26, interleavings: "24"), .none,
        []
      ),
      (
        "Scenarios/seats.race", "", exploration(.violated, violated: ["everyone_seated"]), .proved,
        ["lost update (P4)"]
      ),
      ("Scenarios/seats.race", "locked", exploration(.proved, states: 4212), .proved, []),
      (
        "Scenarios/seats.race", "two variants with a name that is longer than its column is wide",
        exploration(.violated, violated: ["everyone_seated", "deadlock"], states: 1_204_331),
        .violated([]), ["lost update (P4)"]
      ),
      (
        "Scenarios/seats_9.race", "",
        exploration(.inconclusive, states: 10_000_000, bound: "states"), .none, []
      ),
    ]
    var summary = Summary(
      models: rows.map { ($0.0, $0.1) }, countsInterleavings: counts, style: style)
    var lines: [Line] = []
    for row in rows {
      lines += summary.add(
        Summary.Row(
          path: row.0, variant: row.1, exploration: row.2,
          judgement: Judgement(row.2, expectation: row.3), anomalies: row.4))
    }
    #expect(summary.exitStatus == .violation)
    return lines + [Line(), summary.totals()]
  }

  @Test("look as they should")
  func golden() {
    var style = Style()
    GoldenFile.expect(Self.summary(style).text(style), is: "summary.txt")
    style.usesASCII = true
    GoldenFile.expect(Self.summary(style, counts: true).text(style), is: "summary-counts.txt")
  }

  @Test("the graver exit status wins")
  func exitStatus() {
    #expect(Reports.ExitStatus.success.or(.inconclusive) == .inconclusive)
    #expect(Reports.ExitStatus.violation.or(.inconclusive) == .violation)
    #expect(Reports.ExitStatus.violation.or(.invalidScenario) == .invalidScenario)
    #expect(Reports.ExitStatus.software.or(.interrupted) == .software)
    let none = Summary(models: [], countsInterleavings: false, style: Style())
    #expect(none.exitStatus == .nothing)
  }
}
