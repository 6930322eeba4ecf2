package import Store

/// What a statement that defines something does when a step of an isolation spec runs it.
///
/// The rows are looked at and changed by the caller, who has them.
package struct StepDefinition {
  /// How a table's rows get another shape.
  package struct Reshape {
    package var table: TableID
    /// How many words a version had.
    package var width: Int
    var columns: [Source]
    var types: [DataType]

    enum Source {
      case old(Int)
      case value(Value)
      /// Computed from the row as it was.
      case code(Code)
    }
  }

  /// What the rows that are there must meet.
  enum Check {
    case notNull(TableID, column: Int)
    case condition(TableID, name: String)
    case unique(TableID, name: String)
    case reference(TableID, key: Int)
  }

  /// A relation that it creates.
  package struct Relation {
    package var name: String
    package var tables: Range<Int>
    package var sequences: Range<Int>
  }

  /// The command's tag: `ALTER TABLE`.
  package var command: String
  /// The tables whose shape it changes.
  package var touched: Set<Int> = []
  package var reshapes: [Reshape] = []
  package var created: [Relation] = []
  /// The names of relations that it drops.
  package var dropped: [String] = []
  package var renamed: [(old: String, new: String)] = []
  package var notices: [String] = []
  /// The tables that are written anew, so that older snapshots do not find their rows.
  package var rewritten: [TableID] = []
  /// It is there for its session alone.
  package var isTemporary = false
  var checks: [Check] = []
  /// It changes what no relation's name stands for: functions, owners.
  var changesOthers = false

  /// Whether it changes nothing: what it should make is there, or what it should drop is not.
  package var isNothing: Bool {
    touched.isEmpty && created.isEmpty && dropped.isEmpty && renamed.isEmpty && !changesOthers
      && !isTemporary
  }

  package init(command: String) { self.command = command }

  /// Why it cannot be done.
  package enum Failure: Error {
    /// The server's answer.
    case error(SQLError)
    /// It is not simulated.
    case refused(Diagnostic)
  }
}

extension StatementSyntax {
  /// Whether it changes definitions, and has to find out when it runs what they are.
  package var isStepDefinition: Bool {
    switch kind {
    case .createTable, .createIndex, .createFunction, .createSequence, .createView, .createEnum,
      .createSchema:
      true
    case .alterSequence(let sequence): sequence.options.owner != nil
    case .drop(let drop): drop.kind != .trigger
    case .alterTable(let change):
      !change.actions.allSatisfy { if case .setTrigger = $0 { true } else { false } }
    default: false
    }
  }

  /// The names that it gives to relations: no other transaction can give them before its end.
  package var createdNames: [String] {
    switch kind {
    case .createTable(let table): table.isTemporary ? [] : [table.name.last.text]
    case .createIndex(let index): index.name.map { [$0.text] } ?? []
    case .createSequence(let sequence): [sequence.name.last.text]
    case .createView(let view): [view.name.last.text]
    case .alterTable(let change):
      change.actions.compactMap { if case .renameTable(let name) = $0 { name.text } else { nil } }
    default: []
    }
  }

  /// Whether the names that it gives are types', too.
  package var namesTypes: Bool {
    switch kind {
    case .createIndex, .createSequence: false
    default: true
    }
  }
}
