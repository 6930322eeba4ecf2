import SQL
import Testing
import Writers

/// What is refused of partitioned tables and inheritance, and where.
@Suite("Partitions")
struct PartitionTests {
  private static let base = """
    CREATE TABLE p (a int, b text, PRIMARY KEY (a)) PARTITION BY RANGE (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
    CREATE TABLE l (a int) PARTITION BY LIST (a);
    CREATE TABLE l1 PARTITION OF l FOR VALUES IN (1, NULL);
    CREATE TABLE q (a int NOT NULL);
    CREATE TABLE i (a int);
    CREATE TABLE i1 () INHERITS (i);

    """

  private static func messages(_ definition: String, step: String = "SELECT 1") -> [String] {
    let text = """
      setup { \(base)\(definition) }
      session s
      step a { \(step); }
      """
    return SpecCompiler.compile(SourceFile(path: "t.spec", text: text)).diagnostics.map(\.message)
  }

  @Test(
    "a cursor of PL/pgSQL cannot tell rows of tables that inherit by their keys, nor name those of partitions"
  )
  func cursors() {
    func cursor(_ table: String, _ lock: String, _ change: String) -> String {
      """
      DO $$ DECLARE c CURSOR FOR SELECT a FROM \(table) WHERE a = 1\(lock); BEGIN \
      FOR r IN c LOOP \(change); END LOOP; END $$
      """
    }
    let family = "CREATE TABLE f (a int PRIMARY KEY); CREATE TABLE f1 () INHERITS (f);"
    #expect(Self.messages("", step: cursor("p", " FOR UPDATE", "NULL")) == [])
    let found = Self.messages(family, step: cursor("f", " FOR UPDATE", "NULL"))
    #expect(found.first?.hasPrefix("a cursor that locks must read one table") ?? false, "\(found)")
    for (table, lock) in [("p", ""), ("p", " FOR UPDATE"), ("f", "")] {
      let change = "DELETE FROM \(table) WHERE CURRENT OF c"
      #expect(
        Self.messages(family, step: cursor(table, lock, change)) == [
          "cursor `c` is not a simply updatable scan of table `\(table)`"
        ])
    }
  }

  @Test("definitions that hold are compiled")
  func sound() {
    #expect(
      Self.messages("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (MAXVALUE);") == [])
    #expect(Self.messages("ALTER TABLE l ATTACH PARTITION q DEFAULT;") == [])
  }

  @Test(
    "definitions that do not hold are mistakes",
    arguments: [
      (
        "CREATE TABLE x PARTITION OF p FOR VALUES FROM (9) TO (12);",
        "partition `x` would overlap partition `p1`"
      ),
      (
        "CREATE TABLE x PARTITION OF l FOR VALUES IN (NULL);",
        "partition `x` would overlap partition `l1`"
      ),
      (
        "CREATE TABLE x PARTITION OF p FOR VALUES FROM (12) TO (12);",
        "empty range bound specified for the partition"
      ),
      (
        "CREATE TABLE x PARTITION OF p FOR VALUES IN (12);",
        "invalid bound specification for a range partition"
      ),
      (
        "CREATE TABLE x PARTITION OF p FOR VALUES FROM (12, 1) TO (13, 1);",
        "FROM and TO must specify exactly one value per partitioning column"
      ),
      ("CREATE TABLE x PARTITION OF q DEFAULT;", "`q` is not partitioned"),
      (
        "CREATE TABLE x (a int, b int UNIQUE) PARTITION BY RANGE (a);",
        "a unique key of partitioned table `x` must have all columns of the partition key"
      ),
      (
        "CREATE TABLE x (a int, b int) PARTITION BY LIST (a, b);",
        "cannot use \"list\" partition strategy with more than one column"
      ),
      (
        "CREATE TABLE x (b int); ALTER TABLE l ATTACH PARTITION x DEFAULT;",
        "child table is missing column `a`"
      ),
      (
        "CREATE TABLE x (a text); ALTER TABLE l ATTACH PARTITION x DEFAULT;",
        "child table has different type for column `a`"
      ),
    ])
  func mistakes(definition: String, message: String) {
    #expect(Self.messages(definition) == [message])
  }

  @Test(
    "what is not simulated is refused",
    arguments: [
      (
        "CREATE TABLE x (a int) PARTITION BY HASH (a);", "partitions by hash are not simulated"
      ),
      (
        "CREATE TABLE x (a int) PARTITION BY RANGE ((a + 1));",
        "expressions in a partition key are not simulated"
      ),
      (
        "CREATE TABLE x (b int) INHERITS (i);",
        "columns of its own in a table that inherits are not simulated"
      ),
      (
        "CREATE TABLE x () INHERITS (i1);",
        "a table that inherits from a child or a partition is not simulated"
      ),
      (
        "ALTER TABLE p ADD COLUMN c int;",
        "this change of a table that has partitions, or is one, is not simulated"
      ),
    ])
  func refused(definition: String, message: String) {
    #expect(Self.messages(definition) == [message])
  }

  @Test("ONLY is refused where it would make a difference")
  func only() {
    #expect(Self.messages("", step: "SELECT * FROM ONLY q") == [])
    #expect(
      Self.messages("", step: "SELECT * FROM ONLY i")
        == ["`ONLY` is not simulated where tables inherit from `i`"])
  }

  @Test("specs with partitions are not explored")
  func explored() {
    let text = "setup { \(Self.base) }\nsession s\nstep a { SELECT * FROM p; }\n"
    let messages = SpecCompiler.scenario(SourceFile(path: "t.spec", text: text)).diagnostics.map(
      \.message)
    #expect(Set(messages) == ["partitions and inheritance are not explored"])
  }
}
