import Store

/// A routine as text, one instruction a line, for people who debug and for golden tests.
///
///     function confirm(p_id integer) -> void
///        0  statement "SELECT … FOR UPDATE" -> v_status
///        1  jump unless (v_status 'paid' call/2) to 4
///
/// Expressions are shown as they are: in postfix order. Statements are shown by their source text.
extension Program {
  /// A routine with its header, one instruction a line.
  package func listing(of id: RoutineID) -> String {
    let routine = routines[Int(id.index)]
    let lister = RoutineLister(program: self, routine: routine)
    var lines = [lister.header]
    for (position, instruction) in routine.instructions.enumerated() {
      let number = String(position)
      let margin = String(repeating: " ", count: max(0, 4 - number.utf8.count))
      lines.append("\(margin)\(number)  \(lister.text(of: instruction))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The names of the variables that may still be read at an instruction, for tests.
  package func liveNames(of id: RoutineID, at position: Int) -> [String] {
    let routine = routines[Int(id.index)]
    return routine.variables.indices.filter { routine.isLive(UInt16($0), at: position) }
      .map { routine.variables[$0].name }
  }
}

private struct RoutineLister {
  let program: Program
  let routine: Routine

  var header: String {
    let kind: String
    switch routine.kind {
    case .writer: kind = "writer"
    case .function: kind = "function"
    case .procedure: kind = "procedure"
    case .trigger: kind = "trigger"
    }
    let parameters = routine.parameters.map { "\($0.name) \($0.type.name(in: program.types))" }
      .joined(separator: ", ")
    var text = "\(kind) \(routine.name)(\(parameters))"
    if routine.kind == .function { text += " -> \(routine.returnType.name(in: program.types))" }
    if routine.isReadOnly { text += " read only" }
    if routine.readsClock { text += " reads clock" }
    return text
  }

  // MARK: Instructions

  func text(of instruction: Instruction) -> String {
    switch instruction {
    case .assign(let slot, let expression): return "\(name(slot)) := \(text(of: expression))"
    case .jump(let target): return "jump to \(target)"
    case .jumpUnless(let condition, let target):
      return "jump unless (\(text(of: condition))) to \(target)"
    case .call(let callee, let arguments, let slot):
      let list = self.arguments(arguments).map { text(of: $0) }.joined(separator: ", ")
      let target = slot.map { " -> \(name($0))" } ?? ""
      return "call \(program.routines[Int(callee.index)].name)(\(list))\(target)"
    case .finish(let expression):
      return "finish" + (expression.map { " \(text(of: $0))" } ?? "")
    case .raise(let index): return text(of: routine.raises[Int(index)])
    case .reraise: return "raise again"
    case .enterBlock(let index): return text(of: routine.blocks[Int(index)])
    case .leaveBlock: return "leave block"
    case .nextRow(let slots, let end): return "next row -> \(names(slots)), at end \(end)"
    case .closeCursor: return "close cursor"
    case .sleepUntil(let expression, _): return "sleep until (\(text(of: expression)))"
    case .returnNext(let row): return "return next " + names(row)
    case .finishTrigger(let row, _): return "finish " + (row.map { names($0) } ?? "NULL")
    case .statement, .openCursor, .beginImplicit, .commitImplicit, .begin, .setTransaction,
      .commit, .rollback, .twoPhase, .savepoint, .rollbackTo, .release, .setConstraints, .set,
      .resetAll, .listen, .unlisten, .fetch, .endCursor, .notify, .role, .indexStep,
      .prepare, .deallocate, .jumpUnlessPrepared:
      return textOfDatabaseInstruction(instruction)
    }
  }

  private func textOfDatabaseInstruction(_ instruction: Instruction) -> String {
    switch instruction {
    case .statement(let index, let into):
      switch into {
      case .cursor(let cursor):
        return "declare \(cursor.name.asText ?? "") for statement \(source(index))"
      case .discard: return "statement \(source(index))"
      case .result: return "statement \(source(index)) -> result"
      case .slots(let slots, let isStrict):
        return "statement \(source(index)) ->\(isStrict ? " strict" : "") \(names(slots))"
      }
    case .openCursor(let index): return "open cursor \(source(index))"
    case .beginImplicit: return "begin implicit"
    case .commitImplicit: return "commit implicit"
    case .begin(let options): return "begin" + text(of: options)
    case .setTransaction(let options): return "set transaction" + text(of: options)
    case .commit: return "commit"
    case .setConstraints(let mask, let isDeferred):
      return "set constraints \(mask) \(isDeferred ? "deferred" : "immediate")"
    case .rollback: return "rollback"
    case .twoPhase(let command, let number): return "\(command.rawValue.lowercased()) \(number)"
    case .savepoint(let name): return "savepoint \(name)"
    case .rollbackTo(let name): return "rollback to \(name)"
    case .release(let name): return "release \(name)"
    case .set(let name, let value, let isLocal):
      return "set \(isLocal ? "local " : "")\(name.name) \(value)"
    case .resetAll: return "reset all"
    case .fetch(let name, _, let isMove): return "\(isMove ? "move" : "fetch") \(name.asText ?? "")"
    case .endCursor(let name): return "close \(name.asText ?? "all")"
    case .listen(let channel): return "listen \(channel.asText ?? "")"
    case .unlisten(let channel): return "unlisten \(channel.asText ?? "*")"
    case .indexStep(let step): return "index step \(step)"
    case .role(let command): return "role \(command)"
    case .notify(let channel, _): return "notify \(channel.asText ?? "")"
    case .prepare(let name, let index): return "prepare \(name) as \(index)"
    case .deallocate(let name): return "deallocate \(name)"
    case .jumpUnlessPrepared(let name, let index, let target):
      return "jump unless \(name) is \(index) to \(target)"
    default: return "?"
    }
  }

  private func text(of options: TransactionOptions) -> String {
    var text = ""
    if let isolation = options.isolation { text += " \(isolation.name.lowercased())" }
    if let isReadOnly = options.isReadOnly { text += isReadOnly ? " read only" : " read write" }
    if let isDeferrable = options.isDeferrable {
      text += isDeferrable ? " deferrable" : " not deferrable"
    }
    return text
  }

  private func text(of raise: Routine.Raise) -> String {
    let state = raise.stateExpression.map { "(\(text(of: $0)))" } ?? raise.state.code
    let level = raise.level == .exception ? "" : "\(raise.level) "
    return "raise \(level)\(state) (\(text(of: raise.message)))"
  }

  private func text(of block: Routine.Block) -> String {
    let handlers = block.handlers.map { handler in
      let conditions = handler.conditions?.map(\.code).joined(separator: " ") ?? "others"
      return "\(conditions) to \(handler.target)"
    }
    let kind = block.isClient ? "enter client block" : "enter block"
    return "\(kind), on \(handlers.joined(separator: ", on "))"
  }

  /// A statement's text on one line.
  private func source(_ index: Int32) -> String {
    let statement = program.statements[Int(index)]
    let words = program.sources.text(of: statement.span).split(whereSeparator: \.isWhitespace)
    let marks = (statement.isWorld ? "world " : "") + (statement.isTrivial ? "trivial " : "")
    return "\(marks)\"\(words.joined(separator: " "))\""
  }

  // MARK: Names and expressions

  private func name(_ slot: UInt16) -> String {
    guard Int(slot) < routine.variables.count, !routine.variables[Int(slot)].name.isEmpty else {
      return "$\(slot)"
    }
    return routine.variables[Int(slot)].name
  }

  private func names(_ list: SlotList) -> String {
    program.slots(of: list).map { name($0) }.joined(separator: ", ")
  }

  private func arguments(_ range: Expressions) -> ArraySlice<Expression> {
    program.arguments[Int(range.start)..<Int(range.start + range.count)]
  }

  func text(of expression: Expression) -> String {
    program.operations[program.range(of: expression)].map { text(of: $0) }.joined(separator: " ")
  }

  private func text(of operation: Operation) -> String {
    switch operation {
    case .constant(let value): "\(value)"
    case .column(let depth, let offset): "column(\(depth).\(offset))"
    case .slot(let slot): name(slot)
    case .call(_, let arguments, _): "call/\(arguments)"
    case .routine(let index, _): "\(program.routines[Int(index)].name)()"
    case .cast(let index): "::" + program.casts[Int(index)].target.name(in: program.types)
    case .and, .or, .not, .isNull, .isNotNull, .isTrue, .isFalse, .isDistinct, .pop:
      "\(operation)"
    case .jump(let target): "jump:\(target)"
    case .jumpIfFalseKeeping(let target): "false?:\(target)"
    case .jumpUnlessTrueKeeping(let target): "untrue?:\(target)"
    case .jumpIfTrueKeeping(let target): "true?:\(target)"
    case .jumpIfNotNullKeeping(let target): "not-null?:\(target)"
    case .jumpUnlessTrue(let target): "unless:\(target)"
    case .scalarSubquery: "subquery"
    case .exists: "exists"
    case .quantified(_, _, _, let isAll): isAll ? "all" : "any"
    case .greatest(let count): "greatest/\(count)"
    case .least(let count): "least/\(count)"
    case .row(let number): "row/\(program.rowTypes[Int(number)].count)"
    case .sessionCall(let function): "\(function.rawValue)/\(function.argumentCount)"
    case .refused: "refused"
    case .tableName: "table name"
    case .place: "place"
    case .array(let function, let count): "array \(function)/\(count)"
    case .anyElement(_, let isAll): isAll ? "all elements" : "any element"
    case .setting(let name): "current_setting(\(name.text))"
    case .configure(let name): "set_config(\(name.name))/2"
    case .lockCall(let function): "\(function.name)/\(function.argumentCount)"
    case .sequence(let function, let sequence):
      "\(function)(\(program.schema.sequences[Int(sequence)].name))"
    case .nextValue(let sequence): "nextval(\(program.schema.sequences[Int(sequence)].name))"
    }
  }
}
