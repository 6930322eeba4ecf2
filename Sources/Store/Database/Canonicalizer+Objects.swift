/// Locks on whole objects, and requests for them.
extension Canonicalizer {
  /// Appends what the session holds, two words for each lock, sorted; returns how many there are.
  func appendObjectLocks(
    of session: Int, _ state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) -> UInt64 {
    guard !state.objectLocks.isEmpty else { return 0 }
    let start = words.count
    for lock in state.objectLocks where Int(lock.session) == session {
      let key = UInt64(bitPattern: lock.object.key)
      let rest =
        UInt64(lock.object.space.rawValue) | UInt64(lock.modes.rawValue) << 8
        | UInt64(lock.level) << 16 | UInt64(lock.count) << 32
      var place = words.count
      while place > start
        && (words[place - 2], words[place - 1]) > (key, rest)
      {
        place -= 2
      }
      words.insert(key, at: place)
      words.insert(rest, at: place + 1)
    }
    return UInt64((words.count - start) / 2)
  }

  func readObjectLocks(
    _ count: Int, _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, of session: UInt16,
    into state: inout DatabaseState
  ) {
    for _ in 0..<count {
      let rest = words[cursor + 1]
      state.objectLocks.append(
        DatabaseState.ObjectLock(
          session: session,
          object: LockObject(
            space: LockObject.Space(rawValue: UInt8(rest & 0xFF)) ?? .table,
            key: Int64(bitPattern: words[cursor])),
          modes: ObjectLockModes(rawValue: UInt8(rest >> 8 & 0xFF)),
          level: UInt16(rest >> 16 & 0xFFFF), count: UInt16(rest >> 32 & 0xFFFF)))
      cursor += 2
    }
  }

  /// Appends what a session waits for, with its place in the queue.
  func appendRequest(
    _ waiter: DatabaseState.Session, _ session: Int, of state: DatabaseState,
    to words: inout ContiguousArray<UInt64>
  ) {
    let request = waiter.request
    words.append(UInt64(bitPattern: request.object.key))
    var flags = UInt64(request.object.space.rawValue) | UInt64(request.mode.rawValue) << 8
    if request.isForSession { flags |= 1 << 16 }
    if request.isGranted { flags |= 1 << 17 }
    if request.isDoomed { flags |= 1 << 18 }
    var place = 0
    if !request.isGranted {
      for (index, other) in state.sessions.enumerated()
      where index != session && other.wait == .object && !other.request.isGranted
        && other.request.object == request.object && other.request.place < request.place
      {
        place += 1
      }
    }
    flags |= UInt64(place) << 32
    guard keepsWaitOrder else {
      words.append(flags)
      return
    }
    let before = state.sessions.count { $0.waitRank > 0 && $0.waitRank < waiter.waitRank }
    words.append(flags | UInt64(before + 1) << 48)
    appendSleep(waiter, of: state, to: &words)
  }

  func readRequest(
    _ key: UInt64, _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int,
    into session: inout DatabaseState.Session
  ) {
    let flags = words[cursor]
    cursor += 1
    session.request.object = LockObject(
      space: LockObject.Space(rawValue: UInt8(flags & 0xFF)) ?? .table,
      key: Int64(bitPattern: key))
    session.request.mode = ObjectLockMode(rawValue: UInt8(flags >> 8 & 0xFF)) ?? .accessShare
    session.request.isForSession = flags >> 16 & 1 == 1
    session.request.isGranted = flags >> 17 & 1 == 1
    session.request.isDoomed = flags >> 18 & 1 == 1
    session.request.place = Int32(flags >> 32 & 0xFFFF)
    session.waitRank = Int32(flags >> 48)
    if keepsWaitOrder { readSleep(words, at: &cursor, into: &session) }
  }

  func readSleep(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int,
    into session: inout DatabaseState.Session
  ) {
    session.sleepRank = Int32(words[cursor] >> 1)
    session.isBehindWaiter = words[cursor] & 1 == 1
    cursor += 1
  }
}
