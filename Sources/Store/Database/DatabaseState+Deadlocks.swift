/// The deadlock check, as PostgreSQL's deadlock.c does it.
///
/// A session waits for those who hold what it wants (*hard* edges), and in an object's queue for those before
/// it whose requests conflict with its own (*soft* edges). A cycle through a soft edge is no deadlock if some
/// other order of the queue breaks it.
extension DatabaseState {
  /// What a session's deadlock check comes to.
  package enum DeadlockCheck: Hashable, Sendable {
    case none
    /// These queues break all cycles.
    case soft([QueueOrder])
    case hard
  }

  /// An order for the queue of an object.
  package struct QueueOrder: Hashable, Sendable {
    package var object: LockObject
    package var sessions: ContiguousArray<Int>
  }

  /// `waiter` stands behind `blocker` in the queue of the object.
  private struct SoftEdge {
    var waiter: Int
    var blocker: Int
    var object: LockObject
  }

  /// Checks for cycles through the session (`DeadLockCheck`).
  ///
  /// - Note: PostgreSQL's check does not see waits for safe snapshots, so that a cycle through one lasts for ever. In
  ///   an exploration it counts as a deadlock, unless `seesSnapshots` is false.
  package func checkDeadlock(
    of session: Int, schema: Schema, seesSnapshots: Bool = true
  ) -> DeadlockCheck {
    if !seesSnapshots, sessions.contains(where: { $0.wait == .safeSnapshot }) {
      var blind = self
      for index in sessions.indices where sessions[index].wait == .safeSnapshot {
        blind.sessions[index].wait = .none
      }
      return blind.checkDeadlock(of: session, schema: schema)
    }
    var constraints: [SoftEdge] = []
    var orders: [QueueOrder] = []
    // With no constraints the first look tells whether there is anything to solve.
    var visited: ContiguousArray<Int> = []
    var edges: [SoftEdge] = []
    guard
      findCycle(from: session, start: session, [], schema, visited: &visited, edges: &edges)
    else { return .none }
    return solve(session, &constraints, &orders, schema) ? .soft(orders) : .hard
  }

  /// Puts queues into new orders, and wakes those who can go on.
  package mutating func rearrange(_ orders: [QueueOrder]) {
    for order in orders { number(order.sessions) }
    for order in orders { wake(order.object) }
  }

  /// Tries each soft edge of what cycles are left, turned round (`DeadLockCheckRecurse`).
  private func solve(
    _ session: Int, _ constraints: inout [SoftEdge], _ orders: inout [QueueOrder],
    _ schema: Schema
  ) -> Bool {
    guard let edges = test(session, constraints, &orders, schema) else { return false }
    if edges.isEmpty { return true }
    guard constraints.count < sessions.count else { return false }
    for edge in edges {
      constraints.append(edge)
      if solve(session, &constraints, &orders, schema) { return true }
      constraints.removeLast()
    }
    return false
  }

  /// The soft edges of a cycle that the constraints leave, none if they leave no cycle; `nil` if they cannot be
  /// met or leave a cycle of hard edges (`TestConfiguration`).
  private func test(
    _ session: Int, _ constraints: [SoftEdge], _ orders: inout [QueueOrder], _ schema: Schema
  ) -> [SoftEdge]? {
    guard let expanded = expand(constraints) else { return nil }
    orders = expanded
    var found: [SoftEdge] = []
    for start in constraints.flatMap({ [$0.waiter, $0.blocker] }) + [session] {
      var visited: ContiguousArray<Int> = []
      var edges: [SoftEdge] = []
      if findCycle(from: start, start: start, orders, schema, visited: &visited, edges: &edges) {
        if edges.isEmpty { return nil }
        found = edges
      }
    }
    return found
  }

  /// Looks for a cycle through `start`; its soft edges come innermost first (`FindLockCycle`).
  private func findCycle(
    from session: Int, start: Int, _ orders: [QueueOrder], _ schema: Schema,
    visited: inout ContiguousArray<Int>, edges: inout [SoftEdge]
  ) -> Bool {
    if visited.contains(session) { return session == start }
    visited.append(session)
    guard sessions[session].wait == .object, !sessions[session].request.isGranted else {
      var blockers: ContiguousArray<Int> = []
      appendBlockers(of: session, schema: schema, to: &blockers)
      for blocker in blockers
      where findCycle(
        from: blocker, start: start, orders, schema, visited: &visited, edges: &edges)
      {
        return true
      }
      return false
    }
    let request = sessions[session].request
    for holder in sessions.indices
    where holder != session
      && heldModes(of: request.object, session: holder).conflicts(with: request.mode)
    {
      if findCycle(from: holder, start: start, orders, schema, visited: &visited, edges: &edges) {
        return true
      }
    }
    let queue =
      orders.first { $0.object == request.object }?.sessions ?? self.queue(for: request.object)
    for other in queue {
      if other == session { break }
      guard request.mode.conflicts.contains(sessions[other].request.mode.bit) else { continue }
      if findCycle(from: other, start: start, orders, schema, visited: &visited, edges: &edges) {
        edges.append(SoftEdge(waiter: session, blocker: other, object: request.object))
        return true
      }
    }
    return false
  }

  /// Queues in which each constraint's waiter comes before its blocker, others as far as possible where they
  /// are; `nil` if there are none (`ExpandConstraints`).
  private func expand(_ constraints: [SoftEdge]) -> [QueueOrder]? {
    var orders: [QueueOrder] = []
    for edge in constraints.reversed() where !orders.contains(where: { $0.object == edge.object }) {
      guard let sorted = sort(edge.object, constraints) else { return nil }
      orders.append(QueueOrder(object: edge.object, sessions: sorted))
    }
    return orders
  }

  /// Sorts a queue from its end (`TopoSort`).
  private func sort(_ object: LockObject, _ constraints: [SoftEdge]) -> ContiguousArray<Int>? {
    var left = queue(for: object)
    var open = constraints.filter { $0.object == object }
    var sorted: ContiguousArray<Int> = []
    while !left.isEmpty {
      guard let last = left.lastIndex(where: { one in !open.contains { $0.waiter == one } }) else {
        return nil
      }
      let session = left.remove(at: last)
      sorted.insert(session, at: 0)
      open.removeAll { $0.blocker == session }
    }
    return sorted
  }
}
