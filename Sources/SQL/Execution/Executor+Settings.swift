import Store

/// SET, RESET, SHOW, and the functions that do the same.
extension Executor {
  mutating func changeSettings(_ command: Instruction) {
    switch command {
    case .set(let name, let value, let isLocal):
      if isLocal, database.sessions[session].phase == .idle {
        recorder.record(
          .notice(level: .warning, message: "SET LOCAL can only be used in transaction blocks"))
      } else {
        database.set(name, to: value, session: session, isLocal: isLocal)
        if name == .clientMessages { setMessageLevel() }
      }
      recorder.record(.finished(tag: "SET", columns: [], rows: []))
    default:
      for name in SettingName.ordinaryCases {
        database.set(name, to: .null, session: session, isLocal: false)
      }
      setMessageLevel()
      recorder.record(.finished(tag: "RESET", columns: [], rows: []))
    }
  }

  /// `set_config(name, value, is_local)`, its value and the flag on the operands.
  mutating func configure(_ name: SettingName) throws(SQLError) {
    let isLocal = operands.removeLast().isTrue
    let text = operands.removeLast().asText
    var value = Value.null
    if let text {
      guard let read = name.value(of: text) else {
        throw SQLError.invalidSetting(name.name, text)
      }
      value = read
    }
    database.set(name, to: value, session: session, isLocal: isLocal)
    operands.append(Value(text: self.text(of: .name(name))))
  }

  /// Tells the recorder which messages the client wants.
  mutating func setMessageLevel() {
    guard !database.settings.isEmpty || recorder.messagesFrom != nil else { return }
    recorder.messagesFrom = database.setting(.clientMessages, session: session)?.asInteger
  }

  func text(of setting: ShownSetting) -> String {
    switch setting {
    case .name(let name):
      if let value = database.setting(name, session: session) { return name.text(of: value) }
      switch name {
      case .defaultIsolation: return defaultIsolation.settingText
      case .defaultReadOnly: return "off"
      case .deadlockTimeout: return "1s"
      case .lockTimeout, .statementTimeout, .idleTimeout: return "0"
      case .clientMessages: return "notice"
      case .role, .sessionRole: return ""
      }
    case .currentUser: return self.name(ofRole: currentRole)
    case .sessionUser: return self.name(ofRole: sessionRole)
    case .role:
      let role = database.setting(.role, session: session)?.asInteger
      return role.map { self.name(ofRole: UInt8(clamping: $0)) } ?? "none"
    case .isolation:
      let it = database.sessions[session]
      return (it.phase == .idle ? usualIsolation : it.isolation).settingText
    case .readOnly:
      let it = database.sessions[session]
      return (it.phase == .idle ? isUsuallyReadOnly : it.isReadOnly) ? "on" : "off"
    case .constant(let value): return value.asText ?? ""
    }
  }

  /// The level of transactions that do not name one.
  var usualIsolation: IsolationLevel {
    guard !database.settings.isEmpty,
      let value = database.setting(.defaultIsolation, session: session)?.asInteger
    else { return defaultIsolation }
    return IsolationLevel(rawValue: UInt8(clamping: value)) ?? defaultIsolation
  }

  var isUsuallyReadOnly: Bool {
    !database.settings.isEmpty
      && database.setting(.defaultReadOnly, session: session)?.isTrue ?? false
  }
}
