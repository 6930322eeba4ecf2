import Store

/// SET, RESET, SHOW and SET SESSION CHARACTERISTICS.
extension RoutineCompiler {
  func compileSetting(_ statement: StatementSyntax) {
    switch statement.kind {
    case .set(let setting): compileSet(setting, at: statement.span)
    case .reset(let name?): compileReset(name, at: statement.span)
    case .reset: emit(setting: .resetAll)
    case .show(let name): compileShow(name, statement)
    default: break
    }
  }

  /// Emits a command of the session; among several statements of a string it is part of their transaction.
  func emit(setting command: Instruction) {
    if isOneTransaction {
      markedAsClient { emit(command) }
    } else {
      emit(command)
    }
  }

  private func compileSet(_ setting: SetSyntax, at place: SourceSpan) {
    let name = setting.name.text
    let text = setting.values.map(\.text).joined(separator: ", ")
    if name == "transaction_isolation" || name == "transaction_read_only" {
      compileMode(name, text, at: place)
      return
    }
    guard let known = SettingName(named: name) else {
      if isHarmless(setting, at: place) { warnIgnored("SET \(name)", at: place) }
      return
    }
    var value = Value.null
    if !setting.values.isEmpty {
      guard let read = known.value(of: text) else {
        report(
          Diagnostic(
            .invalidLiteral, "invalid value for parameter `\(name)`: `\(text)`", at: place,
            help: known.isDuration
              ? "write a length of time: `'500ms'`, `'2s'`" : "write a level, or `on` and `off`"))
        return
      }
      value = read
    }
    emit(setting: .set(known, value, isLocal: setting.isLocal))
  }

  /// `SET transaction_isolation = …` is SET TRANSACTION by another name.
  private func compileMode(_ name: String, _ text: String, at place: SourceSpan) {
    var options = TransactionOptions(isolation: nil, isReadOnly: nil, isDeferrable: nil)
    if name == "transaction_isolation" {
      options.isolation = IsolationLevel(settingText: text)
    } else {
      options.isReadOnly = SettingName.defaultReadOnly.value(of: text)?.isTrue
    }
    guard options.isolation != nil || options.isReadOnly != nil else {
      report(
        Diagnostic(
          .invalidLiteral, "invalid value for parameter `\(name)`: `\(text)`", at: place))
      return
    }
    guard isWriter else {
      report(
        Diagnostic(
          .misplacedStatement, "a function cannot change the transaction that it runs in",
          at: place, help: "do it in the writer"))
      return
    }
    emit(setting: .setTransaction(options))
  }

  private func compileReset(_ name: NameSyntax, at place: SourceSpan) {
    if let known = SettingName(named: name.text) {
      emit(setting: .set(known, .null, isLocal: false))
    } else if isHarmless(SetSyntax(isLocal: false, name: name, values: []), at: place) {
      warnIgnored("RESET \(name.text)", at: place)
    }
  }

  /// `SET SESSION CHARACTERISTICS AS TRANSACTION …`.
  func compileCharacteristics(_ modes: TransactionModesSyntax, at place: SourceSpan) {
    let options = Self.options(modes)
    if options.isDeferrable != nil {
      report(
        Diagnostic(
          .unsupportedStatement, "`DEFERRABLE` as a session's default is not simulated",
          at: place, help: "write it after BEGIN"))
      return
    }
    if let isolation = options.isolation {
      emit(
        setting: .set(
          .defaultIsolation, Value(integer: Int64(isolation.rawValue)), isLocal: false))
    }
    if let isReadOnly = options.isReadOnly {
      emit(setting: .set(.defaultReadOnly, Value(isReadOnly), isLocal: false))
    }
  }

  /// SHOW is a query of `current_setting`.
  private func compileShow(_ name: NameSyntax, _ statement: StatementSyntax) {
    let call = ExpressionSyntax(
      .call(
        FunctionCallSyntax(
          name: QualifiedNameSyntax([NameSyntax("current_setting", at: name.span)]),
          arguments: [
            FunctionCallSyntax.Argument(
              value: ExpressionSyntax(.string(name.text), at: name.span))
          ])), at: statement.span)
    var alias = name
    // The server's own spelling.
    if name.text == "timezone" { alias = NameSyntax("TimeZone", at: name.span, isQuoted: true) }
    let target = TargetSyntax(value: call, alias: alias, span: statement.span)
    let select = SelectSyntax(targets: [target], span: statement.span)
    let query = QuerySyntax(body: .select(select), span: statement.span)
    var shown = StatementSyntax(.select(query), at: statement.span)
    shown.into = statement.into
    compile(shown)
  }

  /// Whether a setting changes nothing that is simulated; reports it where it would, or is not known.
  func isHarmless(_ setting: SetSyntax, at place: SourceSpan) -> Bool {
    let name = setting.name.text
    if SettingName(named: name) != nil {
      report(
        Diagnostic(
          .unsupportedStatement, "`\(name)` as a function's own setting is not simulated",
          at: place, help: "set it in the writer, before the call"))
      return false
    }
    if name == "timezone", !setting.values.isEmpty,
      !["utc", "gmt", "default"].contains(setting.values[0].text.lowercased())
    {
      report(
        Diagnostic(
          .unsupportedStatement, "other time zones than UTC are not simulated for a session",
          at: place, help: "use `AT TIME ZONE`"))
      return false
    }
    if name.contains(".") || Self.harmless.contains(name)
      || Self.harmlessPrefixes.contains(where: { name.hasPrefix($0) })
    {
      return true
    }
    report(
      .misspelt(
        .unsupportedStatement, "the setting `\(name)` is not simulated", at: place, name: name,
        among: SettingName.ordinaryCases.map(\.name)))
    return false
  }

  /// Settings for planning, memory, logging, the client's output and the write-ahead log.
  private static let harmless: Set<String> = [
    "application_name", "client_encoding", "constraint_exclusion",
    "cursor_tuple_fraction", "default_statistics_target", "effective_cache_size",
    "effective_io_concurrency", "extra_float_digits", "from_collapse_limit", "hash_mem_multiplier",
    "idle_session_timeout", "jit", "join_collapse_limit", "maintenance_work_mem",
    "parallel_leader_participation", "parallel_setup_cost", "parallel_tuple_cost",
    "plan_cache_mode", "random_page_cost", "role", "row_security", "search_path", "seq_page_cost",
    "session_authorization", "standard_conforming_strings", "synchronous_commit", "temp_buffers",
    "timezone", "vacuum_cost_delay", "work_mem", "bytea_output", "check_function_bodies",
    "compute_query_id", "escape_string_warning", "backslash_quote", "quote_all_identifiers",
    "commit_delay", "force_parallel_mode", "commit_siblings", "track_activities", "track_functions",
  ]
  private static let harmlessPrefixes = [
    "enable_", "log_", "geqo", "cpu_", "max_parallel_", "min_parallel_", "auto_explain", "debug_",
    "jit_", "lc_", "ssl_", "wal_", "tcp_",
  ]
}
