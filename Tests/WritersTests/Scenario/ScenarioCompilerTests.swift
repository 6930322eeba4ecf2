import SQL
import Store
import Testing
import Writers

/// What a compiled scenario holds.
@Suite("Compiling scenarios")
struct ScenarioCompilerTests {
  private func compiled(_ text: String) throws -> Scenario {
    let result = ScenarioSupport.compile(text)
    #expect(ScenarioSupport.describe(result.diagnostics, in: text) == [])
    return try #require(result.scenario)
  }

  private static let table = """
    scenario "t"
    schema { CREATE TABLE t (id int PRIMARY KEY, n int); }
    data { INSERT INTO t VALUES (1, 0); }
    expect proved

    """

  // MARK: Sessions

  @Test("sessions are named by writer, values and number")
  func names() throws {
    let scenario = try compiled(
      Self.table + """
        writer a { UPDATE t SET n = 1; }
        writer b times 2 { UPDATE t SET n = 1; }
        writer c(x) for x in 1..2 { UPDATE t SET n = :x; }
        writer d(x, y) for (y, x) in (('u', 1), ('v', 2)) { UPDATE t SET n = :x WHERE :y = 'u'; }
        writer e(x) for x in (7, 7) { UPDATE t SET n = :x; }
        """)
    let sessions = scenario.models[0].sessions
    #expect(
      sessions.map(\.name) == [
        "a", "b#1", "b#2", "c(1)", "c(2)", "d(1, u)", "d(2, v)", "e(7)#1", "e(7)#2",
      ])
    #expect(sessions.map(\.group) == [0, 1, 1, 2, 3, 4, 5, 6, 6])
    try #require(sessions.count == 9)
    #expect(sessions[5].arguments == [Value(integer: 1), Value(text: "u")])
  }

  @Test("a parameter, and so a variant, says how many sessions there are")
  func counted() throws {
    let scenario = try compiled(
      Self.table + """
        param callers int = 2
        writer a times :callers { UPDATE t SET n = 1; }
        variant "more" { set callers = 3 expect proved }
        """)
    #expect(
      scenario.models.map { $0.sessions.map(\.name) } == [
        ["a#1", "a#2"], ["a#1", "a#2", "a#3"],
      ])
    #expect(scenario.models.map { $0.sessions.map(\.group) } == [[0, 0], [0, 0, 0]])
  }

  @Test("values of different widths take the wider type")
  func widths() throws {
    let scenario = try compiled(
      Self.table + "writer a(x) for x in (1, 2.5) { UPDATE t SET n = :x; }")
    let model = scenario.models[0]
    try #require(!model.sessions.isEmpty)
    let routine = model.program.routines[Int(model.sessions[0].routine.index)]
    #expect(routine.parameters.map(\.type) == [.numeric])
    #expect(model.sessions[0].arguments[0].asNumeric != nil)
  }

  @Test(
    "the isolation level closest to the program counts",
    arguments: [
      ("", "", "", IsolationLevel.readCommitted),
      ("isolation serializable", "", "", .serializable),
      ("isolation serializable", "isolation repeatable read", "", .repeatableRead),
      ("", "isolation serializable", "isolation read committed", .readCommitted),
      ("isolation read uncommitted", "", "", .readCommitted),
    ])
  func isolation(scenario: String, writer: String, variant: String, expected: IsolationLevel) throws
  {
    let text =
      Self.table + scenario + "\nwriter a \(writer) { UPDATE t SET n = 1; }\n"
      + "variant \"v\" { \(variant) expect proved }"
    #expect(try compiled(text).models[1].sessions[0].isolation == expected)
  }

  @Test("retries, restarts and conditions")
  func options() throws {
    let scenario = try compiled(
      Self.table + """
        writer a retry 3 on serialization_failure, SQLSTATE '40P01' restarts 2 { UPDATE t SET n = 1; }
        """)
    let session = scenario.models[0].sessions[0]
    #expect(session.retries == 3)
    #expect(session.retryConditions == [.serializationFailure, .deadlockDetected])
    #expect(session.restarts == 2)
  }

  @Test("retries and restarts by parameters, and retries without a number")
  func countsByParameters() throws {
    let scenario = try compiled(
      Self.table + """
        param tries int = 2
        writer a retry :tries on deadlock_detected restarts :tries { UPDATE t SET n = 1; }
        writer b retry on deadlock_detected { UPDATE t SET n = 1; }
        variant "none" { set tries = 0 expect proved }
        """)
    #expect(scenario.models.map { $0.sessions[0].retries } == [2, 0])
    #expect(scenario.models.map { $0.sessions[0].restarts } == [2, 0])
    let open = try compiled(
      Self.table + """
        param tries int = NULL
        writer a retry :tries on deadlock_detected { UPDATE t SET n = 1; }
        """)
    #expect(open.models[0].sessions[0].retries == SessionDefinition.asOftenAsItTakes)
    let canLoop = scenario.models.map(\.canLoop)
    #expect(canLoop == [true, true])
    #expect(scenario.models[0].sessions[1].retries == SessionDefinition.asOftenAsItTakes)
  }

  // MARK: Clock

  @Test("without a clock it is 2025-01-01") func defaultClock() throws {
    let scenario = try compiled(Self.table + "writer a { UPDATE t SET n = 1; }")
    let expected =
      Int64(Timestamp.days(year: 2025, month: 1, day: 1)) * Timestamp.microsecondsPerDay
    #expect(scenario.models[0].clock == [expected])
  }

  @Test("a range has its ends, and months of their own length") func clockRange() throws {
    let scenario = try compiled(
      Self.table + """
        clock from '2025-01-31' to '2025-03-31' every '1 month'
        writer a { UPDATE t SET n = 1; }
        variant "v" { clock from '2025-01-01' to '2025-01-01 00:01:00' every '30 seconds' expect proved }
        """)
    func day(_ month: Int, _ day: Int) -> Int64 {
      Int64(Timestamp.days(year: 2025, month: month, day: day)) * Timestamp.microsecondsPerDay
    }
    #expect(scenario.models[0].clock == [day(1, 31), day(2, 28), day(3, 31)])
    #expect(scenario.models[1].clock == [0, 30, 60].map { day(1, 1) + $0 * 1_000_000 })
  }

  // MARK: Variants

  @Test("a parameter uses the earlier ones, in each variant its own")
  func parameters() throws {
    let scenario = try compiled(
      Self.table + """
        param part int = 3
        param whole int = 2 * :part
        writer a { UPDATE t SET n = :whole; }
        variant "v" { set part = 5 expect proved }
        """)
    let constants = scenario.models.map { model in
      model.program.operations.compactMap { operation in
        if case .constant(let value) = operation { value.asInteger } else { nil }
      }
    }
    #expect(constants[0].contains(6))
    #expect(constants[1].contains(10))
    #expect(!constants[1].contains(6))
  }

  @Test("a variant without a writer renumbers faults and allowances")
  func writers() throws {
    let scenario = try compiled(
      Self.table + """
        writer a { UPDATE t SET n = 1; }
        writer b times 2 { UPDATE t SET n = 1; }
        writer c { UPDATE t SET n = 1; }
        faults { crash b up to 3, crash a }
        allow deadlock in c
        allow unhandled error unique_violation in b
        variant "v" { without writer a expect proved }
        variant "w" { only writers c faults { crash any } allow unhandled error expect proved }
        """)
    let models = scenario.models
    #expect(models.map { $0.sessions.count } == [4, 3, 1])
    #expect(models[0].faults.map(\.sessions) == [[1, 2], [0]])
    #expect(models[0].faults.map(\.limit) == [3, 1])
    #expect(models[1].faults.map(\.sessions) == [[0, 1]])
    #expect(models[2].faults.map(\.sessions) == [[0]])
    #expect(models.map(\.allowances.deadlock) == [[3], [2], [0]])
    #expect(models[1].allowances.errors == [0: [.uniqueViolation], 1: [.uniqueViolation]])
    #expect(models[2].allowances.errors == [0: []])
  }

  @Test("locks are left out by number") func locks() throws {
    let scenario = try compiled(
      Self.table + """
        writer a { PERFORM 1 FROM t FOR UPDATE; PERFORM 1 FROM t FOR SHARE; }
        variant "v" { without lock 1 expect proved }
        variant "w" { without locks expect proved }
        """)
    let locks = scenario.models.map { $0.program.queries.flatMap(\.locks).map(\.number) }
    #expect(locks == [[1, 2], [2], []])
  }

  // MARK: Timelines

  @Test("a timeline refers to sessions and instants by position") func timeline() throws {
    let scenario = try compiled(
      Self.table + """
        clock '2025-01-01', '2025-01-02'
        writer a(x) for x in ('u', 'v') { UPDATE t SET n = 1 WHERE :x = 'u'; }
        writer b times 2 { UPDATE t SET n = 1; }
        timeline t "story" {
          at '0s' a('v') 1 step;
          clock '2025-01-02';
          at '1s' b(2), b(1) to completion;
          a until waiting;
          expect violated deadlock
        }
        """)
    let timeline = try #require(scenario.timelines.first)
    #expect(timeline.text == "story")
    #expect(timeline.expectation == .violated(["deadlock"]))
    #expect(timeline.entries.map(\.time) == ["0s", nil, "1s", nil])
    #expect(
      timeline.entries.map(\.action) == [
        .move([1], .steps(1)), .clock(1), .move([3, 2], .completion), .move([0, 1], .waiting),
      ])
  }

  // MARK: Fingerprint

  private static let base = """
    scenario "t"
    param p int = 1
    schema { CREATE TABLE t (id int PRIMARY KEY, n int); }
    data { INSERT INTO t VALUES (1, 0); }
    writer a { UPDATE t SET n = :p; PERFORM 1 FROM t FOR UPDATE; }
    invariant i { SELECT id FROM t WHERE n > 1 }
    expect proved
    """

  @Test(
    "the fingerprint ignores what has no meaning",
    arguments: [
      ("scenario \"t\"", "scenario \"other\" -- with a comment"),
      ("SET n = :p", "SET n /* yes */\n   = :p"),
      ("expect proved", "expect violated i"),
      ("n > 1", "n > 2"),
      ("int = 1", "int = 2 - 1"),
    ])
  func fingerprintIgnores(change: (String, String)) throws {
    let changed = Self.base.replacing(change.0, with: change.1)
    #expect(changed != Self.base)
    let fingerprints = try [Self.base, changed].map { try compiled($0).models[0].fingerprint }
    #expect(fingerprints[0] == fingerprints[1])
  }

  @Test(
    "the fingerprint follows what has a meaning",
    arguments: [
      ("int = 1", "int = 2"), ("(1, 0)", "(1, 1)"), ("n int", "m int, n int"),
      ("writer a {", "writer a times 2 {"), ("writer a {", "writer a restarts 1 {"),
      ("writer a {", "writer a restarts 1 on crash {"),
      ("writer a {", "writer a isolation serializable {"),
      ("expect proved", "clock '2026-01-01' expect proved"),
      ("expect proved", "faults { crash a } expect proved"),
    ])
  func fingerprintFollows(change: (String, String)) throws {
    let changed = Self.base.replacing(change.0, with: change.1)
    #expect(changed != Self.base)
    let fingerprints = try [Self.base, changed].map {
      let result = ScenarioSupport.compile($0)
      return try #require(result.scenario).models[0].fingerprint
    }
    #expect(fingerprints[0] != fingerprints[1])
  }

  @Test("variants have fingerprints of their own") func variantFingerprints() throws {
    let scenario = try compiled(
      Self.base + "\nvariant \"v\" { without lock 1 expect proved }"
        + "\nvariant \"w\" { set p = 2 expect proved }\nvariant \"x\" { expect proved }")
    let found = scenario.models.map(\.fingerprint)
    #expect(Set(found).count == 3)
    #expect(found[0] == found[3])
  }

  @Test("the fingerprint is the same on every machine") func pinned() throws {
    let text = String(try compiled(Self.base).models[0].fingerprint, radix: 16)
    #expect(text == "8d3cd83f59ae9e47")
  }

  // MARK: The rest

  @Test("what all variants share is reported once") func reportedOnce() {
    let text =
      Self.base.replacing("FROM t FOR", with: "FROM nothing FOR")
      + "\nvariant \"v\" { expect proved }\nvariant \"w\" { expect proved }"
    #expect(ScenarioSupport.compile(text).diagnostics.map(\.code) == [.unknownTable])
  }

  @Test("title and description") func titles() throws {
    let scenario = try compiled(
      "scenario 'one'\ndescription 'a'\ndescription 'b'\nwriter a { NULL; }\nexpect proved")
    #expect(scenario.title == "one")
    #expect(scenario.description == "a\n\nb")
    #expect(scenario.models.count == 1)
    #expect(scenario.models[0].expectation == .proved)
  }

  @Test("nothing that a user types is a trap", arguments: 0..<60)
  func cutShort(part: Int) {
    let text =
      Self.base + "\nvariant \"v\" { set p = 2 without lock 1 expect violated i }"
      + "\ntimeline t { at '0s' a 1 step; clock '2025-01-01'; }"
    let end = text.utf8.count * part / 60
    _ = ScenarioSupport.compile(String(decoding: text.utf8.prefix(end), as: UTF8.self))
  }
}
