import SQL
import Testing

@Suite("Syntax of expressions")
struct ExpressionSyntaxTests {
  private func expectTree(_ text: String, _ tree: String) {
    let parsed = SQLReader.expression(in: SourceFile(path: "e.sql", text: text))
    #expect(parsed.diagnostics.isEmpty, "\(text): \(parsed.diagnostics.map(\.message))")
    #expect(parsed.value.map(SyntaxDescription.of) == tree, "\(text)")
    #expect(parsed.value?.span == SourceSpan(file: 0, start: 0, end: text.utf8.count), "\(text)")
  }

  @Test(
    "operators bind as in PostgreSQL",
    arguments: [
      ("a OR b AND c", "(or a (and b c))"),
      ("NOT a = b AND c", "(and (not (= a b)) c)"),
      ("NOT NOT a", "(not (not a))"),
      ("a = b IS NULL", "(is-null (= a b))"),
      ("a + b * c ^ d", "(+ a (* b (^ c d)))"),
      ("a - b - c", "(- (- a b) c)"),
      ("2 ^ 3 ^ 2", "(^ (^ 2 3) 2)"),
      ("- 2 ^ 2", "(^ (- 2) 2)"),
      ("-1::int", "(- (cast 1 int))"),
      ("a || b = c || d", "(= (|| a b) (|| c d))"),
      ("a || b + c", "(|| a (+ b c))"),
      ("a < b + 1", "(< a (+ b 1))"),
      ("a != b", "(<> a b)"),
      ("a=-1", "(= a (- 1))"),
      ("a BETWEEN 1 AND 2 AND b", "(and (between a 1 2) b)"),
      ("a NOT BETWEEN SYMMETRIC 1 AND 2 + 3", "(not-between-symmetric a 1 (+ 2 3))"),
      ("a = b BETWEEN c AND d", "(= a (between b c d))"),
      ("a AT TIME ZONE 'UTC' + b", "(+ (zone a 'UTC') b)"),
      ("a::text::int", "(cast (cast a text) int)"),
      ("(a OR b) AND c", "(and (or a b) c)"),
      ("a ->> 'k' = 'v'", "(= (->> a 'k') 'v')"),
      ("~ a & b", "(& (~ a) b)"),
      ("a IS NULL = b", "(= (is-null a) b)"),
    ])
  func precedence(text: String, tree: String) { expectTree(text, tree) }

  @Test(
    "tests and predicates",
    arguments: [
      ("a IS NOT NULL", "(is-not-null a)"), ("a ISNULL", "(is-null a)"),
      ("a NOTNULL", "(is-not-null a)"), ("a IS TRUE", "(is-true a)"),
      ("a IS NOT FALSE", "(is-not-false a)"), ("a IS UNKNOWN", "(is-unknown a)"),
      ("a IS DISTINCT FROM b", "(distinct a b)"),
      ("a IS NOT DISTINCT FROM b", "(not-distinct a b)"),
      ("a IN (1, 2)", "(in a [1 2])"), ("a NOT IN (1)", "(not-in a [1])"),
      ("a IN (SELECT 1)", "(in a query)"), ("a IN ((SELECT 1))", "(in a query)"),
      ("a IN ((SELECT 1), 2)", "(in a [query 2])"),
      ("(a, b) IN (SELECT 1, 2)", "(in (row a b) query)"),
      ("a LIKE 'x%' ESCAPE '!'", "(like a 'x%' '!')"), ("a NOT ILIKE b", "(not-ilike a b)"),
      ("EXISTS (SELECT 1)", "(exists query)"), ("NOT EXISTS (SELECT)", "(not (exists query))"),
      ("a = ANY (SELECT 1)", "(= a any query)"), ("a <> ALL (ARRAY[1, 2])", "(<> a all [1 2])"),
      ("a = SOME (:ids)", "(= a any :ids)"), ("a > ALL ((SELECT 1))", "(> a all query)"),
    ])
  func predicates(text: String, tree: String) { expectTree(text, tree) }

  @Test(
    "literals",
    arguments: [
      ("12", "12"), ("1.5e-3", "1.5e-3"), (".5", ".5"), ("1.", "1."), ("'it''s'", "'it's'"),
      ("E'a\\n\\u0041\\101\\''", "'a\nAA''"), ("$$it's$$", "'it's'"), ("$q$a$$b$q$", "'a$$b'"),
      ("'a'\n 'b'", "'ab'"), ("N'x'", "'x'"), ("TRUE", "true"), ("NULL", "null"),
      ("interval '60 seconds'", "(interval '60 seconds')"),
      ("INTERVAL '5' MINUTE", "(interval '5 minute')"),
      ("timestamptz '2025-01-01'", "(timestamptz '2025-01-01')"),
      (
        "timestamp with time zone '2025-01-01'",
        "(timestamp with time zone '2025-01-01')"
      ),
      ("timestamp (3) '2025-01-01'", "(timestamp without time zone[3] '2025-01-01')"),
      ("date '2025-01-01'", "(date '2025-01-01')"),
      ("public.mood 'happy'", "(public.mood 'happy')"),
      (":grace", ":grace"), ("$2", "$2"), ("ARRAY[]", "[]"), ("ARRAY(SELECT 1)", "(array query)"),
      ("ROW(1, 2)", "(row 1 2)"), ("ROW()", "(row )"), ("(1, 2)", "(row 1 2)"),
      ("\"Odd Name\"", "Odd Name"), ("x.y.Z", "x.y.z"), ("t.*", "t.*"),
    ])
  func literals(text: String, tree: String) { expectTree(text, tree) }

  @Test(
    "calls and forms",
    arguments: [
      ("now()", "(now)"), ("count(*)", "(count *)"), ("count(DISTINCT a)", "(count distinct a)"),
      ("string_agg(a, ',' ORDER BY b DESC)", "(string_agg a ',' order b desc)"),
      ("sum(a) FILTER (WHERE b)", "(sum a filter b)"),
      ("f(a => 1, b := 2)", "(f a=>1 b=>2)"), ("public.f(1)", "(public.f 1)"),
      ("left('abc', 1)", "(left 'abc' 1)"),
      ("coalesce(a, 0)", "(coalesce a 0)"), ("nullif(a, 0)", "(nullif a 0)"),
      ("greatest(a, b)", "(greatest a b)"), ("least(a)", "(least a)"),
      ("extract(epoch FROM a)", "(extract epoch a)"), ("position('a' IN b)", "(position 'a' b)"),
      ("substring(a FROM 2 FOR 3)", "(substring a 2 3)"),
      ("substring(a FOR 3)", "(substring a - 3)"), ("substring(a, 2)", "(substring a 2)"),
      ("trim(a)", "(trim both - a)"), ("trim(LEADING 'x' FROM a)", "(trim leading 'x' a)"),
      ("trim('x' FROM a)", "(trim both 'x' a)"), ("trim(a, 'x')", "(trim both 'x' a)"),
      ("CASE WHEN a THEN 1 ELSE 2 END", "(case [a 1] else 2)"),
      ("CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END", "(case a [1 'x'] [2 'y'])"),
      ("CAST(a AS numeric(10, 2))", "(cast a numeric[10, 2])"), ("a::text[]", "(cast a text[])"),
      ("a::double precision", "(cast a double precision)"),
      ("a::varchar(5)", "(cast a varchar[5])"),
      ("CURRENT_TIMESTAMP", "current_timestamp"), ("current_user", "current_user"),
      ("(SELECT 1)", "query"), ("((SELECT 1) UNION (SELECT 2))", "query"),
      ("((SELECT 1) + 1)", "(+ query 1)"), ("(r).f", "(field r f)"),
      ("status", "status"), ("(a)", "a"),
    ])
  func forms(text: String, tree: String) { expectTree(text, tree) }

  @Test("a colon in a parameter is none of a cast")
  func colons() {
    expectTree("a::int + :a", "(+ (cast a int) :a)")
    expectTree(":a::int", "(cast :a int)")
  }

  @Test(
    "what is refused",
    arguments: [
      ("a[1", DiagnosticCode.unclosedParenthesis), ("a COLLATE \"C\"", .unsupportedExpression),
      ("a SIMILAR TO b", .unsupportedExpression), ("a ^@ b", .unsupportedOperator),
      ("rank() OVER w", .unsupportedWindow), ("a < b < c", .syntaxError),
      ("a = NOT b", .syntaxError), ("f(VARIADIC a)", .unsupportedExpression),
      ("overlay('a' PLACING 'b' FROM 1)", .unsupportedFunction), ("DEFAULT", .syntaxError),
      ("interval '1-2' YEAR TO MONTH", .unsupportedExpression), ("1 2", .syntaxError),
      ("", .syntaxError), ("(1", .unclosedParenthesis), ("CASE END", .syntaxError),
      ("select", .syntaxError), ("$0", .invalidNumber), ("national character 'x'", .syntaxError),
      ("interval(3) with time zone 'x'", .syntaxError), ("double varying 'x'", .syntaxError),
    ])
  func refused(text: String, code: DiagnosticCode) {
    let parsed = SQLReader.expression(in: SourceFile(path: "e.sql", text: text))
    #expect(parsed.diagnostics.map(\.code) == [code], "\(text)")
    #expect(!parsed.isUsable)
  }
}
