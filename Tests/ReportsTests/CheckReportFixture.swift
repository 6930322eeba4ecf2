import Reports
import Scheduler
import Writers

/// A check with one of everything.
enum CheckReportFixture {
  static let everything: CheckReport = {
    var report = CheckReport(version: "1.2.3")
    report.plannedModels = 4
    report.invalidPaths = ["Scenarios/broken,file.race"]
    report.entries = [
      .model(model("Scenarios/deposit.race", exploration: SummaryTests.exploration(.proved))),
      .model(
        model(
          Fixtures.lostUpdate.scenarioPath,
          exploration: SummaryTests.exploration(.violated, violated: ["everyone_seated"]),
          expectation: .proved, findings: [(Fixtures.lostUpdate, false)])),
      .model(
        model(
          Fixtures.deadlock.scenarioPath, variant: "two orders | of locks",
          exploration: SummaryTests.exploration(.violated, violated: ["deadlock"]),
          expectation: .violated(["deadlock"]), findings: [(Fixtures.deadlock, true)])),
      .model(
        model(
          "Scenarios/large.race",
          exploration: SummaryTests.exploration(.inconclusive, states: 10_000, bound: "states"))),
      .timeline(
        CheckReport.Timeline(
          name: "napkin", path: "Scenarios/deposit.race", steps: 4, broken: [],
          remark: "was expected to break funds_safe")),
      .timeline(
        CheckReport.Timeline(
          name: "fixed", path: "Scenarios/deposit.race", steps: 5, broken: ["x"], remark: "")),
    ]
    report.counts.ok = 1
    report.counts.failed = 1
    report.counts.expected = 1
    report.counts.bounded = 1
    report.counts.invalidFiles = 1
    report.counts.timelines = 2
    report.counts.failedTimelines = 1
    report.status = .violation
    return report
  }()

  /// A check of one model that is proved.
  static let green: CheckReport = {
    var report = CheckReport(version: "1.2.3")
    report.plannedModels = 1
    report.entries = [
      .model(model("Scenarios/deposit.race", exploration: SummaryTests.exploration(.proved)))
    ]
    report.counts.ok = 1
    return report
  }()

  private static func model(
    _ path: String, variant: String = "", exploration: Exploration,
    expectation: Writers.Expectation = .none, findings: [(trace: Trace, isExpected: Bool)] = []
  ) -> CheckReport.Model {
    let properties = ["everyone_seated", "deadlock", "stuck"]
    return CheckReport.Model(
      row: Summary.Row(
        path: path, variant: variant, exploration: exploration,
        judgement: Judgement(exploration, expectation: expectation)),
      properties: properties,
      findings: findings.map { CheckReport.Finding(trace: $0.trace, isExpected: $0.isExpected) })
  }
}
