package import Store

// Types: their names, and the conversions between them.
extension ProgramBuilder {
  /// The type that a name stands for; `%TYPE` of a variable needs the scope.
  package func dataType(_ syntax: TypeNameSyntax, in scope: Scope? = nil) -> DataType? {
    if syntax.arrayDimensions > 0 {
      var element = syntax
      element.arrayDimensions = 0
      return dataType(element, in: scope).flatMap { arrayType(of: $0, at: syntax.span) }
    }
    switch syntax.kind {
    case .named(let name): return namedType(name, syntax)
    case .typeOf(let name): return type(of: name, in: scope)
    case .rowOf(let name):
      report(
        Diagnostic(
          .unsupportedType, "the row type of `\(name.text)` cannot be used here", at: syntax.span,
          help: "name the columns"))
      return nil
    }
  }

  private func namedType(_ name: QualifiedNameSyntax, _ syntax: TypeNameSyntax) -> DataType? {
    if let schema = name.qualifiers.last, !["public", "pg_catalog"].contains(schema.text) {
      report(
        Diagnostic(
          .unknownType, "no type `\(name.text)`: there is no schema `\(schema.text)`",
          at: schema.span))
      return nil
    }
    let text = name.last.text
    if let number = program.types.enums.firstIndex(where: { $0.name == text }) {
      return .enumeration(number)
    }
    if let type = DataType(named: text, modifiers: syntax.modifiers), type != .unknown {
      return type
    }
    if let reason = DataType.unsupportedNames[text] {
      report(
        Diagnostic(
          .unsupportedType, "the type `\(text)` is not simulated", at: syntax.span, help: reason))
    } else if DataType(named: text) != nil {
      report(
        Diagnostic(
          .unknownType, "the type `\(text)` does not take these modifiers", at: syntax.span))
    } else {
      let candidates =
        program.types.enums.map(\.name) + [
          "integer", "bigint", "smallint", "numeric", "text", "boolean", "timestamptz",
          "timestamp", "date", "interval", "uuid", "jsonb", "varchar", "int",
        ]
      report(
        .misspelt(
          .unknownType, "no type `\(text)`", at: name.span, name: text, among: candidates))
    }
    return nil
  }

  private func type(of name: QualifiedNameSyntax, in scope: Scope?) -> DataType? {
    let parts = name.parts.map(\.text)
    if case .variable(let variable)? = scope?.variables?.find(parts) { return variable.type }
    guard parts.count >= 2 else {
      report(Diagnostic(.unknownVariable, "no variable `\(name.text)`", at: name.span))
      return nil
    }
    let tableName = QualifiedNameSyntax(Array(name.parts.dropLast()))
    guard let table = table(named: tableName) else { return nil }
    guard let position = column(name.last, of: table) else { return nil }
    return program.schema[table].columns[position].type
  }

  /// The columns of `table%ROWTYPE`.
  package func rowType(_ name: QualifiedNameSyntax) -> [OutputColumn]? {
    guard let table = table(named: name) else { return nil }
    return program.schema[table].columns.map { OutputColumn(name: $0.name, type: $0.type) }
  }

  /// A type as a message names it.
  func name(_ type: DataType) -> String { type.name(in: program.types) }

  // MARK: Conversions

  /// Converts code to a type, in a place that allows `context`.
  ///
  /// Gives `nil` where there is no such cast, without a report. Reports a literal that is no value of the type.
  func converted(_ typed: Typed, to target: DataType, _ context: Casts.Context) -> Typed? {
    if typed.type == target { return typed }
    if typed.isUntypedLiteral { return literal(typed, as: target, context) }
    guard Casts.canCast(from: typed.type, to: target, context: context) else { return nil }
    var result = typed
    result.type = target
    result.equalities = []
    result.uses = []
    if isSameRepresentation(typed.type, target) { return result }
    let index = castIndex(from: typed.type, to: target, isExplicit: context == .explicit)
    result.code.append(.cast(index), at: typed.span)
    return result
  }

  /// Whether every value of one type is, bit for bit, the same value of the other.
  private func isSameRepresentation(_ source: DataType, _ target: DataType) -> Bool {
    switch (source.kind, target.kind) {
    case (.smallint, .integer), (.smallint, .bigint), (.integer, .bigint): true
    case (.varchar, .text), (.varchar, .varchar(nil)), (.text, .varchar(nil)): true
    case (.numeric, .numeric(precision: nil, scale: _)): true
    case (.timestamptz, .timestamptz(nil)), (.timestamp, .timestamp(nil)), (.time, .time(nil)):
      true
    case (.char, .char(nil)): true
    default: false
    }
  }

  func castIndex(from source: DataType, to target: DataType, isExplicit: Bool) -> UInt16 {
    let cast = Cast(source: source, target: target, isExplicit: isExplicit)
    if let index = program.casts.firstIndex(of: cast) { return UInt16(index) }
    program.casts.append(cast)
    return UInt16(clamping: program.casts.count - 1)
  }

  /// A quoted literal read as a type, at once unless it means the current time (`'now'`).
  private func literal(_ typed: Typed, as target: DataType, _ context: Casts.Context) -> Typed? {
    guard let value = typed.code.constant else { return nil }
    if target == .unknown { return typed }
    switch target.kind {
    case .void, .record, .trigger:
      return value.isNull ? .constant(.null, target, at: typed.span) : nil
    default: break
    }
    if value.isNull { return .constant(.null, target, at: typed.span) }
    if isClockWord(value, for: target) {
      var result = Typed(typed.code, target, at: typed.span)
      result.code.append(
        .cast(castIndex(from: .text, to: target, isExplicit: true)), at: typed.span)
      return result
    }
    let cast = Cast(source: .unknown, target: target, isExplicit: context == .explicit)
    do throws(ConstantEvaluator.Failure) {
      let converted = try ConstantEvaluator(program: program).cast(cast, value)
      return .constant(converted, target, at: typed.span)
    } catch {
      report(failure: error, of: value, as: target, at: typed.span)
    }
    return .constant(.null, target, at: typed.span)
  }

  private func report(
    failure: ConstantEvaluator.Failure, of value: Value, as target: DataType, at span: SourceSpan
  ) {
    guard case .error(let error) = failure, case .enumeration(let number) = target.kind,
      let text = value.asText
    else {
      report(failure: failure, at: span)
      return
    }
    let labels = program.types.enums[number].labels
    var diagnostic = Diagnostic(.unknownLabel, error.message.inBackticks, at: span)
    if let best = didYouMean(text, among: labels) {
      diagnostic.help = Diagnostic.Help(
        "did you mean `\(best)`?", replacement: Diagnostic.Replacement("'\(best)'", at: span))
    }
    diagnostic.notes = ["the labels are \(labels.map { "`\($0)`" }.joined(separator: ", "))"]
    report(diagnostic)
  }

  private func isClockWord(_ value: Value, for target: DataType) -> Bool {
    switch target.kind {
    case .timestamptz, .timestamp, .date, .time:
      guard let text = value.asText?.lowercased() else { return false }
      return ["now", "today", "tomorrow", "yesterday"].contains { text.contains($0) }
    default: return false
    }
  }

  /// The value as text where nothing gave it a type.
  func resolvingUnknown(_ typed: Typed) -> Typed {
    typed.type == .unknown ? converted(typed, to: .text, .implicit) ?? typed : typed
  }

  // MARK: A common type

  /// The type that several expressions have in common, as for CASE and UNION; `nil` where there is none.
  ///
  /// Source: chapter 10.5 of PostgreSQL's manual, `select_common_type` in `parse_coerce.c`.
  func commonType(_ types: [DataType]) -> DataType? {
    guard let first = types.first else { return .text }
    if first != .unknown, types.allSatisfy({ $0 == first }) { return first }
    var candidate = DataType.unknown
    for type in types.map(\.withoutModifiers) where type != .unknown {
      if candidate == .unknown || candidate == type {
        candidate = type
        continue
      }
      guard candidate.group == type.group else { return nil }
      if !candidate.isPreferredInGroup,
        Casts.canCast(from: candidate, to: type, context: .implicit),
        !Casts.canCast(from: type, to: candidate, context: .implicit)
      {
        candidate = type
      }
    }
    if candidate == .unknown { return .text }
    let castable = types.allSatisfy {
      Casts.canCast(from: $0, to: candidate, context: .implicit)
    }
    return castable ? candidate : nil
  }

  /// Converts expressions to the type that they have in common; reports where there is none.
  func unified(_ values: [Typed], in construct: String) -> (values: [Typed], type: DataType)? {
    guard let type = commonType(values.map(\.type)) else {
      reportNoCommonType(values, construct)
      return nil
    }
    let converted = values.compactMap { self.converted($0, to: type, .implicit) }
    guard converted.count == values.count else {
      reportNoCommonType(values, construct)
      return nil
    }
    return (converted, type)
  }

  private func reportNoCommonType(_ values: [Typed], _ construct: String) {
    let typed = values.filter { $0.type != .unknown }
    guard let first = typed.first else { return }
    let other =
      typed.first { commonType([first.type, $0.type]) == nil } ?? typed.last ?? first
    report(
      Diagnostic(
        .typeMismatch,
        "\(construct) types `\(name(first.type))` and `\(name(other.type))` cannot be matched",
        at: other.span, caption: "this is `\(name(other.type))`",
        labels: [.init("this is `\(name(first.type))`", at: first.span)]))
  }

  /// Converts a condition to boolean; reports what is none.
  func condition(_ typed: Typed, of clause: String) -> Typed? {
    if let result = converted(typed, to: .boolean, .implicit) {
      var kept = result
      kept.equalities = typed.equalities
      kept.uses = typed.uses
      return kept
    }
    report(
      Diagnostic(
        .typeMismatch,
        "argument of \(clause) must be type `boolean`, not type `\(name(typed.type))`",
        at: typed.span))
    return nil
  }
}

extension DataType {
  /// PostgreSQL's type categories, within which types convert unasked.
  enum Group: Hashable {
    case boolean, number, string, datetime, timespan, unknown, pseudo
    case other(DataType)
  }

  var group: Group {
    switch kind {
    case .boolean: .boolean
    case .smallint, .integer, .bigint, .numeric, .doublePrecision: .number
    case .text, .varchar, .char: .string
    case .timestamptz, .timestamp, .date, .time: .datetime
    case .interval: .timespan
    case .unknown: .unknown
    case .void, .record, .trigger: .pseudo
    case .uuid, .json, .jsonb, .bytea, .enumeration, .array: .other(self)
    }
  }

  var isPreferredInGroup: Bool {
    switch kind {
    case .boolean, .text, .timestamptz, .interval: true
    default: false
    }
  }
}

extension String {
  /// A message of the database in this project's style: names in backticks.
  var inBackticks: String { String(map { $0 == "\"" ? "`" : $0 }) }
}
