package import Store

/// Where a session is in its program, as those see it who run the same program elsewhere.
package struct ProgramPlace: Sendable {
  /// A routine and the position of its next (or current) instruction.
  package struct Frame: Hashable, Sendable {
    package var routine: RoutineID
    package var position: Int
  }

  /// The client's own program first, then the functions that it is in, the innermost last.
  package var frames: [Frame] = []
  /// Whether the innermost frame is within a statement, not before one.
  package var isWithinStatement = false
  /// The slots of the client's own program.
  package var clientSlots: [Value] = []
}

extension Executor {
  /// Reads a stack as a place; `nil` for an empty one.
  package func place(at stack: ContiguousArray<Value>) -> ProgramPlace? {
    var place = ProgramPlace()
    var position = 0
    while position < stack.count {
      let header = stack[position]
      let length = entryLength(in: stack, at: position)
      switch EntryKind(rawValue: header.headerKind) {
      case .frame:
        if place.frames.isEmpty {
          place.clientSlots = Array(stack[position + Self.frameHeader..<position + length])
        }
        place.frames.append(
          ProgramPlace.Frame(routine: RoutineID(header.headerA), position: header.headerB))
      case .statement: place.isWithinStatement = true
      default: break
      }
      position += length
    }
    return place.frames.isEmpty ? nil : place
  }
}
