package import Store

/// Everything that a scenario's variant runs, compiled: flat tables that the machine reads and
/// never changes.
///
/// Names and texts are beside the code, for reports.
package struct Program: Sendable {
  package var schema: Schema
  package var types: TypeCatalog
  package var operations: [Operation] = []
  package var casts: [Cast] = []
  package var queries: [Query] = []
  package var statements: [Statement] = []
  package var routines: [Routine] = []
  package var arguments: [Expression] = []
  package var slotLists: [UInt16] = []
  /// For each table, what the store does not know: checks in a tuple of the table alone (identity
  /// word first), in the order of their names, and generated names.
  package var checks: [[CheckConstraint]] = []
  package var sources: SourceMap
  /// How the session reads and prints dates and times.
  package var format = FormatOptions()

  package init(schema: Schema, types: TypeCatalog, sources: SourceMap) {
    self.schema = schema
    self.types = types
    self.sources = sources
  }
}

package struct CheckConstraint: Sendable {
  package var name: String
  package var condition: Expression

  package init(name: String, condition: Expression) {
    self.name = name
    self.condition = condition
  }
}
