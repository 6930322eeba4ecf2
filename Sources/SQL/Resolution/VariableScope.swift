package import Store

/// The variables that a routine's statements see, and the slots of its frame.
///
/// Names live in nested blocks, the innermost first; a block's label qualifies its names. Slots are
/// never reused, so that one slot has one type in the whole routine.
package final class VariableScope {
  /// What a variable's name stands for.
  package enum Entity {
    case variable(Variable)
    /// A record; no fields until the first statement that gives it a shape was compiled.
    case record([Field]?)
  }

  /// A variable with one value.
  package struct Variable {
    package var slot: UInt16
    package var type: DataType
    package var isConstant: Bool

    package init(slot: UInt16, type: DataType, isConstant: Bool = false) {
      self.slot = slot
      self.type = type
      self.isConstant = isConstant
    }
  }

  /// One field of a record.
  package struct Field {
    package var name: String
    package var variable: Variable

    package init(name: String, variable: Variable) {
      self.name = name
      self.variable = variable
    }
  }

  /// What ``find(_:)`` found.
  package enum Found {
    case variable(Variable)
    case record(fields: [Field]?)
    /// The name is a field of a record that has no such field, or no shape yet.
    case missingField(record: String, field: String, fields: [Field]?)
  }

  private struct Block {
    var label: String?
    var names: [String: Entity] = [:]
  }

  private var blocks: [Block]
  private var areNamesHidden = false

  /// All slots of the frame in order.
  package private(set) var slots: [Routine.Variable] = []

  /// LANGUAGE sql: where a column and a parameter have one name, the column is meant.
  package var columnsWin = false

  /// What `$1`, `$2`, … stand for.
  package var positional: [Variable] = []

  /// What `:name` stands for before the scenario's parameters are asked (`writer confirm(o)`).
  package var parameters: [String: Variable] = [:]

  /// A scope whose outermost block has the routine's name and the four fixed slots, with `found`.
  package init(label: String?) {
    blocks = [Block(label: label)]
    slots = [
      Routine.Variable(name: "found", type: .boolean),
      Routine.Variable(name: "row_count", type: .bigint),
      Routine.Variable(name: "sqlstate", type: .text),
      Routine.Variable(name: "sqlerrm", type: .text),
    ]
    blocks[0].names["found"] = .variable(Variable(slot: Routine.Slot.found, type: .boolean))
  }

  /// The most slots one routine may have.
  package static let slotsLimit = 4096

  package func enterBlock(label: String?) { blocks.append(Block(label: label)) }

  package func leaveBlock() {
    precondition(blocks.count > 1, "the outermost block cannot be left")
    blocks.removeLast()
  }

  /// Whether the innermost block already has the name.
  package func isDeclaredHere(_ name: String) -> Bool {
    blocks[blocks.count - 1].names[name] != nil
  }

  /// Declares a variable in the innermost block.
  @discardableResult
  package func declare(_ name: String, type: DataType, isConstant: Bool = false) -> Variable {
    let slot = allocate(name: name, type: type)
    let variable = Variable(slot: slot, type: type, isConstant: isConstant)
    blocks[blocks.count - 1].names[name] = .variable(variable)
    return variable
  }

  /// Declares another name of something, such as an alias, or `sqlstate` inside a handler.
  package func declare(_ name: String, as entity: Entity) {
    blocks[blocks.count - 1].names[name] = entity
  }

  /// Declares a record; with its columns, or without a shape yet.
  @discardableResult
  package func declareRecord(_ name: String, columns: [OutputColumn]?) -> [Field]? {
    let fields = columns.map { allocateFields(of: name, $0) }
    blocks[blocks.count - 1].names[name] = .record(fields)
    return fields
  }

  /// Gives the record that `name` stands for a shape; new slots unless it has that shape already.
  package func shapeRecord(_ name: String, columns: [OutputColumn]) -> [Field]? {
    for index in blocks.indices.reversed() {
      guard case .record(let fields)? = blocks[index].names[name] else { continue }
      if let fields, fields.map(\.name) == columns.map(\.name),
        fields.map(\.variable.type) == columns.map(\.type)
      {
        return fields
      }
      let shaped = allocateFields(of: name, columns)
      blocks[index].names[name] = .record(shaped)
      return shaped
    }
    return nil
  }

  private func allocateFields(of record: String, _ columns: [OutputColumn]) -> [Field] {
    columns.map { column in
      let slot = allocate(name: "\(record).\(column.name)", type: column.type)
      return Field(name: column.name, variable: Variable(slot: slot, type: column.type))
    }
  }

  /// A slot without a name.
  package func temporary(_ type: DataType) -> UInt16 { allocate(name: "", type: type) }

  private func allocate(name: String, type: DataType) -> UInt16 {
    slots.append(Routine.Variable(name: name, type: type))
    return UInt16(clamping: slots.count - 1)
  }

  /// Whether the routine has more slots than it may; the routine's compiler reports it.
  package var isOverfull: Bool { slots.count > Self.slotsLimit }

  /// Runs something in which no name is one of these, and `$1`, … are the given ones.
  func hidingNames<Result>(positional others: [Variable], _ body: () -> Result) -> Result {
    let outer = (positional, areNamesHidden)
    positional = others
    areNamesHidden = true
    defer { (positional, areNamesHidden) = outer }
    return body()
  }

  /// Looks up `variable`, `record`, `record.field`, `label.variable` and `label.record.field`.
  package func find(_ parts: [String]) -> Found? {
    guard let first = parts.first, !areNamesHidden else { return nil }
    for block in blocks.reversed() {
      if let entity = block.names[first], let found = Self.found(entity, parts[...]) {
        return found
      }
      if parts.count > 1, block.label == first, let entity = block.names[parts[1]],
        let found = Self.found(entity, parts.dropFirst())
      {
        return found
      }
    }
    return nil
  }

  private static func found(_ entity: Entity, _ parts: ArraySlice<String>) -> Found? {
    switch entity {
    case .variable(let variable):
      return parts.count == 1 ? .variable(variable) : nil
    case .record(let fields):
      if parts.count == 1 { return .record(fields: fields) }
      guard parts.count == 2, let record = parts.first, let name = parts.last else { return nil }
      if let field = fields?.first(where: { $0.name == name }) { return .variable(field.variable) }
      return .missingField(record: record, field: name, fields: fields)
    }
  }

  /// All names that can be written here, for "did you mean".
  package var visibleNames: [String] {
    blocks.reversed().flatMap { $0.names.keys.sorted() }
  }
}
