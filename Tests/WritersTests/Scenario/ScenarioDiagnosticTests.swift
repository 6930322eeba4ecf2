import SQL
import Testing
import Writers

/// What the compiler says about mistakes in the blocks of a file.
@Suite("Mistakes in scenario files")
struct ScenarioDiagnosticTests {
  /// A scenario with one mistake, and what is said about it.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var expected: [String]

    init(_ name: String, _ text: String, _ expected: String...) {
      self.name = name
      self.text = text
      self.expected = expected
    }

    var testDescription: String { name }
  }

  /// Blocks without a mistake, to put one beside.
  static let good = """
    scenario "t"
    schema { CREATE TABLE t (id int PRIMARY KEY, n int); }
    data { INSERT INTO t VALUES (1, 0); }
    writer a { UPDATE t SET n = 1 WHERE id = 1; }
    writer b { UPDATE t SET n = 2 WHERE id = 1; }
    invariant small { SELECT id FROM t WHERE n > 9 }
    expect proved

    """

  @Test("each mistake is found, and nothing else", arguments: blocks + clocks + sessions)
  func mistake(_ example: Case) {
    check(example)
  }

  @Test("mistakes in variants and timelines", arguments: variants + timelines + conditions)
  func laterMistake(_ example: Case) {
    check(example)
  }

  private func check(_ example: Case) {
    let text = example.text.hasPrefix("+") ? Self.good + example.text.dropFirst() : example.text
    let found = ScenarioSupport.compile(text)
    #expect(ScenarioSupport.describe(found.diagnostics, in: text) == example.expected)
    let hasErrors = found.diagnostics.contains { $0.severity == .error }
    #expect((found.scenario == nil) == hasErrors)
  }

  // MARK: Blocks

  static let blocks: [Case] = [
    Case("none", good),
    Case(
      "no title", String(good.dropFirst("scenario \"t\"\n".count)),
      "RS0406 [] the scenario has no title | begin the file with `scenario \"what happens\"`"),
    Case(
      "no writers", "scenario \"t\"\nexpect proved",
      "RS0303 [\"t\"] the scenario has no writers "
        + "| add `writer name { … }` for each client of the database"),
    Case(
      "no expectation", "scenario \"t\"\nwriter a { NULL; }\nvariant \"v\" { }",
      "RS0404 [\"t\"] the scenario does not say what must come out "
        + "| write `expect proved` or `expect violated name` in the file",
      "RS0404 [\"v\"] variant \"v\" does not say what must come out "
        + "| write `expect proved` or `expect violated name` in the variant"),
    Case(
      "two expectations", "+expect violated small",
      "RS0302 [expect violated small] the scenario has a second `expect` "
        + "| a scenario has one expectation; give the other case a variant of its own"),
    Case(
      "two writers of a name", "+writer a { NULL; }",
      "RS0102 [a] there are two writers `a` | give each writer a name of its own"),
    Case(
      "two invariants of a name", "+finally small { SELECT id FROM t WHERE n < 0 }",
      "RS0102 [small] there are two invariants `small` | give each invariant a name of its own"),
    Case(
      "a built-in name", "+finally deadlock { SELECT id FROM t WHERE n < 0 }",
      "RS0102 [deadlock] `deadlock` is the name of a built-in property "
        + "| give the invariant another name"),
    Case(
      "an unknown invariant expected",
      "scenario \"t\"\nwriter a { NULL; }\nexpect violated deadlok",
      "RS0305 [deadlok] there is no invariant `deadlok` | did you mean `deadlock`?"),
    Case(
      "an unused parameter", "+param p int = 1",
      "RS0402 [p] nothing uses the parameter `p` "
        + "| write `:p` in the SQL, or remove the parameter"),
    Case(
      "an allowed property expected",
      "scenario \"t\"\nwriter a { NULL; }\nallow deadlock\nexpect violated deadlock",
      "RS0317 [deadlock] `deadlock` cannot be violated | `allow deadlock` lets it happen"),
    Case(
      "serializability expected and not checked",
      "scenario \"t\"\nwriter a { NULL; }\nexpect violated serializable",
      "RS0317 [serializable] `serializable` cannot be violated "
        + "| it is not checked; add `check serializable`"),
  ]

  // MARK: Clock

  static let clocks: [Case] = [
    Case(
      "two clocks", "+clock '2025-01-01'\nclock '2025-01-02'",
      "RS0302 [clock '2025-01-02'] the scenario has a second `clock` "
        + "| put all instants into one `clock`"),
    Case(
      "not an instant", "+clock 'noon'",
      "RS0307 ['noon'] `noon` is no instant | write a date and a time: '2025-12-01 12:15:00'"),
    Case(
      "not finite", "+clock 'infinity'",
      "RS0307 ['infinity'] the clock cannot reach `infinity` "
        + "| write a date and a time: '2025-12-01 12:15:00'"),
    Case(
      "descending", "+clock '2025-01-02', '2025-01-01'",
      "RS0307 ['2025-01-01'] `2025-01-01` is before `2025-01-02` "
        + "| list the instants in ascending order, each once"),
    Case(
      "backwards", "+clock from '2025-01-02' to '2025-01-01' every '1 hour'",
      "RS0307 ['2025-01-01'] the clock would run backwards: `2025-01-01` is before `2025-01-02` "
        + "| put the earlier instant after `from`"),
    Case(
      "standing still", "+clock from '2025-01-01' to '2025-01-02' every '0 hours'",
      "RS0307 ['0 hours'] the clock cannot move by `0 hours` "
        + "| write a step that goes forward: '30 seconds'"),
    Case(
      "too fine", "+clock from '2025-01-01' to '2025-01-02' every '1 second'",
      "RS0313 ['1 second'] the clock has more than 10000 instants "
        + "| a clock has at most 10000 instants; list only those at which something can change"),
  ]

  // MARK: Sessions

  static let sessions: [Case] = [
    Case(
      "no sessions", "+writer c times 0 { NULL; }",
      "RS0310 [0] `times 0` is out of range | write a number from 1 to 1000"),
    Case(
      "no sessions, by a parameter", "+param m int = 0 writer c times :m { NULL; }",
      "RS0310 [:m] `times 0` is out of range | write a number from 1 to 1000"),
    Case(
      "a number that is none", "+param m text = '2' writer c times :m { NULL; }",
      "RS0106 [:m] the number of sessions is a whole number "
        + "| declare the parameter as `int`, with a value"),
    Case(
      "tries by a parameter that is no number",
      "+param m text = '2' writer c retry :m on deadlock_detected { NULL; }",
      "RS0106 [:m] the number of retries is a whole number "
        + "| declare the parameter as `int`, with a value"),
    Case(
      "tries by a parameter that is too small",
      "+param m int = -1 writer c restarts :m { NULL; }",
      "RS0310 [:m] `restarts -1` is out of range | write a number from 0 to 1000"),
    Case(
      "too many altogether", "+writer c times 999 { NULL; }",
      "RS0313 [999] with writer `c` the scenario has more than 1000 sessions "
        + "| a scenario has at most 1000 sessions altogether"),
    Case(
      "too often", "+writer c restarts 1001 retry 0 on deadlock_detected { NULL; }",
      "RS0310 [1001] `restarts 1001` is out of range | write a number from 1 to 1000",
      "RS0310 [0] `retry 0` is out of range | write a number from 1 to 1000"),
    Case(
      "parameters without values", "+writer c(x) { UPDATE t SET n = :x; }",
      "RS0110 [x] writer `c` has parameters but no values for them "
        + "| say which: `writer c(x) for x in (1, 2)`"),
    Case(
      "an empty range", "+writer c(x) for x in 3..1 { UPDATE t SET n = :x; }",
      "RS0310 [3..1] the range 3..1 is empty | put the smaller number first"),
    Case(
      "a huge range", "+writer c(x) for x in 1..100000 { UPDATE t SET n = :x; }",
      "RS0313 [1..100000] the range 1..100000 is too large "
        + "| a scenario has at most 1000 sessions altogether"),
    Case(
      "other names", "+writer c(x) for y in 1..2 { UPDATE t SET n = :x; }",
      "RS0110 [x] parameter `x` has no values | bind it after `for`",
      "RS0108 [y] there is no parameter `y` | did you mean `x`?"),
    Case(
      "a range of texts", "+writer c(x) for x in 'a'..'b' { UPDATE t SET n = 1; }",
      "RS0106 ['a'] the end of a range is a whole number "
        + "| write `in 1..3`, or list the values: `in ('a', 'b')`",
      "RS0106 ['b'] the end of a range is a whole number "
        + "| write `in 1..3`, or list the values: `in ('a', 'b')`"),
  ]

  // MARK: Variants

  static let variants: [Case] = [
    Case(
      "two variants of a name",
      "+variant \"v\" { expect proved }\nvariant \"v\" { expect proved }",
      "RS0102 [\"v\"] there are two variants `v` | give each variant a name of its own"),
    Case(
      "an unknown parameter", "+variant \"v\" { set grace = 1 expect proved }",
      "RS0108 [grace] there is no parameter `grace` | declare it: `param grace type = value`"),
    Case(
      "a lock that is not there", "+variant \"v\" { without lock 1 expect proved }",
      "RS0315 [1] there is no lock 1: the scenario has no explicit locks "
        + "| explicit locks are `FOR UPDATE` and its kin; remove the line"),
    Case(
      "a lock past the last",
      "+writer c { BEGIN; PERFORM 1 FROM t FOR UPDATE; COMMIT; }\nvariant \"v\" { without lock 2 expect proved }",
      "RS0315 [2] there is no lock 2: the scenario has 1 explicit lock "
        + "| write a number from 1 to 1"),
    Case(
      "all locks and one",
      "+writer c { BEGIN; PERFORM 1 FROM t FOR UPDATE; COMMIT; }\n"
        + "variant \"v\" { without locks without lock 1 expect proved }",
      "RS0317 [1] `without locks` already removes lock 1 | keep one of them"),
    Case(
      "an unknown writer", "+variant \"v\" { without writer c expect proved }",
      "RS0304 [c] there is no writer `c` | did you mean `a`?"),
    Case(
      "kept and removed", "+variant \"v\" { only writers a without writer a expect proved }",
      "RS0317 [a] the variant both keeps and removes writer `a` "
        + "| use `only` or `without`, not both"),
    Case(
      "nobody left", "+variant \"v\" { without writers a, b expect proved }",
      "RS0317 [b] the variant has no writers left | leave at least one writer"),
    Case(
      "an invariant that is left out",
      "+variant \"v\" { without invariant small expect violated small }",
      "RS0317 [small] the variant does not check invariant `small` "
        + "| keep the invariant, or do not expect it to be violated"),
    Case(
      "two levels",
      "+variant \"v\" { isolation serializable isolation repeatable read expect proved }",
      "RS0302 [isolation repeatable read] the variant has a second `isolation` "
        + "| keep one of them"),
  ]

  // MARK: Timelines

  static let timelines: [Case] = [
    Case(
      "an unknown writer", "+timeline t { admin; }",
      "RS0304 [admin] there is no writer `admin` | the writers are `a` and `b`"),
    Case(
      "labels that go back", "+timeline t { at '2s' a; at '1s' b; }",
      "RS0314 ['1s'] `1s` is before `2s` | put the entries in the order in which they happen"),
    Case(
      "an instant that is not there", "+timeline t { clock '2025-02-01'; }",
      "RS0314 ['2025-02-01'] the clock has no instant `2025-02-01` "
        + "| add it to the `clock` block; the nearest is '2025-01-01 00:00:00+00'"),
    Case(
      "no steps", "+timeline t { a 0 steps; }",
      "RS0314 [0] a writer cannot take 0 steps | write a number from 1 to 10000"),
    Case(
      "a session that is not there",
      "+writer c(x) for x in 1..2 { UPDATE t SET n = :x; }\ntimeline t { c(3); }",
      "RS0314 [c(3)] writer `c` has no such session | its sessions are `c(1)` and `c(2)`"),
    Case(
      "too many values", "+timeline t { a(1); }",
      "RS0110 [a(1)] writer `a` has no session with 1 value | write `a`"),
    Case(
      "an empty one", "+timeline t { }",
      "RS0314 [t] timeline `t` is empty | write its moves: `at '0s' writer;`"),
  ]

  // MARK: Conditions

  static let conditions: [Case] = [
    Case(
      "a misspelt condition", "+allow unhandled error unique_violaton in a",
      "RS0117 [unique_violaton] there is no condition `unique_violaton` "
        + "| did you mean `unique_violation`?"),
    Case(
      "an unknown writer of a fault", "+faults { crash c }",
      "RS0304 [c] there is no writer `c` | did you mean `a`?"),
    Case(
      "a fault that never comes", "+faults { crash a up to 0 }",
      "RS0310 [0] `up to 0` is out of range | write a number from 1 to 1000"),
  ]
}
