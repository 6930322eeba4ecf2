import Reports
import Testing
import Writers

@testable import Scheduler

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

  @Test("a verdict says which numbers of sessions it is about, where the scenario asks for all")
  func parametric() {
    var facts = ParametricFacts()
    facts.writers = ["verify"]
    facts.copies = 2
    facts.cut = 2
    facts.abstractStates = 22
    func lines(_ exploration: Exploration, _ facts: ParametricFacts) -> [String] {
      var exploration = exploration
      exploration.parametric = facts
      var style = Style()
      style.width = 100
      var summary = Summary(
        models: [(path: "a.race", variant: "")], countsInterleavings: false, style: style)
      let row = Summary.Row(
        path: "a.race", variant: "", exploration: exploration,
        judgement: Judgement(exploration, expectation: .none))
      return summary.add(row).map { line in
        let verdict = line.text(style).split(separator: "states").last.map(String.init) ?? ""
        return String(verdict.drop { $0 == " " })
      }
    }
    #expect(
      lines(Self.exploration(.proved), facts) == ["proved, for every number of verify sessions"])
    #expect(
      lines(Self.exploration(.violated, violated: ["a"]), facts) == [
        "violated a, with 2 verify sessions"
      ])
    facts.writers.append("refund")
    facts.reason = "table `audit` gets more and more rows"
    #expect(
      lines(Self.exploration(.inconclusive, bound: "number of sessions"), facts) == [
        "inconclusive, bound: number of sessions",
        "nothing is broken with up to 2 sessions of each of verify, refund",
        "table `audit` gets more and more rows",
      ])
  }

  static var covered: Exploration {
    var random = RandomOptions()
    random.strategy = .pct
    random.seed = 7
    random.depth = 3
    var coverage = RandomCoverage(options: random)
    coverage.runs = 1_000
    coverage.length = 38
    coverage.longerRuns = 1
    coverage.actors = 4
    coverage.states = 1_203
    coverage.classes = 812
    coverage.singleClasses = 20
    coverage.latest = .init(runs: 100, states: 12, classes: 1, pairs: 0)
    coverage.growth = [.init(runs: 1, states: 30, classes: 1, pairs: 0)]
    coverage.pairs = [
      .init(
        first: .init(writer: "a", path: "x.race", line: 3, column: 5),
        second: .init(writer: "b", path: "x.race", line: 9, column: 1))
    ]
    var result = exploration(.inconclusive, states: 1_203, bound: "random runs")
    result.coverage = coverage
    return result
  }

  private static func row(_ exploration: Exploration) -> Summary.Row {
    Summary.Row(
      path: "x.race", variant: "", exploration: exploration,
      judgement: Judgement(exploration, expectation: .proved))
  }

  private static func text(_ lines: [Line]) -> [String] {
    lines.text(Style()).split(separator: "\n").map(String.init)
  }

  @Test("what random runs have met stands below the verdict")
  func coverage() {
    var summary = Summary(
      models: [("x.race", "")], countsInterleavings: false, style: Style())
    let lines = Self.text(summary.add(Self.row(Self.covered)))
    #expect(lines.count == 5)
    #expect(lines[0].hasSuffix("≥ 1,203 states   inconclusive, bound: random runs"))
    #expect(
      lines.dropFirst().map { String($0.drop { $0 == " " }) } == [
        "1,000 runs (pct, depth 3, seed 7): 812 interleaving classes, 1 pair of statements",
        "the last 100 runs: 12 new states, 1 new class, 0 new pairs",
        "about 2 % of further runs would be of a new class",
        "a bug of depth 3: found by a run with a chance of at least 1/(4·38^2), by all with 16 %, "
          + "were it not for 1 run of more than 38 steps",
      ])
    var uniform = Self.covered
    uniform.coverage?.options.strategy = .uniform
    uniform.coverage?.length = nil
    let shorter = Self.text(summary.add(Self.row(uniform)))
    #expect(shorter.count == 4)
    #expect(shorter[1].contains("1,000 runs (uniform, seed 7)"))
  }

  @Test("and in the line of JSON")
  func coverageJSON() {
    let model = CheckReport.Model(row: Self.row(Self.covered), properties: [], findings: [])
    let line = JSONReport.lines(model).map(\.compact).joined()
    #expect(
      line.contains(
        #""random":{"strategy":"pct","seed":"7","runs":1000,"depth":3,"actors":4,"expectedSteps":38,"longerRuns":1,"#
      ), "\(line)")
    #expect(
      line.contains(
        #""pairs":[{"first":{"writer":"a","path":"x.race","line":3,"column":5},"second":{"writer":"b","path":"x.race","line":9,"column":1}}]"#
      ), "\(line)")
    #expect(line.contains(#""growth":[{"runs":1,"states":30,"classes":1,"pairs":0}]"#), "\(line)")
    #expect(line.contains(#""newClassChance":"0.02""#), "\(line)")
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
