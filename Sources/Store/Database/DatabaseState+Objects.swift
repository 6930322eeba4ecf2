/// Locks on whole objects, as PostgreSQL's lock manager has them (lock.c, proc.c): a queue for each
/// object, in which a request also waits for those before it that it could not be held beside.
extension DatabaseState {
  /// The answer to a request for an object.
  package enum ObjectGrant: Hashable, Sendable {
    case granted
    case mustWait
    /// Only where the caller does not want to wait.
    case unavailable
  }

  /// Takes a lock on an object, or puts the session in its queue.
  ///
  /// A request that does not wait is refused where others stand or queue against it, even where the queue
  /// would have let it pass.
  package mutating func lock(
    _ object: LockObject, _ mode: ObjectLockMode, session: Int, isForSession: Bool, waits: Bool
  ) -> ObjectGrant {
    footprint?.noteLock(object, mode)
    let held = heldModes(of: object, session: session)
    if !held.contains(mode.bit) {
      if isQueued(against: mode, object) || isHeld(against: mode, object, session: session) {
        guard waits else { return .unavailable }
        guard
          enqueue(object, mode, session: session, isForSession: isForSession, holding: held)
        else { return .mustWait }
      }
    }
    grant(object, mode, session: session, isForSession: isForSession)
    return .granted
  }

  /// The modes in which a session holds an object.
  package func heldModes(of object: LockObject, session: Int) -> ObjectLockModes {
    var modes: ObjectLockModes = []
    for lock in objectLocks where Int(lock.session) == session && lock.object == object {
      modes.formUnion(lock.modes)
    }
    return modes
  }

  private func isHeld(against mode: ObjectLockMode, _ object: LockObject, session: Int) -> Bool {
    for lock in objectLocks
    where Int(lock.session) != session && lock.object == object && lock.modes.conflicts(with: mode)
    {
      return true
    }
    return false
  }

  private func isQueued(against mode: ObjectLockMode, _ object: LockObject) -> Bool {
    for index in sessions.indices
    where isQueued(index, for: object) && mode.conflicts.contains(sessions[index].request.mode.bit)
    {
      return true
    }
    return false
  }

  func isQueued(_ session: Int, for object: LockObject) -> Bool {
    sessions[session].wait == .object && !sessions[session].request.isGranted
      && sessions[session].request.object == object
  }

  /// Those who wait for an object, in the order of its queue.
  package func queue(for object: LockObject) -> ContiguousArray<Int> {
    var queue: ContiguousArray<Int> = []
    for index in sessions.indices where isQueued(index, for: object) {
      var place = queue.count
      while place > 0
        && sessions[queue[place - 1]].request.place > sessions[index].request.place
      {
        place -= 1
      }
      queue.insert(index, at: place)
    }
    return queue
  }

  private mutating func grant(
    _ object: LockObject, _ mode: ObjectLockMode, session: Int, isForSession: Bool
  ) {
    let level = isForSession ? ObjectLock.sessionLevel : sessions[session].level
    for index in objectLocks.indices
    where Int(objectLocks[index].session) == session && objectLocks[index].object == object
      && objectLocks[index].level == level
    {
      if !isForSession {
        objectLocks[index].modes.insert(mode.bit)
        return
      }
      if objectLocks[index].modes == mode.bit {
        objectLocks[index].count &+= 1
        return
      }
    }
    // What an outer subtransaction holds stays longer than what this one would add.
    let isHeldOutside =
      !isForSession
      && objectLocks.contains {
        Int($0.session) == session && $0.object == object && $0.level < level
          && $0.modes.contains(mode.bit)
      }
    if isHeldOutside { return }
    objectLocks.append(
      ObjectLock(
        session: UInt16(session), object: object, modes: mode.bit, level: level,
        count: isForSession ? 1 : 0))
  }

  // MARK: The queue

  /// Puts a session in the queue: before the first who waits for what it holds, else at the end.
  ///
  /// Source: `ProcSleep` in proc.c.
  ///
  /// - Returns: True if nothing stands against it there, so that it need not wait.
  private mutating func enqueue(
    _ object: LockObject, _ mode: ObjectLockMode, session: Int, isForSession: Bool,
    holding held: ObjectLockModes
  ) -> Bool {
    var queue = self.queue(for: object)
    var place = queue.count
    var isDoomed = false
    if !held.isEmpty {
      var ahead: ObjectLockModes = []
      for (index, waiter) in queue.enumerated() {
        let wanted = sessions[waiter].request.mode
        guard held.conflicts(with: wanted) else {
          ahead.insert(wanted.bit)
          continue
        }
        place = index
        if heldModes(of: object, session: waiter).conflicts(with: mode) {
          isDoomed = true
        } else if !ahead.conflicts(with: mode), !isHeld(against: mode, object, session: session) {
          return true
        }
        break
      }
    }
    var request = ObjectRequest()
    request.object = object
    request.mode = mode
    request.isForSession = isForSession
    request.isDoomed = isDoomed
    sessions[session].wait = .object
    sessions[session].request = request
    sessions[session].waitRank = nextWaitRank()
    queue.insert(session, at: place)
    number(queue)
    return false
  }

  mutating func number(_ queue: ContiguousArray<Int>) {
    for (place, session) in queue.enumerated() { sessions[session].request.place = Int32(place) }
  }

  /// Grants the requests that nothing stands against any more, in the order of the queue.
  ///
  /// Source: `ProcLockWakeup` in proc.c.
  mutating func wake(_ object: LockObject) {
    var ahead: ObjectLockModes = []
    for waiter in queue(for: object) {
      let request = sessions[waiter].request
      if ahead.conflicts(with: request.mode)
        || isHeld(against: request.mode, object, session: waiter)
      {
        ahead.insert(request.mode.bit)
        continue
      }
      grant(object, request.mode, session: waiter, isForSession: request.isForSession)
      sessions[waiter].request.isGranted = true
      sessions[waiter].request.place = 0
    }
  }

  /// Takes a session that gives up out of its queue; those behind it may go on.
  mutating func leaveQueue(session: Int) {
    let request = sessions[session].request
    sessions[session].request = ObjectRequest()
    sessions[session].wait = .none
    if !request.isGranted { wake(request.object) }
  }

  /// A session whose request has closed a cycle, so that it fails before anything else happens.
  package var doomedSession: Int? {
    sessions.firstIndex { $0.wait == .object && $0.request.isDoomed }
  }

  // MARK: Release

  /// Lets go of what the session's transaction holds at the level and above.
  mutating func releaseObjects(session: Int, from level: UInt16) {
    release { Int($0.session) == session && $0.level >= level && $0.count == 0 }
  }

  /// Lets go of all that the session holds: its client is gone.
  package mutating func endSession(_ session: Int) {
    if sessions[session].wait == .object { leaveQueue(session: session) }
    release { Int($0.session) == session }
    dropSettings(session: session)
    _ = deallocate(.null, session: session)
  }

  /// Lets go of the tables that the session holds beyond its transaction: an error takes them away.
  mutating func releaseTables(ofSession session: Int) {
    release { Int($0.session) == session && $0.count > 0 && $0.object.space == .table }
  }

  private mutating func release(where isReleased: (ObjectLock) -> Bool) {
    guard objectLocks.contains(where: isReleased) else { return }
    var objects: ContiguousArray<LockObject> = []
    for lock in objectLocks where isReleased(lock) && !objects.contains(lock.object) {
      objects.append(lock.object)
    }
    objectLocks.removeAll(where: isReleased)
    for object in objects { wake(object) }
  }

  /// Makes locks of the level and above part of the level below.
  mutating func mergeObjects(session: Int, from level: UInt16) {
    guard !objectLocks.isEmpty else { return }
    for index in objectLocks.indices.reversed()
    where Int(objectLocks[index].session) == session && objectLocks[index].level >= level
      && objectLocks[index].count == 0
    {
      let lock = objectLocks.remove(at: index)
      if let outer = objectLocks.firstIndex(where: {
        Int($0.session) == session && $0.object == lock.object && $0.level == level - 1
      }) {
        objectLocks[outer].modes.formUnion(lock.modes)
      } else {
        objectLocks.append(lock)
        objectLocks[objectLocks.count - 1].level = level - 1
      }
    }
  }

  /// Gives back one of the session's own locks.
  ///
  /// - Returns: False if it holds none in that mode.
  package mutating func unlock(_ object: LockObject, _ mode: ObjectLockMode, session: Int) -> Bool {
    let held = objectLocks.firstIndex {
      Int($0.session) == session && $0.object == object && $0.count > 0 && $0.modes == mode.bit
    }
    guard let held else { return false }
    objectLocks[held].count -= 1
    if objectLocks[held].count == 0 {
      objectLocks.remove(at: held)
      wake(object)
    }
    return true
  }

  /// Gives back all of the session's own locks.
  package mutating func unlockAll(session: Int) {
    release { Int($0.session) == session && $0.count > 0 }
  }

  /// The objects that a session holds for itself.
  package func sessionLocks(of session: Int) -> [ObjectLock] {
    objectLocks.filter { Int($0.session) == session && $0.count > 0 }
  }
}
