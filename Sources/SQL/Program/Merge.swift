package import Store

/// `MERGE INTO table USING source ON condition WHEN …`.
package struct Merge: Sendable {
  package var table: TableID
  /// Finds the pairs: a `select` body whose relation 0 is the target, joined to the rows of the source;
  /// a row of the source without a partner has a NULL identity there.
  ///
  /// Its outputs are unused.
  package var source: QueryID
  /// In the order in which they are tried.
  package var clauses: [MergeClause]

  package init(table: TableID, source: QueryID, clauses: [MergeClause]) {
    self.table = table
    self.source = source
    self.clauses = clauses
  }

  /// What all clauses together set: UPDATE OF asks for that, whichever clause it is (`ExecGetAllUpdatedCols`).
  package var assignments: [Assignment] {
    clauses.flatMap { clause -> [Assignment] in
      if case .update(let update) = clause.action { return update.assignments }
      return []
    }
  }

  /// The inserts of the clauses.
  package var inserts: [Insert] {
    clauses.compactMap { clause in
      if case .insert(let insert) = clause.action { return insert }
      return nil
    }
  }

  /// The expressions of all clauses.
  package var expressions: [Expression] {
    clauses.flatMap { clause -> [Expression] in
      let computed: [Expression] =
        switch clause.action {
        case .nothing, .delete: []
        case .update(let update): update.assignments.map(\.value)
        case .insert(let insert): insert.defaults.compactMap { $0 }
        }
      return [clause.condition].compactMap { $0 } + computed
    }
  }
}

/// `WHEN [NOT] MATCHED AND condition THEN action`.
package struct MergeClause: Sendable {
  package enum Action: Sendable {
    case nothing
    case delete
    /// Its source is the statement's; it returns nothing.
    case update(Update)
    /// All columns are computed, as defaults are, in the source's tuple; it returns nothing.
    case insert(Insert)
  }

  /// Whether the action changes anything.
  package var isChange: Bool { if case .nothing = action { false } else { true } }

  /// What the action does to a row.
  package var event: RowEvent? {
    switch action {
    case .nothing: nil
    case .delete: .delete
    case .update: .update
    case .insert: .insert
    }
  }

  package var isMatched: Bool
  package var condition: Expression?
  package var action: Action

  package init(isMatched: Bool, condition: Expression?, action: Action) {
    self.isMatched = isMatched
    self.condition = condition
    self.action = action
  }
}
