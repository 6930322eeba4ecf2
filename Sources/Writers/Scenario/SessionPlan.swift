import SQL
import Store

/// A constant with its type.
struct TypedValue: Hashable {
  var value: Value
  var type: DataType
}

/// The sessions that one writer stands for, before its program is compiled.
struct WriterPlan {
  var writer: WriterSyntax
  /// The parameters in the order of the head, each with the type of its values.
  var parameters: [Parameter] = []
  var sessions: [Session] = []
  /// How often an error starts the program again, and how often its end does.
  var retries = 0
  var restarts = 0

  /// Whether it stands for any number of sessions of each kind, of which ``sessions`` has a few.
  var isMany: Bool {
    if case .many = writer.times { true } else { false }
  }

  struct Parameter {
    var name: NameSyntax
    var type: DataType
  }

  struct Session {
    /// Unique in the model: `confirm`, `confirm(2)`, `verify#3`, `confirm(2)#1`.
    var name: String
    /// The values of the parameters, in their order.
    var arguments: [Value]
    /// The arguments as the name shows them.
    var texts: [String]
    /// The number among equal sessions of the writer, from 1.
    var number: Int
  }
}

/// Evaluates a constant expression of the scenario; reports what is wrong and gives `nil`.
typealias Evaluate = (_ expression: ExpressionSyntax, _ diagnostics: inout DiagnosticList) ->
  TypedValue?

/// Works out which sessions the writers stand for.
struct SessionPlanner {
  let evaluate: Evaluate
  private(set) var diagnostics: DiagnosticList
  private var sessionCount = 0
  private var hasTooMany = false

  init(diagnostics: DiagnosticList, evaluate: @escaping Evaluate) {
    self.diagnostics = diagnostics
    self.evaluate = evaluate
  }

  /// The plan of one writer; writers come in file order.
  mutating func plan(_ writer: WriterSyntax) -> WriterPlan {
    var plan = WriterPlan(writer: writer)
    let times = checkedTimes(of: writer)
    plan.restarts = repetitions(writer.restarts, "restarts")
    if let retry = writer.retry { plan.retries = retries(retry) }
    guard let rows = rows(of: writer) else { return plan }
    guard let parameters = parameters(of: writer, rows: rows) else { return plan }
    plan.parameters = parameters.map(\.parameter)
    let count = rows.count.multipliedReportingOverflow(by: times)
    sessionCount += count.overflow ? ScenarioLimits.sessions + 1 : count.partialValue
    guard sessionCount <= ScenarioLimits.sessions else {
      reportTooManySessions(at: writer)
      return plan
    }
    let arguments = rows.indices.map { row in parameters.map { $0.values[row] } }
    if plan.isMany, Set(arguments).count < arguments.count, let bindings = writer.bindings {
      diagnostics.add(
        Diagnostic(
          .invalidRange, "the list of values has one of them twice", at: bindings.span,
          help: "with `times many` there is any number of sessions for each: write each value once")
      )
    }
    plan.sessions = sessions(of: plan, arguments: arguments, times: times)
    return plan
  }

  private mutating func reportTooManySessions(at writer: WriterSyntax) {
    guard !hasTooMany else { return }
    hasTooMany = true
    let place = writer.times?.span ?? writer.bindings?.span ?? writer.name.span
    diagnostics.add(
      Diagnostic(
        .limitExceeded,
        "with writer `\(writer.name.text)` the scenario has more than "
          + "\(ScenarioLimits.sessions) sessions", at: place,
        help: "a scenario has at most \(ScenarioLimits.sessions) sessions altogether"))
  }

  private mutating func checkedTimes(of writer: WriterSyntax) -> Int {
    guard let times = writer.times else { return 1 }
    if case .many = times { return ScenarioLimits.copiesShown }
    guard let count = count(times, of: "sessions") else { return 1 }
    guard (1...Int64(ScenarioLimits.sessions)).contains(count) else {
      diagnostics.add(
        Diagnostic(
          .invalidRange, "`times \(count)` is out of range", at: times.span,
          help: "write a number from 1 to \(ScenarioLimits.sessions)"))
      return 1
    }
    return Int(count)
  }

  /// What `retry` says; no number, or a parameter that is NULL, is as often as it takes.
  private mutating func retries(_ retry: RetrySyntax) -> Int {
    guard let count = retry.count else { return SessionDefinition.asOftenAsItTakes }
    if case .parameter(let parameter) = count {
      guard let value = evaluate(parameter, &diagnostics) else { return 0 }
      if value.value.isNull { return SessionDefinition.asOftenAsItTakes }
    }
    return repetitions(count, "retry")
  }

  /// What `retry` or `restarts` says.
  ///
  /// A parameter may say 0: not at all.
  private mutating func repetitions(_ count: CountSyntax?, _ option: String) -> Int {
    guard let count, let number = self.count(count, of: option == "retry" ? "retries" : option)
    else { return 0 }
    var first: Int64 = 1
    if case .parameter = count { first = 0 }
    guard (first...Int64(ScenarioLimits.repetitions)).contains(number) else {
      diagnostics.add(
        Diagnostic(
          .invalidRange, "`\(option) \(number)` is out of range", at: count.span,
          help: "write a number from \(first) to \(ScenarioLimits.repetitions)"))
      return 0
    }
    return Int(number)
  }

  private mutating func count(_ count: CountSyntax, of what: String) -> Int64? {
    switch count {
    case .number(let number): return Int64(number.value)
    case .parameter(let parameter):
      guard let value = evaluate(parameter, &diagnostics) else { return nil }
      guard value.type.isInteger, let number = value.value.asInteger else {
        diagnostics.add(
          Diagnostic(
            .typeMismatch, "the number of \(what) is a whole number", at: parameter.span,
            help: "declare the parameter as `int`, with a value"))
        return nil
      }
      return number
    case .many: return Int64(ScenarioLimits.copiesShown)
    }
  }

  private func sessions(
    of plan: WriterPlan, arguments: [[Value]], times: Int
  ) -> [WriterPlan.Session] {
    var counts: [[Value]: Int] = [:]
    for values in arguments { counts[values, default: 0] += times }
    var numbers: [[Value]: Int] = [:]
    var sessions: [WriterPlan.Session] = []
    for values in arguments {
      let texts = zip(values, plan.parameters).map { value, parameter in
        value.isNull ? "NULL" : value.formatted(as: parameter.type)
      }
      var base = plan.writer.name.text
      if !texts.isEmpty { base += "(" + texts.joined(separator: ", ") + ")" }
      for _ in 0..<times {
        let number = numbers[values, default: 0] + 1
        numbers[values] = number
        let isAlone = counts[values] == 1 && plan.writer.times == nil
        sessions.append(
          .init(
            name: isAlone ? base : "\(base)#\(number)", arguments: values, texts: texts,
            number: number))
      }
    }
    return sessions
  }

  // MARK: Values

  /// The rows of values that `for` binds: one empty row without it, `nil` when they are unusable.
  private mutating func rows(of writer: WriterSyntax) -> [[TypedValue]]? {
    guard let bindings = writer.bindings else {
      guard let first = writer.parameters.first else { return [[]] }
      let name = first.text
      diagnostics.add(
        Diagnostic(
          .wrongArgumentCount,
          "writer `\(writer.name.text)` has parameters but no values for them", at: first.span,
          help: "say which: `writer \(writer.name.text)(\(name)) for \(name) in (1, 2)`"))
      return nil
    }
    switch bindings.values {
    case .range(let first, let last): return range(first, last, of: bindings)
    case .list(let rows): return listed(rows, of: bindings)
    }
  }

  private mutating func listed(
    _ rows: [[ExpressionSyntax]], of bindings: BindingsSyntax
  ) -> [[TypedValue]]? {
    guard !rows.isEmpty else {
      diagnostics.add(
        Diagnostic(
          .invalidRange, "the list of values is empty", at: bindings.span,
          help: "write at least one value: `in (1, 2)`"))
      return nil
    }
    var result: [[TypedValue]] = []
    var isUsable = true
    for row in rows.prefix(ScenarioLimits.sessions + 1) {
      if row.count != bindings.names.count {
        isUsable = false
        let wanted = plural(bindings.names.count, "name")
        let span = row.first.map { $0.span.through(row[row.count - 1].span) } ?? bindings.span
        diagnostics.add(
          Diagnostic(
            .wrongArgumentCount, "\(plural(row.count, "value")) for \(wanted)", at: span,
            help: "write \(plural(bindings.names.count, "value")), one for each name"))
        continue
      }
      var values: [TypedValue] = []
      for expression in row {
        guard let value = evaluate(expression, &diagnostics) else { continue }
        values.append(value)
      }
      if values.count == row.count { result.append(values) } else { isUsable = false }
    }
    return isUsable ? result : nil
  }

  private mutating func range(
    _ first: ExpressionSyntax, _ last: ExpressionSyntax, of bindings: BindingsSyntax
  ) -> [[TypedValue]]? {
    let low = bound(first)
    let high = bound(last)
    guard let low, let high else { return nil }
    guard bindings.names.count == 1 else {
      diagnostics.add(
        Diagnostic(
          .wrongArgumentCount, "a range binds one name, not \(bindings.names.count)",
          at: bindings.span, help: "list the rows instead: `in ((1, 2), (3, 4))`"))
      return nil
    }
    guard high >= low else {
      diagnostics.add(
        Diagnostic(
          .invalidRange, "the range \(low)..\(high) is empty", at: first.span.through(last.span),
          help: "put the smaller number first"))
      return nil
    }
    let (distance, overflows) = high.subtractingReportingOverflow(low)
    guard !overflows, distance < Int64(ScenarioLimits.sessions) else {
      diagnostics.add(
        Diagnostic(
          .limitExceeded, "the range \(low)..\(high) is too large",
          at: first.span.through(last.span),
          help: "a scenario has at most \(ScenarioLimits.sessions) sessions altogether"))
      return nil
    }
    let isSmall = Int64(Int32.min) <= low && high <= Int64(Int32.max)
    let type = isSmall ? DataType.integer : DataType.bigint
    return (low...high).map { [TypedValue(value: Value(integer: $0), type: type)] }
  }

  private mutating func bound(_ expression: ExpressionSyntax) -> Int64? {
    guard let bound = evaluate(expression, &diagnostics) else { return nil }
    guard bound.type.isInteger, let number = bound.value.asInteger else {
      diagnostics.add(
        Diagnostic(
          .typeMismatch, "the end of a range is a whole number", at: expression.span,
          help: "write `in 1..3`, or list the values: `in ('a', 'b')`"))
      return nil
    }
    return number
  }

  // MARK: Parameters

  /// The parameters with their types, and the values of each in the order of the sessions.
  private mutating func parameters(
    of writer: WriterSyntax, rows: [[TypedValue]]
  ) -> [(parameter: WriterPlan.Parameter, values: [Value])]? {
    guard let bindings = writer.bindings else { return [] }
    let parameters = writer.parameters.isEmpty ? bindings.names : writer.parameters
    guard checkNames(parameters, against: bindings) else { return nil }
    var result: [(parameter: WriterPlan.Parameter, values: [Value])] = []
    for parameter in parameters {
      guard let column = bindings.names.firstIndex(where: { $0.text == parameter.text })
      else { return nil }
      guard let (type, values) = unified(rows.map { $0[column] }, of: parameter) else {
        return nil
      }
      result.append((.init(name: parameter, type: type), values))
    }
    return result
  }

  /// Whether the names after `for` are those of the head, each once.
  private mutating func checkNames(
    _ parameters: [NameSyntax], against bindings: BindingsSyntax
  ) -> Bool {
    var isUsable = true
    for names in [parameters, bindings.names] {
      for (index, name) in names.enumerated() {
        guard let earlier = names[..<index].first(where: { $0.text == name.text }) else {
          continue
        }
        isUsable = false
        diagnostics.add(
          Diagnostic(
            .duplicateName, "`\(name.text)` is named twice", at: name.span,
            labels: [.init("the first time", at: earlier.span)],
            help: Diagnostic.Help("give each parameter a name of its own")))
      }
    }
    let bound = bindings.names.map(\.text)
    for parameter in parameters where !bound.contains(parameter.text) {
      isUsable = false
      diagnostics.add(
        Diagnostic(
          .wrongArgumentCount, "parameter `\(parameter.text)` has no values", at: parameter.span,
          help: "bind it after `for`"))
    }
    let wanted = parameters.map(\.text)
    for name in bindings.names where !wanted.contains(name.text) {
      isUsable = false
      diagnostics.add(
        Diagnostic.unknown(name, what: "parameter", code: .unknownParameter, among: wanted))
    }
    return isUsable
  }

  /// One type for all values of a parameter: the widest number, or the only other type; quoted
  /// literals take the type of the others, or are text.
  private mutating func unified(
    _ values: [TypedValue], of parameter: NameSyntax
  ) -> (type: DataType, values: [Value])? {
    var type: DataType?
    for value in values where value.type != .unknown {
      guard let known = type else {
        type = value.type.withoutModifiers
        continue
      }
      guard let wider = wider(known, value.type.withoutModifiers) else {
        diagnostics.add(
          Diagnostic(
            .typeMismatch, "the values of `\(parameter.text)` have different types",
            at: parameter.span, notes: ["\(known.name) and \(value.type.name)"],
            help: Diagnostic.Help("write all values as one type")))
        return nil
      }
      type = wider
    }
    let target = type ?? .text
    var converted: [Value] = []
    for value in values {
      do {
        let result = try Casts.cast(
          value.value, from: value.type, to: target, isExplicit: false, EvaluationContext())
        converted.append(result)
      } catch {
        diagnostics.add(
          Diagnostic(
            .invalidLiteral, error.message, at: parameter.span,
            help: "write all values of `\(parameter.text)` as \(target.name)"))
        return nil
      }
    }
    return (target, converted)
  }

  private func wider(_ left: DataType, _ right: DataType) -> DataType? {
    if left == right { return left }
    let ladder: [DataType] = [.smallint, .integer, .bigint, .numeric]
    guard let first = ladder.firstIndex(of: left), let second = ladder.firstIndex(of: right)
    else {
      return left.isString && right.isString ? .text : nil
    }
    return ladder[max(first, second)]
  }
}
