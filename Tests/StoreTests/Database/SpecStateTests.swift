import Testing

@testable import Store

/// What only isolation specs ask of a database: definitions that change, notifications, cursors.
@Suite("State of specs")
struct SpecStateTests {
  private func database(sessions: Int = 2) -> DatabaseState {
    var schema = Schema()
    schema.sequences = [SequenceGenerator(name: "q")]
    return DatabaseState(schema: schema, sessionCount: sessions)
  }

  private var schema: Schema {
    var schema = Schema()
    schema.sequences = [SequenceGenerator(name: "q")]
    return schema
  }

  private func begin(_ session: Int, in state: inout DatabaseState) {
    state.begin(
      session: session, isolation: .readCommitted, isReadOnly: false, isDeferrable: false,
      isImplicit: false, clock: 0)
  }

  // MARK: Sequences

  @Test("ALTER SEQUENCE says what is wrong with it, as the server does")
  func refusedSequences() {
    func message(_ change: (inout SequenceChange) -> Void) -> String? {
      var it = SequenceChange()
      change(&it)
      var sequence = SequenceGenerator(name: "q")
      do throws(SQLError) {
        try sequence.apply(it)
        return nil
      } catch {
        return error.message
      }
    }
    #expect(message { $0.maximum = 10 } == nil)
    #expect(message { $0.increment = 0 } == "INCREMENT must not be zero")
    #expect(
      message { $0.maximum = 0 } == "MINVALUE (1) must be less than MAXVALUE (0)")
    #expect(
      message { $0.minimum = 5 } == "START value (1) cannot be less than MINVALUE (5)")
    #expect(
      message {
        $0.maximum = 10
        $0.restart = 11
      } == "RESTART value (11) cannot be greater than MAXVALUE (10)")
    #expect(message { $0.cache = 0 } == "CACHE (0) must be greater than zero")
  }

  @Test("an altered sequence is as it was after ROLLBACK, and after ROLLBACK TO")
  func rolledBackSequence() throws {
    var state = database()
    #expect(try state.nextValue(of: 0, session: 1, schema: schema) == 1)
    begin(0, in: &state)
    var change = SequenceChange()
    change.increment = 10
    try state.alter(sequence: 0, change, session: 0, schema: schema)
    #expect(try state.nextValue(of: 0, session: 0, schema: schema) == 11)
    state.defineSavepoint(session: 0, name: Value(text: "s"))
    change = SequenceChange()
    change.restart = 3
    try state.alter(sequence: 0, change, session: 0, schema: schema)
    #expect(try state.nextValue(of: 0, session: 0, schema: schema) == 3)
    state.rollback(session: 0, toLevel: 1, keepsSavepoint: true, schema: schema)
    #expect(try state.nextValue(of: 0, session: 0, schema: schema) == 21)
    state.rollback(session: 0)
    #expect(try state.nextValue(of: 0, session: 0, schema: schema) == 2)
  }

  // MARK: Switches

  @Test("a trigger that a transaction drops is there again after ROLLBACK, and gone after COMMIT")
  func switchedTrigger() {
    var state = database()
    begin(0, in: &state)
    state.setTrigger(3, isOn: false, session: 0)
    #expect(state.inactiveTriggers == 1 << 3)
    state.rollback(session: 0)
    #expect(state.inactiveTriggers == 0)
    begin(0, in: &state)
    state.defineSavepoint(session: 0, name: Value(text: "s"))
    state.setTrigger(3, isOn: false, session: 0)
    state.release(session: 0, level: 1, schema: schema)
    state.commit(session: 0)
    #expect(state.inactiveTriggers == 1 << 3)
    #expect(state.switches.isEmpty)
  }

  // MARK: Notifications

  private func taken(_ session: Int, from state: inout DatabaseState) -> [String] {
    state.takeNotifications(session: session).map {
      "\($0.channel.asText ?? "")/\($0.payload.asText ?? "") from \($0.sender)"
    }
  }

  private func listen(_ session: Int, _ channel: String, in state: inout DatabaseState) {
    begin(session, in: &state)
    state.listen(to: Value(text: channel), session: session, isListen: true)
    state.commit(session: session)
  }

  @Test("notifications come once each, in order, at the commit")
  func notifications() throws {
    var state = database()
    listen(1, "c", in: &state)
    begin(0, in: &state)
    for payload in ["a", "b", "a", ""] {
      try state.notify(Value(text: "c"), Value(text: payload), session: 0)
    }
    try state.notify(Value(text: "other"), .null, session: 0)
    #expect(taken(1, from: &state).isEmpty)
    state.commit(session: 0)
    #expect(taken(1, from: &state) == ["c/a from 0", "c/b from 0", "c/ from 0"])
    #expect(taken(1, from: &state).isEmpty)
  }

  @Test("a listener in a transaction is told at its end, and of what it still listens for")
  func listenerInTransaction() throws {
    var state = database()
    listen(1, "c", in: &state)
    begin(1, in: &state)
    begin(0, in: &state)
    try state.notify(Value(text: "c"), Value(text: "1"), session: 0)
    state.commit(session: 0)
    #expect(taken(1, from: &state).isEmpty)
    #expect(state.notificationQueueBytes == 20)
    state.rollback(session: 1)
    #expect(taken(1, from: &state) == ["c/1 from 0"])
    begin(1, in: &state)
    begin(0, in: &state)
    try state.notify(Value(text: "c"), Value(text: "2"), session: 0)
    state.commit(session: 0)
    state.listen(to: .null, session: 1, isListen: false)
    state.commit(session: 1)
    #expect(taken(1, from: &state).isEmpty)
  }

  @Test("a channel needs a name, and a payload has a length")
  func refusedNotifications() {
    var state = database()
    begin(0, in: &state)
    func message(_ channel: String, _ payload: String) -> String? {
      do throws(SQLError) {
        try state.notify(Value(text: channel), Value(text: payload), session: 0)
        return nil
      } catch {
        return error.message
      }
    }
    #expect(message("", "") == "channel name cannot be empty")
    #expect(message(String(repeating: "c", count: 64), "") == "channel name too long")
    #expect(message("c", String(repeating: "p", count: 8000)) == "payload string too long")
    #expect(message("c", String(repeating: "p", count: 7999)) == nil)
  }

  // MARK: Cursors

  @Test("FETCH goes to where it says, and stays before the first or behind the last row")
  func cursor() throws {
    var it = ClientCursor(
      session: 0, name: Value(text: "c"), level: 0, isHeld: false, isScroll: true, statement: 0,
      rows: (1...4).map { [Value(integer: $0)] })
    func fetch(_ direction: FetchDirection) throws -> [Int64] {
      try it.fetch(direction).compactMap { $0[0].asInteger }
    }
    #expect(try fetch(.forward(2)) == [1, 2])
    #expect(try fetch(.forward(0)) == [2])
    #expect(try fetch(.backward(1)) == [1])
    #expect(try fetch(.forward(nil)) == [2, 3, 4])
    #expect(try fetch(.forward(1)) == [])
    #expect(try fetch(.backward(2)) == [4, 3])
    #expect(try fetch(.relative(-2)) == [1])
    #expect(try fetch(.absolute(-2)) == [3])
    #expect(try fetch(.forward(-5)) == [2, 1])
    #expect(try fetch(.backward(1)) == [])
    #expect(try fetch(.absolute(9)) == [])
    #expect(try fetch(.backward(nil)) == [4, 3, 2, 1])
  }

  @Test("a cursor ends with its transaction or savepoint, one WITH HOLD when it is closed")
  func cursorEnds() throws {
    var state = database()
    func declare(_ name: String, isHeld: Bool) throws {
      try state.declare(
        ClientCursor(
          session: 0, name: Value(text: name), level: state.sessions[0].level, isHeld: isHeld,
          isScroll: false, statement: 0, rows: []))
    }
    begin(0, in: &state)
    try declare("plain", isHeld: false)
    try declare("held", isHeld: true)
    #expect(throws: SQLError.self) { try declare("held", isHeld: true) }
    state.defineSavepoint(session: 0, name: Value(text: "s"))
    try declare("inner", isHeld: true)
    state.rollback(session: 0, toLevel: 1, keepsSavepoint: true, schema: schema)
    #expect(state.cursors.map(\.name) == [Value(text: "plain"), Value(text: "held")])
    state.commit(session: 0)
    #expect(state.cursors.map(\.name) == [Value(text: "held")])
    #expect(throws: SQLError.noCursor("plain")) {
      try state.closeCursor(Value(text: "plain"), session: 0)
    }
    try state.closeCursor(.null, session: 0)
    #expect(state.cursors.isEmpty)
  }
}
