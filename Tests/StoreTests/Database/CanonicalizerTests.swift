import Testing

@testable import Store

@Suite("Canonical words")
struct CanonicalizerTests {
  @Test("two ways to one future are the same words")
  func sameFuture() {
    var direct = DatabaseWorld()
    direct.begin(0)
    direct.update(0, row: 0, to: "x")
    direct.state.commit(session: 0)

    var roundabout = DatabaseWorld()
    roundabout.begin(1)
    roundabout.update(1, row: 0, to: "y")
    roundabout.state.commit(session: 1)
    roundabout.begin(0)
    roundabout.update(0, row: 0, to: "x")
    roundabout.state.commit(session: 0)

    #expect(direct.state.versions.count != roundabout.state.versions.count)
    #expect(direct.words() == roundabout.words())
  }

  @Test("a live snapshot keeps the versions that it sees")
  func liveSnapshot() {
    var world = DatabaseWorld()
    world.begin(1, .repeatableRead)
    _ = world.state.statementSnapshot(session: 1)
    world.begin(0)
    world.update(0, row: 0, to: "x")
    world.state.commit(session: 0)
    let read = world.unpacked()
    #expect(read.seen(by: 1, snapshot: read.state.sessions[1].snapshot) == "1a 2b")
    #expect(read.seen(by: 0) == "1x 2b")
  }

  @Test("snapshots between which nothing that is left was committed are one")
  func equalSnapshots() {
    func world(commitBetween: Bool) -> DatabaseWorld {
      var world = DatabaseWorld()
      world.begin(1, .repeatableRead)
      _ = world.state.statementSnapshot(session: 1)
      if commitBetween {
        // Inserted and deleted again before anybody looks.
        world.begin(0)
        world.insert(0, 3, "c")
        world.state.commit(session: 0)
        world.begin(0)
        world.delete(0, row: 2)
        world.state.commit(session: 0)
      }
      world.begin(2, .repeatableRead)
      _ = world.state.statementSnapshot(session: 2)
      return world
    }
    #expect(world(commitBetween: false).words() == world(commitBetween: true).words())
  }

  @Test("packing what was unpacked gives the same words", arguments: 0..<200)
  func roundTrip(seed: Int) {
    var world = DatabaseWorld(sessions: 3)
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func random(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state >> 33) % bound
    }
    for _ in 0..<25 {
      let session = random(3)
      if world.state.sessions[session].phase == .idle {
        world.begin(session, random(2) == 0 ? .readCommitted : .repeatableRead)
        _ = world.state.statementSnapshot(session: session)
        continue
      }
      let row = Int32(random(Int(world.state.nextRow[0])))
      let isFree = !world.state.isConflicting(
        table: 0, row: row, mode: .update, session: session)
      let isThere = world.state.newest(0, row, session: session) != nil
      switch random(7) {
      case 0 where isFree && isThere: world.update(session, row: row, to: "v\(random(3))")
      case 1 where isFree && isThere: world.delete(session, row: row)
      case 2: world.insert(session, Int64(10 + random(50)), "n")
      case 3: world.state.commit(session: session)
      case 4: world.state.rollback(session: session)
      case 5: world.state.defineSavepoint(session: session, name: "s")
      case 6 where isThere:
        _ = world.state.lock(table: 0, row: row, mode: .keyShare, session: session)
      default: continue
      }
      let read = world.unpacked()
      #expect(read.words() == world.words())
      for reader in 0..<3 {
        let snapshot = world.state.sessions[reader].snapshot
        let other = read.state.sessions[reader].snapshot
        #expect(
          read.seen(by: reader, snapshot: other < 0 ? nil : other)
            == world.seen(by: reader, snapshot: snapshot < 0 ? nil : snapshot))
      }
    }
  }
}
