extension DiagnosticCode {
  /// The explanations of RS01xx.
  var nameExplanation: DiagnosticExplanation? { nameExplanationOne ?? nameExplanationTwo }

  private var nameExplanationOne: DiagnosticExplanation? {
    switch self {
    case .unknownTable:
      DiagnosticExplanation(
        "no such table", "Tables are created in the `schema` and `world` blocks.",
        wrong: "data { INSERT INTO seats VALUES (1); }",
        right: "schema { CREATE TABLE seats (id int); } data { INSERT INTO seats VALUES (1); }")
    case .duplicateName:
      DiagnosticExplanation(
        "a name is taken", "Two things of one kind need two names.",
        wrong: "schema { CREATE TABLE seat (id int, id text); }",
        right: "schema { CREATE TABLE seat (id int, label text); }")
    case .ambiguousName:
      DiagnosticExplanation(
        "a name means two things",
        "Several tables of the query have this column, or a variable has its name, too.",
        wrong: "invariant i { SELECT id FROM a JOIN b ON a.id = b.id }",
        right: "invariant i { SELECT a.id FROM a JOIN b ON a.id = b.id }")
    case .unknownColumn:
      DiagnosticExplanation(
        "no such column", "The tables of the query have no column of this name.",
        wrong: "writer a { UPDATE seat SET holdr = 'alice'; }",
        right: "writer a { UPDATE seat SET holder = 'alice'; }")
    case .unknownFunction:
      DiagnosticExplanation(
        "no such function", "No function has this name and these arguments.",
        wrong: "writer a { SELECT confrim(1); }", right: "writer a { SELECT confirm(1); }")
    case .typeMismatch:
      DiagnosticExplanation(
        "types do not fit", "A value of one type stands where another is needed.",
        wrong: "writer a { UPDATE seat SET id = 'one'; }",
        right: "writer a { UPDATE seat SET id = 1; }")
    case .unknownType:
      DiagnosticExplanation(
        "no such type", "Types are built in or made with CREATE TYPE … AS ENUM.",
        wrong: "schema { CREATE TABLE seat (id itn); }",
        right: "schema { CREATE TABLE seat (id int); }")
    case .unknownParameter:
      DiagnosticExplanation(
        "no such parameter",
        "`:name` reads a `param` of the scenario or a parameter of the writer.",
        wrong: "writer a { UPDATE seat SET holder = :who; }",
        right: "param who text = 'alice' writer a { UPDATE seat SET holder = :who; }")
    case .unknownVariable:
      DiagnosticExplanation(
        "no such variable", "Variables are declared before they are used.",
        wrong: "writer a { n := 1; }", right: "writer a { DECLARE n int; n := 1; }")
    case .wrongArgumentCount:
      DiagnosticExplanation(
        "too many or too few arguments", "Every `%` of RAISE takes one value.",
        wrong: "writer a { RAISE EXCEPTION 'order %'; }",
        right: "writer a { RAISE EXCEPTION 'order %', 1; }")
    case .notGrouped:
      DiagnosticExplanation(
        "a column is neither grouped nor in an aggregate",
        "A row of the result stands for several rows, which may differ in this column.",
        wrong: "invariant i { SELECT id, count(*) FROM seat GROUP BY holder }",
        right: "invariant i { SELECT holder, count(*) FROM seat GROUP BY holder }")
    case .invalidLiteral:
      DiagnosticExplanation(
        "a text is no value of its type", "The text between the quotes cannot be read.",
        wrong: "clock '2025-13-01 00:00:00'", right: "clock '2025-12-01 00:00:00'")
    default: nil
    }
  }

  private var nameExplanationTwo: DiagnosticExplanation? {
    switch self {
    case .columnCountMismatch:
      DiagnosticExplanation(
        "numbers of columns differ", "Every row has one value for each column.",
        wrong: "data { INSERT INTO seat VALUES (1, 'a'), (2); }",
        right: "data { INSERT INTO seat VALUES (1, 'a'), (2, 'b'); }")
    case .unknownConstraint:
      DiagnosticExplanation(
        "no such constraint", "The table has no constraint or index of this name.",
        wrong: "writer a { INSERT INTO seat VALUES (1) ON CONFLICT ON CONSTRAINT k DO NOTHING; }",
        right: "writer a { INSERT INTO seat VALUES (1) ON CONFLICT (id) DO NOTHING; }")
    case .unknownLabel:
      DiagnosticExplanation(
        "no such label", "EXIT and CONTINUE name a loop around them.",
        wrong: "writer a { LOOP EXIT outside; END LOOP; }",
        right: "writer a { <<outside>> LOOP EXIT outside; END LOOP; }")
    case .misplacedAggregate:
      DiagnosticExplanation(
        "an aggregate where none may stand", "WHERE looks at single rows; HAVING at groups.",
        wrong: "invariant i { SELECT holder FROM seat WHERE count(*) > 1 GROUP BY holder }",
        right: "invariant i { SELECT holder FROM seat GROUP BY holder HAVING count(*) > 1 }")
    case .unknownCondition:
      DiagnosticExplanation(
        "no such condition", "Conditions have the names of PostgreSQL's appendix A.",
        wrong: "writer a retry 3 on serialisation_failure { COMMIT; }",
        right: "writer a retry 3 on serialization_failure { COMMIT; }")
    case .unknownOperator:
      DiagnosticExplanation(
        "no such operator", "No operator of this name takes values of these types.",
        wrong: "invariant i { SELECT 1 WHERE now() + 1 > now() }",
        right: "invariant i { SELECT 1 WHERE now() + interval '1 s' > now() }")
    case .noMatchingUniqueKey:
      DiagnosticExplanation(
        "no unique key over these columns", "ON CONFLICT and REFERENCES need a unique key.",
        wrong: "schema { CREATE TABLE a (id int); CREATE TABLE b (a int REFERENCES a (id)); }",
        right:
          "schema { CREATE TABLE a (id int UNIQUE); CREATE TABLE b (a int REFERENCES a (id)); }")
    case .invalidReturn:
      DiagnosticExplanation(
        "RETURN does not fit the function", "A void function returns nothing.",
        wrong:
          "schema { CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; }",
        right:
          "schema { CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$; }"
      )
    case .notAssignable:
      DiagnosticExplanation(
        "this cannot be assigned to", "Constants and parameters keep their value.",
        wrong: "writer a { DECLARE n CONSTANT int := 1; n := 2; }",
        right: "writer a { DECLARE n int := 1; n := 2; }")
    case .unknownSetting:
      DiagnosticExplanation(
        "no such setting", "SET changes a setting that PostgreSQL has.",
        wrong: "writer a { SET lock_timout = '1s'; }",
        right: "writer a { SET lock_timeout = '1s'; }")
    case .invalidDefinition:
      DiagnosticExplanation(
        "a definition contradicts itself", "A table has one primary key, a column one default.",
        wrong: "schema { CREATE TABLE a (x int PRIMARY KEY, y int PRIMARY KEY); }",
        right: "schema { CREATE TABLE a (x int, y int, PRIMARY KEY (x, y)); }")
    case .invalidReference:
      DiagnosticExplanation(
        "a table that cannot be named here", "An alias hides the table's own name.",
        wrong: "invariant i { SELECT seat.id FROM seat s }",
        right: "invariant i { SELECT s.id FROM seat s }")
    default: nil
    }
  }
}
