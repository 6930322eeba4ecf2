import Invariants
import SQL
import Store
import Testing
import Writers

@Suite("Odd histories")
struct RobustnessTests {
  @Test("an empty history has a diagnosis", arguments: [true, false, nil])
  func empty(serial: Bool?) {
    let kinds: [Violation.Kind] = [
      .invariant, .finally, .deadlock, .stuck, .error, .serializable,
    ]
    for kind in kinds {
      let diagnosis = Story(writers: []).diagnose(kind, serial: serial)
      #expect(!diagnosis.explanation.isEmpty)
    }
  }

  @Test("random events never trap, and give the same twice", arguments: 0..<200 as Range<UInt64>)
  func random(seed: UInt64) {
    var generator = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
    var story = Story(writers: ["a", "b", "c"])
    story.invariant("rule", "SELECT id FROM orders WHERE status = 'x' GROUP BY id")
    let spans = [
      "UPDATE orders SET status = 'x' WHERE id = 1 AND now() > '2000-01-01'",
      "SELECT id FROM bookings WHERE room = 7", "IF EXISTS (SELECT 1 FROM orders) THEN", "(((",
    ].map { story.place($0) }
    for _ in 0..<60 {
      let writer = ["a", "b", "c", "nobody"][generator.next(4)]
      let kind: Choice.Kind = [.step, .victim, .crash, .step][generator.next(4)]
      let events = (0..<generator.next(5)).map { _ in generator.event(spans) }
      story.step(writer, events, as: kind)
    }
    for kind in [.invariant, .deadlock, .stuck, .error] as [Violation.Kind] {
      let first = story.diagnose(kind, tables: seed % 2 == 0 ? [] : [.orders], serial: nil)
      let second = story.diagnose(kind, tables: seed % 2 == 0 ? [] : [.orders], serial: nil)
      #expect(first == second)
      #expect(!first.name.isEmpty)
    }
    _ = FalsePart.find(
      in: story.invariants[0], model: story.model, columns: [], rows: [[1, 2]],
      history: story.history)
  }
}

private struct Generator {
  var state: UInt64

  mutating func next(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }

  mutating func event(_ spans: [SourceSpan]) -> Event {
    // One table too many, and rows of the wrong width.
    let table = TableID(next(5))
    let row = Int32(next(4))
    let values = Array([Value(integer: next(3)), "x", 7].prefix(next(4)))
    let error: SQLError = [.deadlockDetected, .concurrentUpdate, SQLError(.raiseException, "no")][
      next(3)]
    let number = Int32(next(20))
    switch next(22) {
    case 0: return .began(span: spans[next(4)], routine: RoutineID(next(3)), depth: next(3))
    case 1: return .woke
    case 2, 3: return .read(table: table, row: row, version: number - 1)
    case 4: return .searched(table: table, snapshot: number - 1)
    case 5: return .locked(table: table, row: row, mode: .update)
    case 6:
      return .waits(.row(table: table, row: row, mode: .share), blockers: [next(4)])
    case 7: return .waits(.key(table: table, index: next(3), values: values), blockers: [next(4)])
    case 8: return .rechecked(table: table, row: row, matches: next(2) == 0)
    case 9: return .inserted(table: table, row: row, after: values)
    case 10: return .updated(table: table, row: row, before: values, after: values.reversed())
    case 11: return .deleted(table: table, row: row, before: values)
    case 12: return .finished(tag: "UPDATE \(next(2))", columns: [], rows: [])
    case 13: return .failed(error)
    case 14: return .caught(error)
    case 15: return .beganTransaction(isImplicit: false)
    case 16, 17: return .committed(isImplicit: false, didWrite: next(2) == 0)
    case 18: return .rolledBack(isFailure: next(2) == 0)
    case 19: return next(2) == 0 ? .savepoint(name: "s") : .rolledBackTo(name: "s")
    case 20: return next(2) == 0 ? .restarted(left: 0) : .crashed
    default:
      return next(2) == 0 ? .ended(outcome: .null, error: error) : .clockMoved(to: Int64(number))
    }
  }
}
