import Reports
import Testing

@Suite("Text")
struct TextTests {
  @Test("widths are terminal columns")
  func widths() {
    #expect(TextWidth.columns(of: "┌│└■⋮▶✗◀→∅") == 10)
    #expect(TextWidth.columns(of: "支払い済み") == 10)
    #expect(TextWidth.columns(of: "e\u{301}") == 1)
    #expect("支払".padded(to: 6) == "支払  ")
  }

  @Test("control characters are made visible")
  func visible() {
    #expect("a\u{1B}[31mb\n\u{202E}c".visible == "a\\u{1B}[31mb\\n\\u{202E}c")
  }

  @Test("no wrapped line is too wide and no word is lost", arguments: 6...60)
  func wrap(width: Int) {
    let text = "SELECT confirm_payment_atomic(1, '0xabc') waits for cron_expire on payments(1)"
    let lines = WordWrap.lines(text, width: width, hanging: 2)
    for line in lines { #expect(TextWidth.columns(of: line) <= width) }
    #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
  }

  @Test("statements break at clauses")
  func clauses() {
    let sql = "UPDATE orders SET status = 'from where' WHERE id = 1 AND n BETWEEN 1 AND 2 AND ok"
    #expect(
      StatementText(sql).lines(width: 40, limit: nil) == [
        "UPDATE orders SET status = 'from where'", "  WHERE id = 1 AND n BETWEEN 1 AND 2",
        "    AND ok",
      ])
  }

  @Test("no statement line is too wide", arguments: 14...80)
  func statements(width: Int) {
    let sql = """
      INSERT INTO bookings (room, guest) SELECT r.id, 'alice' FROM rooms r WHERE NOT EXISTS (SELECT 1 \
      FROM bookings b WHERE b.room = r.id AND b.day = (SELECT max(day) FROM days)) ON CONFLICT (room) DO \
      UPDATE SET guest = excluded.guest RETURNING id
      """
    for limit in [nil, 1, 3, 6] as [Int?] {
      let lines = StatementText(sql).lines(width: width, limit: limit)
      for line in lines { #expect(TextWidth.columns(of: line) <= width + (limit == nil ? 0 : 2)) }
      if let limit { #expect(lines.count <= limit) }
    }
  }

  @Test("numbers are grouped")
  func numbers() {
    #expect(grouped("9777287520") == "9,777,287,520")
    #expect(grouped("12") == "12")
    #expect(counted(1, "step") == "1 step")
    #expect(counted(4212, "state") == "4,212 states")
  }

  @Test("anomalies are found by code and by name")
  func glossary() {
    #expect(Glossary.find("p4")?.name == "lost update")
    #expect(Glossary.find("lost-update")?.code == "P4")
    #expect(Glossary.find("scope-anomaly")?.code == "scope anomaly")
    for name in ["lost effect", "lost work", "optimistic lock failure", "endless loop", "livelock"]
    {
      #expect(Glossary.find(name) != nil)
    }
    #expect(Glossary.find("nothing") == nil)
  }

  @Test("every anomaly fits in 100 columns", arguments: Glossary.entries.map(\.code))
  func entries(code: String) throws {
    let entry = try #require(Glossary.find(code))
    for line in Glossary.lines(entry, style: Style()) { #expect(line.width <= 100) }
    #expect(!entry.fix.isEmpty)
  }

  @Test("shell words are quoted")
  func quoting() {
    #expect(TextTrace.quoted("Scenarios/a.race") == "Scenarios/a.race")
    #expect(TextTrace.quoted("it's") == "'it'\\''s'")
    #expect(TextTrace.quoted("") == "''")
  }
}
