import Store

// Sequences: their definitions and functions.
extension ProgramBuilder {
  func define(_ syntax: CreateSequenceSyntax) {
    guard checkSchema(of: syntax.name) else { return }
    let name = syntax.name.last.text
    if syntax.ifNotExists, relationNames.contains(name) { return }
    guard claim(name, at: syntax.name.span) else { return }
    addSequence(name, syntax.options, type: nil, at: syntax.name.span)
    setOwner(of: syntax)
  }

  /// The sequence of a serial or identity column.
  func addSequence(
    to position: Int, of table: TableID, _ options: SequenceOptionsSyntax, at span: SourceSpan
  ) {
    let column = program.schema[table].columns[position]
    let name = unusedName(program.schema[table].name, column.name, "seq")
    relationNames.insert(name)
    addSequence(name, options, type: column.type, at: span)
    let index = UInt16(clamping: program.schema.sequences.count - 1)
    defaults[table, default: [:]][position] = Code(.nextValue(sequence: index), at: span)
    ownedSequences[table, default: [:]][column.name] = name
  }

  private func addSequence(
    _ name: String, _ options: SequenceOptionsSyntax, type: DataType?, at span: SourceSpan
  ) {
    var sequence = SequenceGenerator(name: name)
    var change = change(options, type: type)
    change.isNew = true
    apply(change, to: &sequence, at: span)
    program.schema.sequences.append(sequence)
  }

  /// `ALTER SEQUENCE`.
  func alter(_ syntax: CreateSequenceSyntax) {
    guard let (index, change) = change(of: syntax) else { return }
    var sequence = program.schema.sequences[index]
    apply(change, to: &sequence, at: syntax.name.span)
    program.schema.sequences[index] = sequence
    setOwner(of: syntax)
  }

  /// `OWNED BY`: the sequence goes with a column, and begins again with it.
  func setOwner(of syntax: CreateSequenceSyntax) {
    guard let owner = syntax.options.owner else { return }
    let name = syntax.name.last.text
    for table in ownedSequences.keys {
      ownedSequences[table] = ownedSequences[table]?.filter { $0.value != name }
    }
    guard owner.count == 2, let table = program.schema.table(named: owner[0].text) else {
      if let missing = owner.first {
        report(Diagnostic(.unknownTable, "no table `\(missing.text)`", at: missing.span))
      }
      return
    }
    guard column(owner[1], of: table) != nil else { return }
    ownedSequences[table, default: [:]][owner[1].text] = name
  }

  /// The sequences that begin again with a table.
  package func ownedSequences(of name: QualifiedNameSyntax) -> [Int] {
    program.schema.table(named: name.last.text).map { ownedSequences(of: $0) } ?? []
  }

  /// The sequences that belong to a table's columns, in the order of the columns' names.
  func ownedSequences(of table: TableID) -> [Int] {
    (ownedSequences[table] ?? [:]).sorted { $0.key < $1.key }.compactMap { _, name in
      program.schema.sequences.firstIndex { $0.name == name }
    }
  }

  /// What ALTER SEQUENCE asks of which sequence; `nil` if there is none.
  func change(of syntax: CreateSequenceSyntax) -> (sequence: Int, change: SequenceChange)? {
    let name = syntax.name.last.text
    if syntax.ifNotExists, !program.schema.sequences.contains(where: { $0.name == name }) {
      return nil
    }
    guard let index = sequence(named: name, at: syntax.name.span) else { return nil }
    return (index, change(syntax.options, type: nil))
  }

  private func change(_ options: SequenceOptionsSyntax, type: DataType?) -> SequenceChange {
    var change = SequenceChange()
    let type = options.type.flatMap { dataType($0) } ?? type ?? .bigint
    switch type {
    case .smallint: change.bounds = Int64(Int16.min)...Int64(Int16.max)
    case .integer: change.bounds = Int64(Int32.min)...Int64(Int32.max)
    default: break
    }
    change.resetsMinimum = options.type != nil || options.resetsMinimum
    change.resetsMaximum = options.type != nil || options.resetsMaximum
    change.increment = options.increment.map { Int64($0) }
    change.minimum = options.minimum.map { Int64($0) }
    change.maximum = options.maximum.map { Int64($0) }
    change.isCycle = options.isCycle
    change.cache = options.cache.map { Int64($0) }
    change.start = options.start.map { Int64($0) }
    change.restart = options.restart.map { restart in restart.map { Int64($0) } }
    return change
  }

  private func apply(
    _ change: SequenceChange, to sequence: inout SequenceGenerator, at span: SourceSpan
  ) {
    do throws(SQLError) {
      try sequence.apply(change)
    } catch {
      report(Diagnostic(.invalidDefinition, error.message, at: span))
    }
    if sequence.cache > 1 { program.schema.tracksSequences = true }
  }

  // MARK: Functions

  static let sequenceFunctions: Set<String> = [
    "nextval", "currval", "lastval", "setval", "pg_get_serial_sequence",
  ]

  /// `nextval`, `currval`, `lastval`, `setval`, `pg_get_serial_sequence`.
  func sequenceCall(_ call: FunctionCallSyntax, at span: SourceSpan, _ scope: Scope) -> Typed? {
    let name = call.name.last.text
    let arguments = call.arguments.map(\.value)
    let count = name == "lastval" ? 0...0 : name == "setval" ? 2...3 : 1...1
    if name == "pg_get_serial_sequence" {
      guard let sequence = serialSequence(call) else { return nil }
      return .constant(sequence.map { Value(text: "public." + $0) } ?? .null, .text, at: span)
    }
    guard count.contains(arguments.count) else {
      report(
        Diagnostic(
          .wrongArgumentCount, "`\(name)` does not take \(arguments.count) arguments", at: span))
      return nil
    }
    if name == "lastval" {
      program.schema.tracksSequences = true
      return Typed(.sequence(.last, 0), .bigint, at: span)
    }
    guard let text = sequenceName(arguments[0]) else {
      report(
        Diagnostic(
          .unsupportedFunction, "`\(name)` takes the quoted name of a sequence here", at: span))
      return nil
    }
    guard let index = sequence(named: text, at: arguments[0].span) else { return nil }
    let number = UInt16(clamping: index)
    switch name {
    case "nextval": return Typed(.nextValue(sequence: number), .bigint, at: span)
    case "currval":
      program.schema.tracksSequences = true
      return Typed(.sequence(.current, number), .bigint, at: span)
    default: return setValue(number, arguments, at: span, scope)
    }
  }

  private func setValue(
    _ sequence: UInt16, _ arguments: [ExpressionSyntax], at span: SourceSpan, _ scope: Scope
  ) -> Typed? {
    var code = Code()
    for (argument, type) in zip(arguments.dropFirst(), [DataType.bigint, .boolean]) {
      guard let typed = resolve(argument, scope) else { return nil }
      guard let value = converted(typed, to: type, .implicit) else {
        report(
          Diagnostic(
            .typeMismatch, "`setval` takes a `\(self.name(type))` here", at: argument.span,
            help: "cast it"))
        return nil
      }
      code.append(value.code)
    }
    code.append(.sequence(arguments.count == 3 ? .setCalled : .set, sequence), at: span)
    return Typed(code, .bigint, at: span)
  }

  private func sequence(named text: String, at span: SourceSpan) -> Int? {
    let name = text.hasPrefix("public.") ? String(text.dropFirst("public.".count)) : text
    if let index = program.schema.sequences.firstIndex(where: { $0.name == name }) { return index }
    report(
      .misspelt(
        .unknownTable, "no sequence `\(name)`", at: span, name: name,
        among: program.schema.sequences.map(\.name)))
    return nil
  }

  private func sequenceName(_ syntax: ExpressionSyntax) -> String? {
    switch syntax.kind {
    case .string(let text): return text.lowercased()
    case .cast(let inner, let type):
      guard case .named(let name) = type.kind, name.last.text == "regclass" else { return nil }
      return sequenceName(inner)
    case .call(let call) where call.name.last.text == "pg_get_serial_sequence":
      return serialSequence(call).flatMap { $0 }
    default: return nil
    }
  }

  /// The sequence of a serial or identity column; NULL for others.
  private func serialSequence(_ call: FunctionCallSyntax) -> String?? {
    guard call.arguments.count == 2, case .string(let relation) = call.arguments[0].value.kind,
      case .string(let column) = call.arguments[1].value.kind
    else {
      report(
        Diagnostic(
          .unsupportedFunction,
          "`pg_get_serial_sequence` takes the quoted names of a table and a column here",
          at: call.name.span))
      return nil
    }
    let place = call.arguments[0].value.span
    let name = relation.hasPrefix("public.") ? String(relation.dropFirst(7)) : relation
    guard
      let table = table(named: QualifiedNameSyntax([NameSyntax(name.lowercased(), at: place)])),
      self.column(NameSyntax(column, at: call.arguments[1].value.span), of: table) != nil
    else { return nil }
    return .some(ownedSequences[table]?[column])
  }
}
