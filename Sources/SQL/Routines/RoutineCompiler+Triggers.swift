import Store

/// Functions of triggers, and SET CONSTRAINTS.
extension ProgramBuilder {
  /// Compiles a trigger's function for one trigger.
  func compileTriggerBody(
    _ function: FunctionSignature, of definition: TriggerDefinition
  ) -> RoutineID {
    let id = newRoutine()
    let routine = Routine(name: function.name, kind: .trigger, parameters: [])
    let compiler = RoutineCompiler(
      builder: self, routine: routine, label: function.name, signature: function,
      span: function.span)
    switch function.syntax.body {
    case .procedural(let block):
      for setting in function.syntax.settings {
        _ = compiler.isHarmless(setting, at: setting.name.span)
      }
      compiler.declareTrigger(definition)
      compiler.compileBlock(block)
      compiler.span = block.span.atEnd
      compiler.raise(
        .functionExecutedNoReturn, "control reached end of trigger procedure without RETURN")
    case .sql:
      report(
        Diagnostic(
          .invalidDefinition, "a trigger's function cannot be LANGUAGE sql",
          at: function.syntax.name.span, help: "write it in plpgsql"))
    }
    install(compiler, as: id)
    return id
  }
}

extension RoutineCompiler {
  /// TG_OP and the columns of OLD and NEW, in the order in which the machine fills them; then the other
  /// variables of triggers, which are constants here.
  fileprivate func declareTrigger(_ definition: TriggerDefinition) {
    variables.declare("tg_op", type: .text, isConstant: true)
    let columns = builder.columns(of: definition.table)
    for record in ["old", "new"] {
      guard let fields = variables.declareRecord(record, columns: columns) else { continue }
      if let first = fields.first { rowVariables.insert(first.variable.slot) }
    }
    let syntax = definition.syntax
    let table = builder.program.schema[definition.table].name
    var texts = [
      ("tg_name", syntax.name.text), ("tg_table_name", table), ("tg_relname", table),
      ("tg_table_schema", "public"), ("tg_when", syntax.timing == .before ? "BEFORE" : "AFTER"),
      ("tg_level", syntax.isForEachRow ? "ROW" : "STATEMENT"),
    ]
    for (index, argument) in syntax.arguments.enumerated() {
      texts.append(("tg_argv[\(index)]", text(of: argument)))
    }
    span = syntax.name.span
    for (name, text) in texts {
      let variable = variables.declare(name, type: .text, isConstant: true)
      assign(variable.slot, Value(text: text))
    }
    let count = variables.declare("tg_nargs", type: .integer, isConstant: true)
    assign(count.slot, Value(integer: Int64(syntax.arguments.count)))
  }

  /// An argument of a trigger, which is a text whatever it looks like.
  private func text(of argument: ExpressionSyntax) -> String {
    switch argument.kind {
    case .string(let text), .integer(let text), .decimal(let text): return text
    case .column(let name): return name.text
    case .boolean(let value): return value ? "true" : "false"
    default:
      report(
        Diagnostic(
          .syntaxError, "a trigger's argument is a literal", at: argument.span,
          help: "write it in quotes"))
      return ""
    }
  }

  /// `RETURN NEW`, `OLD`, `NULL` or another record of the table's shape.
  func compileTriggerReturn(_ value: ExpressionSyntax?, at place: SourceSpan) {
    span = place
    switch value?.kind {
    case .null?:
      emit(.finishTrigger(nil, .other))
      return
    case .column(let name)?:
      guard case .record(let fields?)? = variables.find(name.parts.map(\.text)),
        isRowOfTable(fields)
      else { break }
      let record: Routine.TriggerRow =
        name.text == "old" ? .old : name.text == "new" ? .new : .other
      emit(.finishTrigger(slotList(fields.map(\.variable.slot)), record))
      return
    default: break
    }
    report(
      Diagnostic(
        .invalidReturn, "a trigger's function returns a row of its table, or NULL",
        at: value?.span ?? place, help: "write `RETURN NEW`, `RETURN OLD` or `RETURN NULL`"))
  }

  private func isRowOfTable(_ fields: [VariableScope.Field]) -> Bool {
    guard case .record(let new?)? = variables.find(["new"]) else { return false }
    return new.map(\.variable.type) == fields.map(\.variable.type)
  }

  // MARK: SET CONSTRAINTS

  func compileSetConstraints(_ names: [QualifiedNameSyntax]?, _ isDeferred: Bool) {
    let deferrables = builder.program.schema.deferrables
    var mask: UInt32 = names == nil ? .max : 0
    for name in names ?? [] {
      let matches = deferrables.indices.filter { deferrables[$0].name == name.last.text }
      for number in matches { mask |= 1 << UInt32(number) }
      guard matches.isEmpty else { continue }
      report(
        .misspelt(
          .unknownConstraint, "there is no deferrable constraint `\(name.text)`", at: name.span,
          name: name.last.text, among: deferrables.map(\.name)))
    }
    emit(.setConstraints(mask, isDeferred: isDeferred))
  }
}
