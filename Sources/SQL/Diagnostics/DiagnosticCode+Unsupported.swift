extension DiagnosticCode {
  /// The explanations of RS02xx.
  var unsupportedExplanation: DiagnosticExplanation? {
    switch self {
    case .unsupportedStatement:
      DiagnosticExplanation(
        "a statement that is not simulated",
        "RaceSim refuses what it does not know; it never takes it for something similar.",
        wrong: "writer a { LISTEN jobs; }", right: "writer a { SELECT 1; }")
    case .unsupportedExpression:
      DiagnosticExplanation(
        "an expression that is not simulated", "Write it with what docs/SQL.md lists.",
        wrong: "invariant i { SELECT 1 FROM seat WHERE holder SIMILAR TO 'a%' }",
        right: "invariant i { SELECT 1 FROM seat WHERE holder LIKE 'a%' }")
    case .unsupportedType:
      DiagnosticExplanation(
        "a type that is not simulated", "Write the column with a type that docs/SQL.md lists.",
        wrong: "schema { CREATE TABLE seat (place point); }",
        right: "schema { CREATE TABLE seat (x numeric, y numeric); }")
    case .unsupportedFunction:
      DiagnosticExplanation(
        "a function that is not simulated", "Write it with functions that docs/SQL.md lists.",
        wrong: "invariant i { SELECT overlay('abc' PLACING 'x' FROM 1) }",
        right: "invariant i { SELECT 'x' || substring('abc' FROM 2) }")
    case .unsupportedClause:
      DiagnosticExplanation(
        "a clause that is not simulated", "The statement is known, this part of it is not.",
        wrong: "invariant i { SELECT 1 FROM seat TABLESAMPLE system (1) }",
        right: "invariant i { SELECT 1 FROM seat }")
    case .unsupportedDynamicSQL:
      DiagnosticExplanation(
        "dynamic SQL is not simulated", "What it runs is known only while it runs.",
        wrong: "writer a { EXECUTE 'DELETE FROM seat'; }",
        right: "writer a { DELETE FROM seat; }")
    case .unsupportedCursor:
      DiagnosticExplanation(
        "cursors are not simulated", "A loop over the query reads the same rows.",
        wrong: "writer a { DECLARE c CURSOR FOR SELECT id FROM seat; }",
        right:
          "writer a { DECLARE r record; FOR r IN SELECT id FROM seat LOOP NULL; END LOOP; }")
    case .unsupportedWindow:
      DiagnosticExplanation(
        "this window function is not simulated", "A subquery with an aggregate says the same.",
        wrong: "invariant i { SELECT rank() OVER w FROM seat WINDOW w AS (ORDER BY id) }",
        right: "invariant i { SELECT count(*) FROM seat }")
    case .unsupportedRecursion:
      DiagnosticExplanation(
        "this form of WITH RECURSIVE is not simulated",
        "The second part of the UNION names the query once, in its FROM; SEARCH and CYCLE are not there.",
        wrong:
          "invariant i { WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n FROM t) CYCLE n SET c USING p SELECT n FROM t }",
        right:
          "invariant i { WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t }"
      )
    case .unsupportedLanguage:
      DiagnosticExplanation(
        "a language that is not simulated", "Functions are written in plpgsql or sql.",
        wrong: "schema { CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$ return 1 $$; }",
        right: "schema { CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; }")
    case .unsupportedOperator:
      DiagnosticExplanation(
        "an operator that is not simulated", "Write it with comparisons, LIKE or functions.",
        wrong: "invariant i { SELECT 1 WHERE 'a' ^@ 'b' }",
        right: "invariant i { SELECT 1 WHERE 'a' LIKE 'b%' }")
    default: nil
    }
  }
}
