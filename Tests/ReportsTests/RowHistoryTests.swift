import Scheduler
import Testing

@testable import Reports

@Suite("Row histories")
struct RowHistoryTests {
  @Test("a version says who wrote it, from when it stands and when it is committed")
  func versions() {
    let history = RowHistory(Fixtures.lostUpdate)
    let row = history.rows.first { $0.name == "seat(1)" }
    #expect(row?.versions.map(\.lane) == [nil, 0, 1])
    #expect(row?.versions.map { $0.values.last ?? nil } == [nil, "alice", "bob"])
    #expect(row?.versions.map(\.created) == [0, 2, 6])
    #expect(row?.versions.map(\.committed) == [0, 5, 7])
    #expect(row?.versions.allSatisfy { $0.undone == nil } == true)
  }

  @Test("what is rolled back is gone from that step on")
  func undone() {
    let history = RowHistory(Fixtures.crash)
    let row = history.rows.first { $0.name == "payments(1)" }
    #expect(row?.versions.count == 1)
    #expect(row?.versions.first?.committed == nil)
    #expect(row?.versions.first?.undone == 6)
  }

  @Test("READ COMMITTED sees what is committed when the statement begins")
  func snapshots() {
    let history = RowHistory(Fixtures.lostUpdate)
    // bob's update began at step 4, and goes on at step 6 with what it saw then.
    #expect(history.snapshots[5][1] == 3)
    #expect(history.snapshots.count == Fixtures.lostUpdate.steps.count)
  }

  @Test("the digest is SHA-256")
  func digest() {
    #expect(SHA256.base64("") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    #expect(SHA256.base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    let long = String(repeating: "a", count: 119)
    #expect(SHA256.digest(Array(long.utf8)).count == 32)
  }

  @Test("locks are bars from the step that takes them to the one that gives them up")
  func spans() {
    var trace = Fixtures.lostUpdate
    trace.steps[4].locksReleased = [Trace.Lock(row: "seat(1)", mode: "FOR NO KEY UPDATE")]
    let spans = LockSpans(trace)
    #expect(spans.rows == ["seat(1)"])
    let holders = spans.cells.map { $0[0].holds.map(\.lane) }
    #expect(holders[1] == [0])
    #expect(spans.cells[1][0].holds.first?.begins == true)
    #expect(spans.cells[3][0].waits == [1])
    #expect(spans.cells[4][0].holds.first?.ends == true)
    #expect(holders[5] == [1])
    #expect(spans.cells[5][0].waits.isEmpty)
  }
}
