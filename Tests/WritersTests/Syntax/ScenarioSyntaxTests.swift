import SQL
import Testing
import Writers

/// Reads a scenario whose one include is the common schema.
func readScenario(_ text: String) -> Parsed<ScenarioSource> {
  ScenarioReader.read(path: "example.race") { path in
    switch path {
    case "example.race": Array(text.utf8)
    case "common/schema.race": Array(ScenarioSamples.included.utf8)
    default: nil
    }
  }
}

/// A scenario that must be without mistakes.
func scenario(_ text: String) -> ScenarioSyntax {
  let parsed = readScenario(text)
  #expect(parsed.diagnostics.isEmpty, "\(parsed.diagnostics.map(\.message))")
  return parsed.value.scenario
}

@Suite("Syntax of scenario files")
struct ScenarioSyntaxTests {
  private let full = scenario(ScenarioSamples.full)

  @Test("title, description, includes and parameters")
  func head() {
    #expect(full.title?.text == "Order confirmation: four writers, one row")
    #expect(full.descriptions.count == 1)
    #expect(full.includes.map(\.path.text) == ["common/schema.race"])
    #expect(full.includes.map(\.file) == [1])
    #expect(full.parameters.map(\.name.text) == ["grace", "n"])
  }

  @Test("SQL blocks, the included file's first")
  func blocks() {
    #expect(full.schemas.map { $0.statements.count } == [1, 2])
    #expect(full.schemas.map(\.span.file) == [1, 0])
    #expect(full.worlds.map { $0.statements.count } == [1])
    #expect(full.data.map { $0.statements.count } == [1])
  }

  @Test("spans point into the file, those of a function's body too")
  func spans() {
    let sources = readScenario(ScenarioSamples.full).value.sources
    guard case .createFunction(let function) = full.schemas[1].statements[1].kind,
      case .procedural(let block) = function.body, case .sql(let update) = block.statements[1].kind
    else {
      Issue.record("no function")
      return
    }
    #expect(sources.text(of: update.span).hasPrefix("UPDATE orders SET status = 'paid'"))
    #expect(sources.text(of: full.writers[0].name.span) == "confirm")
    #expect(sources.text(of: full.writers[0].program.span).hasPrefix("{\n  BEGIN;"))
    let lengths = sources.files.map(\.bytes.count)
    #expect(spansAreInside(full, fileLengths: lengths))
  }

  @Test("clock and isolation")
  func clock() {
    guard case .instants(let instants) = full.clocks[0].kind,
      case .range(let first, let last, let step) = full.clocks[1].kind
    else {
      Issue.record("another clock")
      return
    }
    #expect(instants.count == 3)
    #expect(
      [first.text, last.text, step.text] == ["2025-12-01 12:00", "2025-12-01 13:00", "1 minute"])
    #expect(full.isolations.map(\.level) == [.readCommitted])
  }

  @Test("writers with all their options")
  func writers() {
    #expect(
      full.writers.map(\.name.text)
        == ["confirm", "poll", "verify", "cancel", "list", "same"])
    #expect(full.writers[0].label?.text == "the scanner")
    #expect(full.writers[0].program.statements.count == 3)
    #expect(full.writers[2].isolation?.level == .repeatableRead)
    #expect(full.writers[2].parameters.map(\.text) == ["o"])
    guard case .range = full.writers[2].bindings?.values,
      case .list(let rows) = full.writers[3].bindings?.values,
      case .list(let values) = full.writers[4].bindings?.values
    else {
      Issue.record("other bindings")
      return
    }
    #expect(rows.map(\.count) == [2, 2])
    #expect(values.map(\.count) == [1, 1, 1])
    #expect(full.writers[3].bindings?.names.map(\.text) == ["o", "who"])
    guard case .number(let tries) = full.writers[3].retry?.count,
      case .number(let runs) = full.writers[3].restarts,
      case .number(let crashes) = full.writers[5].restarts
    else {
      Issue.record("no numbers")
      return
    }
    #expect(tries.value == 3)
    #expect(full.writers[3].retry?.conditions.count == 3)
    #expect(runs.value == 2)
    #expect(full.writers[3].restartsOnCrashOnly == false)
    #expect(crashes.value == 1)
    #expect(full.writers[5].restartsOnCrashOnly)
    guard case .number(let times) = full.writers[5].times else {
      Issue.record("no number of sessions")
      return
    }
    #expect(times.value == 3)
  }

  @Test("invariants, faults, allowances, checks and expectations")
  func checks() {
    #expect(full.invariants.map(\.moment) == [.always, .always, .finally])
    #expect(full.invariants.map(\.name.text) == ["paid_once", "also", "no_stranded"])
    #expect(full.invariants[0].text?.text == "an order is paid once")
    #expect(full.faults.map(\.limit.value) == [1, 2, 1])
    #expect(full.faults.map { $0.target == .any } == [false, true, false])
    #expect(full.allowances.count == 4)
    #expect(full.allowances[0].kind == .deadlock)
    #expect(full.allowances[1].kind == .stuck)
    #expect(full.allowances[2].kind == .unhandledError([]))
    guard case .unhandledError(let conditions) = full.allowances[3].kind else { return }
    #expect(conditions.count == 3)
    #expect(full.allowances[3].writers.map(\.text) == ["confirm", "poll"])
    #expect(full.checks.map(\.kind) == [.serializable])
    guard case .violated(let names) = full.expectations[0].verdict else { return }
    #expect(names.map(\.text) == ["paid_once", "deadlock"])
  }

  @Test("variants")
  func variants() {
    #expect(full.variants.map(\.name.text) == ["locking off", "much", "proof"])
    #expect(full.variants.map { $0.changes.count } == [2, 13, 1])
    let much = full.variants[1].changes
    guard case .set(let name, _) = much[0], case .withoutLock(let lock) = much[2],
      case .withoutWriters(let without) = much[3], case .withoutInvariants = much[4],
      case .onlyWriters(let only) = much[5], case .onlyInvariants = much[6],
      case .isolation(let isolation) = much[7], case .clock = much[8],
      case .faults(let faults) = much[9], case .allow = much[10], case .check = much[11],
      case .expect(let expectation) = much[12]
    else {
      Issue.record("other changes")
      return
    }
    #expect(name.text == "grace")
    #expect(lock.value == 2)
    #expect(without.map(\.text) == ["poll", "same"])
    #expect(only.map(\.text) == ["confirm", "verify"])
    #expect(isolation.level == .serializable)
    #expect(faults.count == 1)
    #expect(expectation.verdict == .inconclusive)
  }

  @Test("timelines")
  func timelines() {
    let entries = full.timelines[0].entries
    #expect(entries.map { $0.time?.text } == ["0s", "1s", "2s", "8s", nil])
    guard case .move(let confirm, .steps(let steps)) = entries[0].action,
      case .move(let both, .waiting) = entries[1].action,
      case .clock(let instant) = entries[2].action,
      case .move(_, .completion) = entries[3].action,
      case .move(let cancel, .untilEndOrWait) = entries[4].action,
      case .token(let token) = full.timelines[1].entries[0].action
    else {
      Issue.record("other entries")
      return
    }
    #expect(confirm.map(\.writer.text) == ["confirm"])
    #expect(steps.value == 2)
    #expect(both.map { $0.arguments.count } == [0, 1])
    #expect(cancel[0].arguments.count == 2)
    #expect(instant.text == "2025-12-01 12:15:30")
    #expect(token.text == "rs1_9c41e07a_aabbabb_k3")
    #expect(full.timelines[0].expectation?.verdict == .violated([]))
    #expect(full.timelines[0].text?.text == "as drawn")
  }

  @Test("one line may hold several blocks")
  func oneLine() {
    let text = "schema { CREATE TABLE t (a int) } data { } writer a { SELECT 1 } expect proved"
    let scenario = scenario(text)
    #expect(scenario.writers.count == 1)
    #expect(scenario.expectations.count == 1)
  }

  @Test("a path is relative to the folder of the including file")
  func paths() {
    #expect(ScenarioReader.resolve("b.race", from: "a.race") == "b.race")
    #expect(ScenarioReader.resolve("./c/b.race", from: "x/a.race") == "x/c/b.race")
    #expect(ScenarioReader.resolve("../b.race", from: "x/y/a.race") == "x/b.race")
    #expect(ScenarioReader.resolve("../b.race", from: "a.race") == "../b.race")
    #expect(ScenarioReader.resolve("../../b.race", from: "../a.race") == "../../../b.race")
    #expect(ScenarioReader.resolve("/b.race", from: "x/a.race") == "/b.race")
    #expect(ScenarioReader.resolve("../b.race", from: "/a.race") == "/../b.race")
  }
}
