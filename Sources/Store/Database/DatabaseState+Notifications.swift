/// LISTEN and NOTIFY, in runs of isolation specs.
///
/// What is sent is queued by the commit of its transaction, in order, once for each pair of channel and payload. A
/// listener gets it at once, or if it is in a transaction at the end of that.
///
/// Source: async.c.
///
/// - Note: Nothing else depends on it, so that it is not part of a state's words.
package struct Notifications: Sendable {
  /// A notification that is not sent yet.
  package struct Pending: Sendable {
    var session: UInt16
    var level: UInt16
    var channel: Value
    var payload: Value
  }

  /// LISTEN, or UNLISTEN (of all channels with NULL), by an open transaction.
  package struct Action: Sendable {
    var session: UInt16
    var level: UInt16
    var isListen: Bool
    var channel: Value
  }

  package struct Listener: Hashable, Sendable {
    var session: UInt16
    var channel: Value
  }

  /// A notification in a listener's queue.
  package struct Sent: Sendable {
    var listener: UInt16
    /// Whether it has left the server.
    var isDelivered: Bool
    package var sender: UInt16
    package var channel: Value
    package var payload: Value
  }

  var pending: ContiguousArray<Pending> = []
  var actions: ContiguousArray<Action> = []
  var listeners: ContiguousArray<Listener> = []
  var sent: ContiguousArray<Sent> = []

  package init() {}
}

extension DatabaseState {
  package mutating func listen(to channel: Value, session: Int, isListen: Bool) {
    footprint?.noteEverything()
    notifications.actions.append(
      Notifications.Action(
        session: UInt16(session), level: sessions[session].level, isListen: isListen,
        channel: channel))
  }

  /// `NOTIFY` and `pg_notify`.
  package mutating func notify(
    _ channel: Value, _ payload: Value, session: Int
  ) throws(SQLError) {
    footprint?.noteEverything()
    let name = channel.asText ?? ""
    if name.isEmpty {
      throw SQLError(.invalidParameterValue, "channel name cannot be empty")
    }
    if name.utf8.count >= 64 { throw SQLError(.invalidParameterValue, "channel name too long") }
    let text = payload.asText ?? ""
    if text.utf8.count >= 8000 {
      throw SQLError(.invalidParameterValue, "payload string too long")
    }
    let new = Notifications.Pending(
      session: UInt16(session), level: sessions[session].level, channel: channel,
      payload: Value(text: text))
    let isKnown = notifications.pending.contains {
      $0.session == new.session && $0.level == new.level && $0.channel == new.channel
        && $0.payload == new.payload
    }
    if !isKnown { notifications.pending.append(new) }
  }

  /// Takes what a session's client has been sent.
  package mutating func takeNotifications(session: Int) -> [Notifications.Sent] {
    let taken = notifications.sent.filter { Int($0.listener) == session && $0.isDelivered }
    notifications.sent.removeAll { Int($0.listener) == session && $0.isDelivered }
    return Array(taken)
  }

  /// The bytes that the slowest listener has not read yet (`asyncQueueNotificationToEntry`).
  package var notificationQueueBytes: Int {
    var bytes: [UInt16: Int] = [:]
    for sent in notifications.sent where !sent.isDelivered {
      let length =
        16 + (sent.channel.asText ?? "").utf8.count + (sent.payload.asText ?? "").utf8.count + 2
      bytes[sent.listener, default: 0] += (length + 3) & ~3
    }
    return bytes.values.max() ?? 0
  }

  // MARK: Transactions

  mutating func commitNotifications(session: Int) {
    for action in notifications.actions where Int(action.session) == session {
      notifications.listeners.removeAll {
        $0.session == action.session && (action.channel.isNull || $0.channel == action.channel)
      }
      guard action.isListen else { continue }
      notifications.listeners.append(
        Notifications.Listener(session: action.session, channel: action.channel))
    }
    let listeners = Set(notifications.listeners.map(\.session)).sorted()
    for note in notifications.pending where Int(note.session) == session {
      for listener in listeners {
        notifications.sent.append(
          Notifications.Sent(
            listener: listener, isDelivered: false, sender: note.session, channel: note.channel,
            payload: note.payload))
      }
    }
    rollbackNotifications(session: session, from: 0)
  }

  mutating func rollbackNotifications(session: Int, from level: UInt16) {
    notifications.pending.removeAll { Int($0.session) == session && $0.level >= level }
    notifications.actions.removeAll { Int($0.session) == session && $0.level >= level }
  }

  mutating func mergeNotifications(session: Int, from level: UInt16) {
    for index in notifications.actions.indices
    where Int(notifications.actions[index].session) == session
      && notifications.actions[index].level >= level
    {
      notifications.actions[index].level = level - 1
    }
    var index = 0
    while index < notifications.pending.count {
      let note = notifications.pending[index]
      guard Int(note.session) == session, note.level >= level else {
        index += 1
        continue
      }
      let isKnown = notifications.pending[..<index].contains {
        $0.session == note.session && $0.level == level - 1 && $0.channel == note.channel
          && $0.payload == note.payload
      }
      if isKnown {
        notifications.pending.remove(at: index)
      } else {
        notifications.pending[index].level = level - 1
        index += 1
      }
    }
  }

  /// Sessions that are in no transaction read their queues, and are told what they listen for.
  mutating func deliverNotifications() {
    guard notifications.sent.contains(where: { !$0.isDelivered }) else { return }
    let listeners = notifications.listeners
    let idle = sessions.map { $0.phase == .idle }
    notifications.sent.removeAll { sent in
      !sent.isDelivered && idle[Int(sent.listener)]
        && !listeners.contains { $0.session == sent.listener && $0.channel == sent.channel }
    }
    for index in notifications.sent.indices where idle[Int(notifications.sent[index].listener)] {
      notifications.sent[index].isDelivered = true
    }
  }
}
