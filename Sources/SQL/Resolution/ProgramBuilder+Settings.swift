import Store

// `current_setting` and `set_config`.
extension ProgramBuilder {
  /// A call of one of the two; the setting is named by a literal.
  func settingCall(_ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope) -> Typed? {
    let isChange = call.name.last.text == "set_config"
    guard let first = call.arguments.first?.value, case .string(let text) = first.kind,
      isChange ? call.arguments.count == 3 : call.arguments.count <= 2
    else {
      report(
        Diagnostic(
          .unsupportedFunction, "`\(call.name.text)` takes the quoted name of a setting here",
          at: span))
      return nil
    }
    touchDatabase(scope, at: span)
    let name = text.lowercased()
    guard isChange else {
      guard let shown = shownSetting(name) else {
        reportUnknownSetting(name, at: first.span)
        return nil
      }
      return Typed(.setting(shown), .text, at: span)
    }
    guard let setting = SettingName(named: name) else {
      reportUnknownSetting(name, at: first.span)
      return nil
    }
    guard let value = resolve(call.arguments[1].value, scope),
      let isLocal = resolve(call.arguments[2].value, scope),
      let text = converted(value, to: .text, .implicit),
      let flag = converted(isLocal, to: .boolean, .implicit)
    else { return nil }
    var code = Code()
    code.append(text.code)
    code.append(flag.code)
    code.append(.configure(setting), at: span)
    return Typed(code, .text, at: span)
  }

  private func shownSetting(_ name: String) -> ShownSetting? {
    if let setting = SettingName(named: name) { return .name(setting) }
    switch name {
    case "transaction_isolation": return .isolation
    case "transaction_read_only": return .readOnly
    case "role" where !program.roles.isEmpty: return .role
    case "session_authorization" where !program.roles.isEmpty: return .sessionUser
    case "timezone":
      // isolationtester's expected files are in this zone.
      return .constant(Value(text: allowsSystemColumns ? "PST8PDT" : "UTC"))
    default: return nil
    }
  }

  private func reportUnknownSetting(_ name: String, at span: SourceSpan) {
    report(
      .misspelt(
        .unsupportedFunction, "the setting `\(name)` is not simulated", at: span, name: name,
        among: SettingName.ordinaryCases.map(\.name) + ["transaction_isolation"]))
  }
}
