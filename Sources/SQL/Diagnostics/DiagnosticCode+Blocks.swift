extension DiagnosticCode {
  /// The explanations of RS03xx and RS04xx.
  var blockExplanation: DiagnosticExplanation? { blockExplanationOne ?? blockExplanationTwo }

  private var blockExplanationOne: DiagnosticExplanation? {
    switch self {
    case .unknownBlock:
      DiagnosticExplanation(
        "no such block", "A scenario file is a list of named blocks.",
        wrong: "writter a { SELECT 1; }", right: "writer a { SELECT 1; }")
    case .duplicateBlock:
      DiagnosticExplanation(
        "a block is there twice", "A file has one title; a name is given once.",
        wrong: "scenario \"one\" scenario \"two\"", right: "scenario \"one\"")
    case .missingBlock:
      DiagnosticExplanation(
        "a block is missing", "A scenario needs at least one writer.",
        wrong: "schema { CREATE TABLE seat (id int); }",
        right: "schema { CREATE TABLE seat (id int); } writer a { DELETE FROM seat; }")
    case .unknownWriter:
      DiagnosticExplanation(
        "no such writer", "Variants, faults and timelines name writers of the scenario.",
        wrong: "writer confirm { COMMIT; } faults { crash confrim }",
        right: "writer confirm { COMMIT; } faults { crash confirm }")
    case .unknownInvariant:
      DiagnosticExplanation(
        "no such invariant", "`expect violated` names invariants of the scenario.",
        wrong: "invariant one { SELECT 1 } expect violated two",
        right: "invariant one { SELECT 1 } expect violated one")
    case .unknownOption:
      DiagnosticExplanation(
        "no such option", "The help lists the words that may stand here.",
        wrong: "writer a time 3 { COMMIT; }", right: "writer a times 3 { COMMIT; }")
    case .invalidClock:
      DiagnosticExplanation(
        "the clock runs backwards", "Instants are in order, each later than the one before.",
        wrong: "clock '2025-12-01 12:00', '2025-12-01 11:00'",
        right: "clock '2025-12-01 11:00', '2025-12-01 12:00'")
    case .includeNotFound:
      DiagnosticExplanation(
        "an included file cannot be read", "Paths are relative to the including file's folder.",
        wrong: "include 'no such file'", right: "-- include 'schema.race'")
    case .includeCycle:
      DiagnosticExplanation(
        "a file includes itself", "Put what both files need into a third.",
        wrong: "include 'example.race'", right: "-- include 'schema.race'")
    case .invalidRange:
      DiagnosticExplanation(
        "a range or a number makes no sense", "The first value is not above the last.",
        wrong: "writer a(o) for o in 9..1 { COMMIT; }",
        right: "writer a(o) for o in 1..9 { COMMIT; }")
    case .misplacedStatement:
      DiagnosticExplanation(
        "a statement in the wrong block", "Definitions go into `schema`, rows into `data`.",
        wrong: "data { CREATE TABLE seat (id int); }",
        right: "schema { CREATE TABLE seat (id int); }")
    default: nil
    }
  }

  private var blockExplanationTwo: DiagnosticExplanation? {
    switch self {
    case .worldAndDatabase:
      DiagnosticExplanation(
        "a statement touches the world and the database",
        "The world is no part of a transaction: it changes at once and for good.",
        wrong: "writer a { INSERT INTO chain SELECT id FROM orders; }",
        right:
          "writer a { DECLARE n int; SELECT id INTO n FROM orders; INSERT INTO chain SELECT n; }"
      )
    case .limitExceeded:
      DiagnosticExplanation(
        "a limit is exceeded", "RaceSim bounds everything that a file can ask for.",
        wrong: "writer a times 100000 { COMMIT; }", right: "writer a times 100 { COMMIT; }")
    case .invalidTimeline:
      DiagnosticExplanation(
        "a timeline cannot be played", "A writer that waits or has ended cannot move.",
        wrong: "timeline t { a; a to completion; }", right: "timeline t { a to completion; }")
    case .unknownLock:
      DiagnosticExplanation(
        "no such lock", "Locks are numbered from 1 in the order of the file.",
        wrong: "variant \"v\" { without lock 9 }", right: "variant \"v\" { without lock 1 }")
    case .failingSetup:
      DiagnosticExplanation(
        "the scenario's own rows break its rules", "The data must fit the schema.",
        wrong: "data { INSERT INTO seat (id) VALUES (1), (1); }",
        right: "data { INSERT INTO seat (id) VALUES (1), (2); }")
    case .contradiction:
      DiagnosticExplanation(
        "two lines contradict each other", "A writer has either `times` or `for`.",
        wrong: "writer a(o) for o in 1..3 times 2 { COMMIT; }",
        right: "writer a(o) for o in 1..3 { COMMIT; }")
    case .neverAtRisk:
      DiagnosticExplanation(
        "an invariant was never at risk", "No step writes a column that it reads.",
        wrong: "invariant i { SELECT id FROM audit }", right: "invariant i { SELECT id FROM seat }")
    case .unusedParameter:
      DiagnosticExplanation(
        "a parameter is never used", "No SQL reads it as `:name`.",
        wrong: "param n int = 1", right: "param n int = 1 writer a { SELECT :n; }")
    case .statementIgnored:
      DiagnosticExplanation(
        "a statement has no effect here", "Rights, owners and comments change no rows.",
        wrong: "schema { GRANT ALL ON seat TO public; }",
        right: "schema { CREATE TABLE seat (id int); }")
    case .missingExpectation:
      DiagnosticExplanation(
        "no verdict is expected", "A scenario says what must come out; otherwise it is `proved`.",
        wrong: "variant \"v\" { without locks }",
        right: "variant \"v\" { without locks expect violated }")
    case .neverCommitted:
      DiagnosticExplanation(
        "a transaction is never committed", "The server rolls back what a client leaves open.",
        wrong: "writer a { BEGIN; DELETE FROM seat; }",
        right: "writer a { BEGIN; DELETE FROM seat; COMMIT; }")
    case .alwaysViolated:
      DiagnosticExplanation(
        "a rule that always returns a row",
        "An aggregate without GROUP BY has a row for every content of its tables.",
        wrong: "invariant i { SELECT count(*) FROM seat WHERE n < 0 }",
        right: "invariant i { SELECT count(*) FROM seat WHERE n < 0 HAVING count(*) > 0 }")
    case .blockForTransaction:
      DiagnosticExplanation(
        "a block where a transaction may be meant",
        "In a writer `BEGIN` without a semicolon opens a block; each statement in it is a transaction.",
        wrong: "writer a { BEGIN DELETE FROM seat; END; }",
        right: "writer a { BEGIN; DELETE FROM seat; COMMIT; }")
    case .lockReleasedAtOnce:
      DiagnosticExplanation(
        "a row lock without a transaction",
        "Outside of `BEGIN; … COMMIT;` a statement is a transaction, and its locks end with it.",
        wrong: "writer a { SELECT n FROM seat FOR UPDATE; DELETE FROM seat; }",
        right: "writer a { BEGIN; SELECT n FROM seat FOR UPDATE; DELETE FROM seat; COMMIT; }")
    case .neverRuns:
      DiagnosticExplanation(
        "a loop that never ends",
        "Nothing in it leaves it: no EXIT, no RETURN, and no statement that takes a step.",
        wrong: "writer a { DECLARE n int := 0; LOOP n := n + 1; END LOOP; }",
        right: "writer a { DECLARE n int := 0; LOOP n := n + 1; EXIT WHEN n = 3; END LOOP; }")
    case .missingTitle:
      DiagnosticExplanation(
        "a file without a title",
        "A scenario begins with its title; a file without one is for including.",
        wrong: "data { }", right: "scenario \"Two on one seat\" data { }")
    default: nil
    }
  }
}
