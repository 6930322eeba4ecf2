import SQL
import Store

// What a connection sends at once.
extension SpecCompilation {
  mutating func strings(
    of session: SpecSession, _ setup: [StatementSyntax]?, _ steps: [[StatementSyntax]],
    _ teardown: [StatementSyntax]?
  ) -> SpecSessionStrings {
    builder.avoidsScans = Self.avoidsScans(setup ?? [], steps)
    defer { builder.avoidsScans = false }
    var context = ClientContext()
    for statements in [setup ?? []] + steps + [teardown ?? []] { context.add(statements) }
    var result = SpecSessionStrings(setup: nil, steps: [], teardown: nil)
    if let block = session.setup, let setup {
      result.setup = string("\(session.name.text) setup", block, setup, in: .setup, &context)
    }
    for (step, statements) in zip(session.steps, steps) {
      result.steps.append(
        string(step.name.text, step.block, statements, in: .step, &context))
    }
    if let block = session.teardown, let teardown {
      result.teardown = string(
        "\(session.name.text) teardown", block, teardown, in: .setup, &context)
    }
    return result
  }

  /// Whether a session turns sequential scans off in its setup, and leaves it at that.
  private static func avoidsScans(
    _ setup: [StatementSyntax], _ steps: [[StatementSyntax]]
  ) -> Bool {
    func isSwitch(_ statement: StatementSyntax) -> Bool {
      switch statement.kind {
      case .set(let setting): setting.name.text == "enable_seqscan"
      case .reset(let name): name.map { $0.text == "enable_seqscan" } ?? true
      default: false
      }
    }
    guard case .set(let last)? = setup.last(where: isSwitch)?.kind else { return false }
    return ["off", "false", "0", "no"].contains(last.values.first?.text.lowercased() ?? "")
      && !steps.joined().contains(where: isSwitch)
  }

  mutating func string(
    _ name: String, _ block: SpecBlock, _ statements: [StatementSyntax], in place: Place,
    _ context: inout ClientContext
  ) -> SpecString {
    var string = SpecString(span: block.span)
    builder.locksDefinitions = place == .step
    defer { builder.locksDefinitions = false }
    var pending: [StatementSyntax] = []
    let session = definedSession
    let isStep = place == .step
    let isText = definesInSteps
    func flush(_ string: inout SpecString) {
      guard !pending.isEmpty else { return }
      if isText {
        string.parts.append(
          .text(
            SpecText(
              name: name, statements: pending, span: block.span, session: session,
              locksDefinitions: isStep)))
        pending = []
        return
      }
      let routine = builder.compileString(name: name, pending, at: block.span, context: &context)
      string.parts.append(.run(routine ?? RoutineID(0)))
      pending = []
    }
    refuseTwoPhase(statements)
    for statement in statements.flatMap({ refreshing($0, session: session) }) {
      if place == .step { refuseView(statement) }
      if place == .step, !isText, statement.isDefinition, !statement.isChange {
        builder.refuseStep(statement)
        continue
      }
      let isPart =
        place != .step
        && (statement.isTruncate || statement.isDefinition && !statement.isSwitch)
      guard isPart else {
        pending.append(statement)
        continue
      }
      flush(&string)
      string.parts += parts(of: statement)
    }
    flush(&string)
    takeDiagnostics()
    return string
  }

  private mutating func parts(of statement: StatementSyntax) -> [SpecString.Part] {
    switch statement.kind {
    case .drop(let drop) where drop.kind.isRelation:
      // Those that go with others, as partitions do, are gone before them.
      let tables = builder.program.schema
      let names = drop.names.filter { tables.isMember($0.last.text) }
      return (names + drop.names.filter { !tables.isMember($0.last.text) }).map {
        .drop($0.last.text, ifExists: drop.ifExists, kind: drop.kind.rawValue)
      }
    case .createFunction(let function): return [.forgetFunction(function.name.last.text)]
    case .drop(let drop) where drop.kind == .function || drop.kind == .procedure:
      return drop.names.map { .forgetFunction($0.last.text) }
    case .truncate(let truncate):
      return truncate.tables.compactMap { name in
        let table = builder.program.schema.table(named: name.last.text)
        if table == nil {
          diagnostics.append(
            .misspelt(
              .unknownTable, "there is no table `\(name.text)`", at: name.span,
              name: name.last.text, among: builder.program.schema.tables.map(\.name)))
        }
        let sequences = truncate.restartsIdentity ? builder.ownedSequences(of: name) : []
        return table.map { .truncate($0, sequences: sequences) }
      }
    default: return (relations[statement.span] ?? []).map { .create($0) }
    }
  }
}
