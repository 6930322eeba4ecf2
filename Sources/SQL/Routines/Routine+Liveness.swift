/// Which variables the rest of a routine can still read.
///
/// A backward data flow over the instructions. Besides jumps, control may go from any instruction
/// inside a block to each of the block's handlers, before the instruction has written anything; the
/// machine sets SQLSTATE and SQLERRM on the way.
extension Routine {
  /// Fills in ``live`` and ``liveWords``.
  mutating func computeLiveness(in program: Program) {
    let sets = liveSlots(in: program)
    liveWords = max(1, (variables.count + 63) / 64)
    live = []
    live.reserveCapacity(sets.count * liveWords)
    for set in sets { live.append(contentsOf: set.words(count: liveWords)) }
  }

  /// For each instruction, the slots that may be read at or after it.
  private func liveSlots(in program: Program) -> [SlotSet] {
    let count = instructions.count
    let open = openBlocks()
    let reads = instructions.map { slotsRead(by: $0, in: program) }
    let writes = instructions.map { slotsWritten(by: $0, in: program) }
    var live = [SlotSet](repeating: SlotSet(), count: count)
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for position in stride(from: count - 1, through: 0, by: -1) {
        let instruction = instructions[position]
        var set = SlotSet()
        if instruction.fallsThrough(in: self), position + 1 < count {
          set.formUnion(live[position + 1])
          for slot in writes[position] { set.remove(slot) }
        }
        if let target = instruction.target { set.formUnion(live[Int(target)]) }
        for block in open[position] ?? [] {
          for handler in blocks[Int(block)].handlers {
            var caught = live[Int(handler.target)]
            caught.remove(Slot.sqlState)
            caught.remove(Slot.sqlMessage)
            for field in handler.fields { caught.remove(field.slot) }
            set.formUnion(caught)
          }
        }
        set.formUnion(reads[position])
        if live[position].formUnion(set) { hasChanged = true }
      }
    }
    return live
  }

  /// Whether a slot may be read at or after an instruction.
  package func isLive(_ slot: UInt16, at position: Int) -> Bool {
    let word = position * liveWords + Int(slot) / 64
    return word < live.count && live[word] & (1 << (UInt64(slot) % 64)) != 0
  }

  // MARK: Dead copies

  /// Drops what the compiler wrote to be safe and nothing needs: copies of a slot or a constant into
  /// a slot that is never read, jumps to the next instruction, and code that control never reaches.
  ///
  /// An instruction that computes something stays, because it may fail.
  mutating func dropDeadCopies(in program: Program) {
    while true {
      threadJumps()
      computeLiveness(in: program)
      let open = openBlocks()
      let isDropped = instructions.indices.map { position in
        open[position] == nil || isDeadCopy(at: position, in: program)
          || instructions[position] == .jump(Int32(position + 1))
      }
      guard isDropped.contains(true) else { return }
      drop(isDropped)
    }
  }

  /// Lets jumps to a jump go where that one goes.
  private mutating func threadJumps() {
    for position in instructions.indices {
      guard var target = instructions[position].target else { continue }
      // A loop of nothing but jumps has no end.
      for _ in instructions.indices {
        guard Int(target) < instructions.count,
          case .jump(let next) = instructions[Int(target)]
        else { break }
        target = next
      }
      instructions[position] = instructions[position].retargeted(to: target)
    }
  }

  private func isDeadCopy(at position: Int, in program: Program) -> Bool {
    guard case .assign(let slot, let expression) = instructions[position], expression.count == 1,
      position + 1 < instructions.count
    else { return false }
    switch program.operations[Int(expression.start)] {
    case .constant: return !isLive(slot, at: position + 1)
    case .slot(let source): return source == slot || !isLive(slot, at: position + 1)
    default: return false
    }
  }

  /// Removes instructions and moves every target accordingly.
  private mutating func drop(_ isDropped: [Bool]) {
    var moved: [Int32] = []
    var next: Int32 = 0
    for isGone in isDropped {
      moved.append(next)
      if !isGone { next += 1 }
    }
    moved.append(next)
    var kept: [Instruction] = []
    var keptSpans: [SourceSpan] = []
    for (position, instruction) in instructions.enumerated() where !isDropped[position] {
      let target = instruction.target.map { moved[Int($0)] }
      kept.append(target.map { instruction.retargeted(to: $0) } ?? instruction)
      keptSpans.append(spans[position])
    }
    for block in blocks.indices {
      for handler in blocks[block].handlers.indices {
        let target = blocks[block].handlers[handler].target
        blocks[block].handlers[handler].target = moved[Int(target)]
      }
    }
    instructions = kept
    spans = keptSpans
  }
}
