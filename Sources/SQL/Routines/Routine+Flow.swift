/// Where control goes, and which slots an instruction uses: what the analyses are made of.
extension Instruction {
  /// The position that the instruction may jump to, besides the next.
  var target: Int32? {
    switch self {
    case .jump(let target), .jumpUnless(_, let target), .nextRow(_, let target),
      .jumpUnlessPrepared(_, _, let target):
      target
    case .assign, .call, .finish, .raise, .reraise, .enterBlock, .leaveBlock, .closeCursor,
      .statement, .openCursor, .beginImplicit, .commitImplicit, .sleepUntil, .begin,
      .setTransaction, .commit, .rollback, .twoPhase, .savepoint, .rollbackTo, .release,
      .finishTrigger, .setConstraints, .returnNext, .set, .resetAll, .listen, .unlisten, .fetch,
      .endCursor, .notify, .role, .indexStep, .prepare,
      .deallocate:
      nil
    }
  }

  /// The same instruction with another target.
  func retargeted(to target: Int32) -> Instruction {
    switch self {
    case .jump: .jump(target)
    case .jumpUnless(let condition, _): .jumpUnless(condition, target)
    case .nextRow(let slots, _): .nextRow(into: slots, atEnd: target)
    case .jumpUnlessPrepared(let name, let index, _): .jumpUnlessPrepared(name, index, target)
    default: self
    }
  }

  /// Whether control can go on to the next instruction.
  func fallsThrough(in routine: Routine) -> Bool {
    switch self {
    case .jump, .finish, .finishTrigger, .reraise: false
    case .raise(let index): routine.raises[Int(index)].level != .exception
    default: true
    }
  }
}

extension Routine {
  /// For each instruction the blocks that are open when it begins, outermost first; `nil` where
  /// control never comes.
  func openBlocks() -> [[Int32]?] {
    var open = [[Int32]?](repeating: nil, count: instructions.count)
    var pending: [(position: Int, blocks: [Int32])] = [(0, [])]
    while let (position, blocks) = pending.popLast() {
      guard position < instructions.count, open[position] == nil else { continue }
      open[position] = blocks
      let instruction = instructions[position]
      var after = blocks
      switch instruction {
      case .enterBlock(let block):
        for handler in self.blocks[Int(block)].handlers {
          pending.append((Int(handler.target), blocks))
        }
        after.append(block)
      case .leaveBlock: _ = after.popLast()
      default: break
      }
      if let target = instruction.target { pending.append((Int(target), after)) }
      if instruction.fallsThrough(in: self) { pending.append((position + 1, after)) }
    }
    return open
  }

  /// Whether control can come back to an instruction: LOOP, WHILE, FOR.
  package var hasLoop: Bool {
    // Depth first: 0 not met, 1 on the way to here, 2 done.
    var marks = [UInt8](repeating: 0, count: instructions.count)
    var way: [(position: Int, next: [Int])] = []
    if !instructions.isEmpty {
      way.append((0, successors(of: 0)))
      marks[0] = 1
    }
    while let (position, next) = way.last {
      guard let target = next.last else {
        marks[position] = 2
        way.removeLast()
        continue
      }
      way[way.count - 1].next.removeLast()
      guard target < instructions.count else { continue }
      if marks[target] == 1 { return true }
      if marks[target] == 0 {
        marks[target] = 1
        way.append((target, successors(of: target)))
      }
    }
    return false
  }

  /// Where control can be after an instruction, the handlers of a block that it opens included.
  private func successors(of position: Int) -> [Int] {
    let instruction = instructions[position]
    var next: [Int] = []
    if instruction.fallsThrough(in: self) { next.append(position + 1) }
    if let target = instruction.target { next.append(Int(target)) }
    if case .enterBlock(let block) = instruction {
      next += blocks[Int(block)].handlers.map { Int($0.target) }
    }
    return next
  }

  /// The slots that an instruction reads.
  func slotsRead(by instruction: Instruction, in program: Program) -> SlotSet {
    var uses = ProgramUses(of: program)
    collect(instruction, into: &uses)
    var slots = uses.slots
    if case .returnNext(let row) = instruction {
      for slot in program.slots(of: row) { slots.insert(slot) }
    }
    if case .finishTrigger(let row?, _) = instruction {
      for slot in program.slots(of: row) { slots.insert(slot) }
    }
    if case .reraise = instruction {
      slots.insert(Slot.sqlState)
      slots.insert(Slot.sqlMessage)
    }
    return slots
  }

  /// Adds what an instruction evaluates.
  func collect(_ instruction: Instruction, into uses: inout ProgramUses) {
    switch instruction {
    case .assign(_, let expression), .jumpUnless(let expression, _), .sleepUntil(let expression, _):
      uses.add(expression)
    case .call(_, let arguments, _): uses.add(arguments)
    case .finish(let expression): uses.add(expression)
    case .raise(let index):
      uses.add(raises[Int(index)].message)
      uses.add(raises[Int(index)].stateExpression)
    case .statement(let index, _), .openCursor(let index): uses.add(statement: index)
    case .jump, .reraise, .enterBlock, .leaveBlock, .nextRow, .closeCursor, .beginImplicit,
      .commitImplicit, .begin, .setTransaction, .commit, .rollback, .twoPhase, .savepoint,
      .rollbackTo, .release, .finishTrigger, .setConstraints, .returnNext, .set, .resetAll, .listen,
      .unlisten, .fetch, .endCursor, .notify, .role, .indexStep,
      .prepare, .deallocate, .jumpUnlessPrepared:
      break
    }
  }

  /// The slots that an instruction overwrites when it goes on to the next.
  func slotsWritten(by instruction: Instruction, in program: Program) -> [UInt16] {
    switch instruction {
    case .assign(let slot, _): [slot]
    case .call(_, _, let slot): slot.map { [$0] } ?? []
    case .nextRow(let list, _): program.slots(of: list)
    case .statement(_, let into):
      switch into {
      case .discard, .result, .cursor: [Slot.found, Slot.rowCount]
      case .slots(let list, _): program.slots(of: list) + [Slot.found, Slot.rowCount]
      }
    default: []
    }
  }
}

extension Program {
  /// The slots of a range of ``slotLists``.
  package func slots(of list: SlotList) -> [UInt16] {
    Array(slotLists[Int(list.start)..<Int(list.start + list.count)])
  }
}
