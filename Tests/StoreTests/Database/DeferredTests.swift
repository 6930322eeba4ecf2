import Testing

@testable import Store

@Suite("What is put off")
struct DeferredTests {
  /// Session 0 has put off a check, and done it in a savepoint or not.
  private func world(takes: Bool) -> DatabaseWorld {
    var world = DatabaseWorld(deferrables: [
      DeferrableConstraint(name: "t_v_key", isInitiallyDeferred: true)
    ])
    world.begin(0)
    world.state.postpone([Value(integer: 7)], constraint: 0, isOnce: false, session: 0)
    world.state.defineSavepoint(session: 0, name: "p")
    world.state.defineSavepoint(session: 0, name: "q")
    guard takes else { return world }
    var words: ContiguousArray<Value> = []
    world.state.takeDeferred(session: 0, mask: .max, into: &words)
    #expect(Array(words) == [Value(integer: 7)])
    return world
  }

  @Test("what a savepoint has done is part of the state")
  func state() {
    #expect(world(takes: true).words() != world(takes: false).words())
    let read = world(takes: true).unpacked()
    #expect(read.words() == world(takes: true).words())
    #expect(!read.state.hasDeferred(session: 0))
  }

  @Test(
    "it is to be done again if the savepoint is rolled back, or one around it", arguments: [1, 2])
  func rolledBack(level: UInt16) {
    var world = world(takes: true)
    world.state.rollback(session: 0, toLevel: level, keepsSavepoint: true, schema: world.schema)
    #expect(world.state.hasDeferred(session: 0))
  }

  @Test("it belongs to the savepoint around one that is released")
  func released() {
    var world = world(takes: true)
    world.state.release(session: 0, level: 2, schema: world.schema)
    #expect(!world.state.hasDeferred(session: 0))
    #expect(world.state.deferred.count == 1)
    var undone = world
    undone.state.rollback(session: 0, toLevel: 1, keepsSavepoint: false, schema: world.schema)
    #expect(undone.state.hasDeferred(session: 0))
    world.state.release(session: 0, level: 1, schema: world.schema)
    #expect(world.state.deferred.isEmpty)
  }
}
