import RandomCases
import Scheduler
import Testing
import Writers

@testable import SearchTesting

@Suite("Random scenarios, judged by going through all schedules")
struct SearchJudgeTests {
  /// More of them, and larger ones: `racesim-searchtest`.
  @Test("no way to search changes what is found", arguments: 0..<20)
  func agrees(part: Int) {
    var options = SearchCampaign.Options()
    options.seed = 3
    options.first = part * 10
    options.cases = 10
    options.size = .small
    options.judge.naiveStepsLimit = 300
    options.judge.statesLimit = 40
    var text = ""
    var campaign = SearchCampaign(options) { text += $0 }
    campaign.run()
    #expect(campaign.counts.differences == 0 && campaign.counts.refused == 0, "\(text)")
    #expect(campaign.counts.naive + campaign.counts.plain >= 5, "\(campaign.summary)")
  }

  @Test("nor does exploring parts apart that meet nowhere", arguments: 0..<20)
  func parts(part: Int) {
    var options = SearchCampaign.Options()
    options.seed = 5
    options.first = part * 8
    options.cases = 8
    options.drawsGroups = true
    options.judge.modes = SearchMode.all.filter { $0.options.splitsIndependentParts }
    options.judge.naiveStepsLimit = 1_500
    options.judge.statesLimit = 1_000
    var text = ""
    var campaign = SearchCampaign(options) { text += $0 }
    campaign.run()
    #expect(campaign.counts.differences == 0 && campaign.counts.refused == 0, "\(text)")
    #expect(campaign.counts.split >= 1, "\(campaign.summary)")
  }

  @Test("cases are the same for the same seed, and others for another") func deterministic() {
    let texts = (1...20).map { ScenarioGenerator.make(seed: 7, number: $0).text }
    #expect(texts == (1...20).map { ScenarioGenerator.make(seed: 7, number: $0).text })
    #expect(texts != (1...20).map { ScenarioGenerator.make(seed: 8, number: $0).text })
  }

  @Test("cases of every size compile", arguments: ScenarioGenerator.Size.allCases)
  func compiles(size: ScenarioGenerator.Size) {
    for number in 1...40 {
      let it = ScenarioGenerator.make(seed: 11, number: number, size: size)
      #expect(SearchJudge.compile(it.text).problem == "", "\(it.text)")
    }
  }

  @Test("cases in groups compile") func groupsCompile() {
    for number in 1...80 {
      let it = GroupGenerator.make(seed: 11, number: number)
      #expect(SearchJudge.compile(it.text).problem == "", "\(it.text)")
    }
  }

  /// Statements that are run whole are fewer interleavings: a search of those misses final states.
  private static let coarse = SearchMode("coarse") { $0.options.machine.granularity = .statement }

  private static let oneByOne = """
    scenario "two rows, one by one"
    schema { CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL, w int); }
    data { INSERT INTO item VALUES (1, 0, 0), (2, 0, 0), (3, 0, 0); }
    writer all { UPDATE item SET v = v + 1; }
    writer sum { UPDATE item SET w = 7 WHERE id = 3; UPDATE item SET w = v WHERE id = 1; }
    invariant small { SELECT id FROM item WHERE v > 5 }
    finally equal { SELECT 1 FROM item a JOIN item b ON a.w = 0 AND b.w = 7 }
    allow deadlock, stuck
    """

  @Test("a search that is not whole is found out") func coarse() throws {
    var judge = SearchJudge()
    judge.modes = [Self.coarse]
    guard case .differs(let difference) = judge.judge(Self.oneByOne) else {
      Issue.record("statements cannot be interrupted, and nobody minds")
      return
    }
    #expect(difference.mode == "coarse")
    // The same against the plain search, which is asked where there are too many schedules.
    judge.naiveStepsLimit = 1
    guard case .differs(let again) = judge.judge(Self.oneByOne) else {
      Issue.record("the plain search does not see it")
      return
    }
    #expect(again == difference)
  }

  @Test("what differs is made smaller") func shrinks() {
    var judge = SearchJudge()
    judge.modes = [Self.coarse]
    let line = "invariant other { SELECT id FROM item WHERE v < 0 }\n"
    let scenario: Piece = "\(optional: line)\(Self.oneByOne)\n\(optional: line + line)"
    guard case .differs(let difference) = judge.judge("\(line)\(Self.oneByOne)") else {
      Issue.record("it does not differ")
      return
    }
    let smallest = CaseShrinker(judge, difference).shrink(scenario)
    #expect(smallest.scenario.text == Self.oneByOne + "\n")
    #expect(smallest.difference.matter == difference.matter)
  }

  @Test("what is too large, and what is wrong, is said") func limits() {
    var judge = SearchJudge()
    judge.naiveStepsLimit = 5
    judge.statesLimit = 5
    guard case .skipped = judge.judge(Self.oneByOne) else {
      Issue.record("it is not skipped")
      return
    }
    guard case .refused(let problem) = judge.judge("scenario \"x\" writer w { SELECT nothing; }")
    else {
      Issue.record("it is not refused")
      return
    }
    #expect(problem.contains("nothing"))
  }
}

@Suite("Final states")
struct FinalStateTests {
  private func states(_ text: String, _ mode: SearchMode = .plain) throws -> FinalStateSet {
    let (model, problem) = SearchJudge.compile(text)
    let findings = try Findings(try #require(model, "\(problem)"), mode, observes: true)
    return try #require(findings.finalStates)
  }

  private let claim = """
    scenario "a claim"
    schema { CREATE TABLE item (id int PRIMARY KEY, v int NOT NULL); }
    data { INSERT INTO item VALUES (1, 0); }
    invariant never { SELECT id FROM item WHERE v = 1 }

    """

  @Test("are no others when identical sessions are exchanged") func renaming() throws {
    let twins =
      claim + """
        writer claim times 2 {
          DECLARE x int;
          UPDATE item SET v = v + 1 WHERE id = 1 RETURNING v INTO x;
          RETURN x::text;
        }
        """
    let others =
      claim + """
        writer claim(k) for k in (1, 2) {
          DECLARE x int;
          UPDATE item SET v = v + 1 WHERE id = 1 RETURNING v INTO x;
          RETURN x::text;
        }
        """
    #expect(try states(twins).count == 1)
    #expect(try states(others).count == 2)
  }

  @Test("are all seen, although everything is soon broken") func all() throws {
    let text =
      claim + """
        writer first { UPDATE item SET v = 1 WHERE id = 1; }
        writer second { UPDATE item SET v = 2 WHERE id = 1; }
        writer third { DELETE FROM item WHERE v = 2; }
        """
    // Third, then either; or second and third, with first before, between or after.
    let found = try states(text)
    #expect(found.count == 3)
    #expect(try states(text, SearchMode("twins")).subtracting(found).isEmpty)
  }

  @Test("differ by rows, ends, errors and what they break") func differences() throws {
    let rows = try states(claim + "writer a { UPDATE item SET v = 2; }")
    let broken = try states(claim + "writer a { UPDATE item SET v = 1; }")
    let outcome = try states(claim + "writer a { UPDATE item SET v = 2; RETURN 'x'; }")
    let error = try states(
      claim + "writer a { UPDATE item SET v = 2; INSERT INTO item VALUES (1, 1); }")
    #expect(rows.subtracting(rows) == [])
    #expect(rows.subtracting(broken) == ["item: (1, 2)\na: ended  "])
    #expect(broken.subtracting(rows) == ["item: (1, 1)\na: ended  \nbreaks never"])
    #expect(outcome.subtracting(rows) == ["item: (1, 2)\na: ended x "])
    #expect(error.subtracting(rows) == ["item: (1, 2)\na: ended  23505"])
    #expect(error.errors == ["23505"])
  }
}
