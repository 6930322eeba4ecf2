/// A setting of a session (`SET`) that means something here.
package enum SettingName: UInt8, Hashable, Sendable, CaseIterable {
  case lockTimeout, statementTimeout, idleTimeout, deadlockTimeout
  case defaultIsolation, defaultReadOnly
  /// Which messages the client is sent: a position in ``messageLevels``.
  case clientMessages
  /// Numbers of roles: SET ROLE and SET SESSION AUTHORIZATION, which RESET ALL leaves alone.
  case role, sessionRole

  /// Those that SET and SHOW treat alike.
  package static let ordinaryCases = allCases.filter { $0 != .role && $0 != .sessionRole }

  /// The setting of that name in PostgreSQL; `nil` for none, and for those that are roles.
  package init?(named name: String) {
    guard let found = Self.ordinaryCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  package var name: String {
    switch self {
    case .lockTimeout: "lock_timeout"
    case .statementTimeout: "statement_timeout"
    case .idleTimeout: "idle_in_transaction_session_timeout"
    case .deadlockTimeout: "deadlock_timeout"
    case .defaultIsolation: "default_transaction_isolation"
    case .defaultReadOnly: "default_transaction_read_only"
    case .clientMessages: "client_min_messages"
    case .role: "role"
    case .sessionRole: "session_authorization"
    }
  }

  /// A length of time, kept in milliseconds.
  package var isDuration: Bool {
    switch self {
    case .lockTimeout, .statementTimeout, .idleTimeout, .deadlockTimeout: true
    case .defaultIsolation, .defaultReadOnly, .clientMessages, .role, .sessionRole: false
    }
  }

  /// The value of a text, as SET reads it; `nil` if it is none.
  package func value(of text: String) -> Value? {
    switch self {
    case .lockTimeout, .statementTimeout, .idleTimeout:
      Self.milliseconds(text).map { Value(integer: $0) }
    case .deadlockTimeout: Self.milliseconds(text).flatMap { $0 > 0 ? Value(integer: $0) : nil }
    case .defaultIsolation:
      IsolationLevel(settingText: text).map { Value(integer: Int64($0.rawValue)) }
    case .defaultReadOnly:
      switch text.lowercased() {
      case "on", "true", "yes", "1": .true
      case "off", "false", "no", "0": .false
      default: nil
      }
    case .clientMessages:
      Self.messageLevels.firstIndex(of: text.lowercased()).map { Value(integer: Int64($0)) }
    case .role, .sessionRole: nil
    }
  }

  /// The values of `client_min_messages`, from the one that sends most.
  package static let messageLevels = [
    "debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error",
  ]

  /// `2s`, `1min`, `500` (milliseconds).
  private static func milliseconds(_ text: String) -> Int64? {
    let trimmed = text.filter { $0 != " " }
    let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits), number <= Int64(Int32.max) else { return nil }
    let factor: Int64
    switch trimmed.dropFirst(digits.count) {
    case "", "ms": factor = 1
    case "s": factor = 1000
    case "min": factor = 60_000
    case "h": factor = 3_600_000
    case "d": factor = 86_400_000
    default: return nil
    }
    let product = number * factor
    return product <= Int64(Int32.max) ? product : nil
  }

  /// A value as SHOW prints it.
  package func text(of value: Value) -> String {
    guard isDuration else {
      if self == .defaultReadOnly { return value.isTrue ? "on" : "off" }
      if self == .clientMessages {
        let level = Int(value.asInteger ?? 0)
        return Self.messageLevels.indices.contains(level) ? Self.messageLevels[level] : "notice"
      }
      let level = IsolationLevel(rawValue: UInt8(clamping: value.asInteger ?? 0))
      return (level ?? .readCommitted).settingText
    }
    let number = value.asInteger ?? 0
    if number == 0 { return "0" }
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000)]
    where number % Int64(length) == 0 {
      return "\(number / Int64(length))\(unit)"
    }
    return "\(number)ms"
  }
}

extension IsolationLevel {
  /// Reads a value of `transaction_isolation`.
  package init?(settingText: String) {
    switch settingText.lowercased() {
    case "read committed", "read uncommitted": self = .readCommitted
    case "repeatable read": self = .repeatableRead
    case "serializable": self = .serializable
    default: return nil
    }
  }

  /// As `SHOW transaction_isolation` prints it.
  package var settingText: String { name.lowercased() }
}

extension DatabaseState {
  /// A setting that has been changed: its value, or what it was before a subtransaction changed it.
  package struct Setting: Hashable, Sendable {
    package var session: UInt16
    package var name: SettingName
    /// ``current``, or the subtransaction whose end in an error brings this back.
    package var level: UInt16
    /// NULL for the default.
    package var value: Value
    /// What the value is when the transaction has committed: SET LOCAL leaves it alone.
    package var lasting: Value

    package static let current = UInt16.max
  }

  /// The value of a setting; `nil` for the default.
  package func setting(_ name: SettingName, session: Int) -> Value? {
    for setting in settings
    where setting.name == name && Int(setting.session) == session
      && setting.level == Setting.current
    {
      return setting.value.isNull ? nil : setting.value
    }
    return nil
  }

  /// A timeout in milliseconds, 0 for none.
  package func milliseconds(_ name: SettingName, session: Int) -> Int64 {
    let value = settings.isEmpty ? nil : setting(name, session: session)?.asInteger
    return value ?? (name == .deadlockTimeout ? 1000 : 0)
  }

  /// Changes a setting; NULL brings the default back.
  package mutating func set(
    _ name: SettingName, to value: Value, session: Int, isLocal: Bool
  ) {
    let old = current(name, session)
    if sessions[session].phase != .idle {
      let level = sessions[session].level
      let isSaved = settings.contains {
        $0.name == name && Int($0.session) == session && $0.level == level
      }
      if !isSaved {
        settings.append(
          Setting(
            session: UInt16(session), name: name, level: level, value: old.value,
            lasting: old.lasting))
      }
    }
    replace(name, session, value: value, lasting: isLocal ? old.lasting : value)
  }

  private func current(_ name: SettingName, _ session: Int) -> (value: Value, lasting: Value) {
    let found = settings.first {
      $0.name == name && Int($0.session) == session && $0.level == Setting.current
    }
    return (found?.value ?? .null, found?.lasting ?? .null)
  }

  private mutating func replace(
    _ name: SettingName, _ session: Int, value: Value, lasting: Value
  ) {
    settings.removeAll {
      $0.name == name && Int($0.session) == session && $0.level == Setting.current
    }
    if value.isNull && lasting.isNull { return }
    settings.append(
      Setting(
        session: UInt16(session), name: name, level: Setting.current, value: value,
        lasting: lasting))
  }

  /// The transaction has committed: what it set stays, what it set for itself does not.
  mutating func commitSettings(session: Int) {
    guard !settings.isEmpty else { return }
    settings.removeAll { Int($0.session) == session && $0.level != Setting.current }
    for index in settings.indices where Int(settings[index].session) == session {
      settings[index].value = settings[index].lasting
    }
    settings.removeAll { Int($0.session) == session && $0.value.isNull && $0.lasting.isNull }
  }

  /// Brings back what the level and those above have changed.
  mutating func rollbackSettings(session: Int, from level: UInt16) {
    while let last = settings.lastIndex(where: {
      Int($0.session) == session && $0.level != Setting.current && $0.level >= level
    }) {
      let saved = settings.remove(at: last)
      replace(saved.name, session, value: saved.value, lasting: saved.lasting)
    }
  }

  /// Makes changes of the level part of the level below.
  mutating func mergeSettings(session: Int, from level: UInt16) {
    guard !settings.isEmpty else { return }
    var index = 0
    while index < settings.count {
      let setting = settings[index]
      guard Int(setting.session) == session, setting.level != Setting.current,
        setting.level >= level
      else {
        index += 1
        continue
      }
      let isOlder = settings.prefix(index).contains {
        $0.session == setting.session && $0.name == setting.name && $0.level == level - 1
      }
      if isOlder {
        settings.remove(at: index)
      } else {
        settings[index].level = level - 1
        index += 1
      }
    }
  }

  /// Forgets all that a session has set, as `RESET ALL` or its end does.
  package mutating func dropSettings(session: Int) {
    settings.removeAll { Int($0.session) == session }
  }
}

extension Canonicalizer {
  /// Appends what a session has set, sorted, behind the number of it; nothing where no session ever does.
  func appendSettings(
    of session: Int, _ state: DatabaseState, to words: inout ContiguousArray<UInt64>
  ) {
    guard hasSettings else { return }
    let header = words.count
    words.append(0)
    for setting in state.settings.filter({ Int($0.session) == session }).sorted(by: {
      ($0.name.rawValue, $0.level) < ($1.name.rawValue, $1.level)
    }) {
      words.append(UInt64(setting.name.rawValue) | UInt64(setting.level) << 8)
      words.append(setting.value.bits)
      words.append(setting.lasting.bits)
      words[header] += 1
    }
  }

  func readSettings(
    _ words: UnsafeBufferPointer<UInt64>, at cursor: inout Int, of session: UInt16,
    into state: inout DatabaseState
  ) {
    guard hasSettings else { return }
    let count = Int(words[cursor])
    cursor += 1
    for _ in 0..<count {
      let word = words[cursor]
      if let name = SettingName(rawValue: UInt8(word & 0xFF)) {
        state.settings.append(
          DatabaseState.Setting(
            session: session, name: name, level: UInt16(word >> 8 & 0xFFFF),
            value: Value(bits: words[cursor + 1]), lasting: Value(bits: words[cursor + 2])))
      }
      cursor += 3
    }
  }
}
