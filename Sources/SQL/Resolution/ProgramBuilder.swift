package import Store

/// Builds a ``Program`` from syntax trees: names become positions, expressions get types.
///
/// Mistakes are collected, not thrown: a statement with a mistake gives `nil`, and the builder goes on
/// with the next. The order of use:
///
/// 1. ``numberLocks(in:_:)`` with everything that the scenario holds;
/// 2. ``define(_:isWorld:)`` for the schema and the world, ``addParameter(name:type:value:)``;
/// 3. ``compileBodies()``, which gives each function to ``routineCompiler``;
/// 4. ``statement(_:in:)``, ``query(_:in:)`` and ``expression(_:in:expecting:)`` for the rest.
package final class ProgramBuilder {
  /// What is left out of the program on purpose.
  package struct Options: Sendable {
    /// Which explicit row locks are dropped, by their number.
    package enum OmittedLocks: Hashable, Sendable {
      case none
      case all
      case numbers(Set<Int>)
    }

    package var omittedLocks: OmittedLocks

    package init(omittedLocks: OmittedLocks = .none) { self.omittedLocks = omittedLocks }
  }

  package var program: Program
  package var diagnostics: [Diagnostic] = []
  package let options: Options
  /// The functions and procedures in the order of their definition.
  package var functions: [FunctionSignature] = []
  /// For queries in others: how their tables would be read if nothing were known of the query around them.
  var readsAlone: [QueryID: [IndexAccess?]] = [:]
  /// For queries in others: the columns of the query around them that they demand to equal something.
  var outerColumns: [QueryID: [Int]] = [:]
  /// Where handlers ask what their errors name, and whether some error does not say so here.
  var errorFieldSpans: [SourceSpan] = []
  var losesErrorFields = false
  /// Whether system columns can be named: they are refused where a run asks for their values.
  package var allowsSystemColumns = false
  /// Compiles a function's body into the routine that its signature names.
  package var routineCompiler: ((ProgramBuilder, FunctionSignature) -> Void)?
  /// The written locking clauses in the order of their numbers.
  package internal(set) var lockSites: [(number: Int, span: SourceSpan)] = []
  /// The scenario's parameters, by name.
  package internal(set) var parameters: [String: (value: Value, type: DataType)] = [:]
  /// The parameters that something compiled so far names.
  package internal(set) var usedParameters: Set<String> = []

  /// Where variables are read, and their slots; no slot where one text reads several (a statement that
  /// is prepared once and executed with different arguments).
  package internal(set) var variableUses: [SourceSpan: UInt16?] = [:]

  /// The functions of the catalogue met so far that depend on the clock.
  var clockFunctions: Set<UInt16> = []
  /// The numbers of locking clauses by their place.
  var lockNumbers: [SourceSpan: Int] = [:]
  /// Where each table's name was defined.
  var tableSpans: [TableID: SourceSpan] = [:]
  /// The defaults of columns, by their position, cast to the column's type.
  var defaults: [TableID: [Int: Code]] = [:]
  /// The identity columns, and whether they are GENERATED ALWAYS.
  var identities: [TableID: [Int: Bool]] = [:]
  /// The sequences of serial and identity columns, by the column's name.
  var ownedSequences: [TableID: [String: String]] = [:]
  /// The checks as written, by name; compiled again where the table changes.
  var checkSyntax: [TableID: [String: ExpressionSyntax]] = [:]
  /// The expressions of generated columns, by their position; compiled again where the table changes.
  var generatedSyntax: [TableID: [Int: ExpressionSyntax]] = [:]
  /// What indexes store behind a table's columns, as written; compiled again where the table changes.
  var computedSyntax: [TableID: [ComputedSyntax]] = [:]
  var views: [String: CreateViewSyntax] = [:]
  /// The views that are being expanded, so that none contains itself.
  var viewsInUse: Set<String> = []
  /// Names of tables, indexes, sequences and views, which share one space.
  var relationNames: Set<String> = []
  /// Indexes that are no unique ones: known by name only.
  var plainIndexes: Set<String> = []
  /// The triggers as written; compiled once all functions are known.
  var triggerDefinitions: [TriggerDefinition] = []
  /// Triggers are created and dropped while the program runs, as in isolation specs.
  package var switchesTriggers = false
  /// The session whose setup is being defined.
  package var definingSession: Int?
  /// Whether what changes definitions takes its locks: in the steps of a spec, not in its setup.
  package var locksDefinitions = false
  /// Where a statement is compiled anew that has been under way: which of their tables VACUUM and ANALYZE have found.
  package var tablesFound = TablesFound.none

  package enum TablesFound: Hashable, Sendable {
    case none
    /// Those that are named before one for which the statement has waited.
    case before(TableID)
    /// All; it has waited to work on one of them, and is done with those before.
    case working(on: TableID)
  }
  /// Whether an index is used wherever there is one: `enable_seqscan` is off in the session.
  package var avoidsScans = false
  /// Tables that are materialized views.
  var materializedViews: Set<String> = []
  /// The alias under which REFRESH changes a materialized view, which no other statement may.
  package static let refreshAlias = "$view"
  /// Steps change definitions as they run, so that all locks on tables matter.
  package var tracksAllTables = false
  /// For names that steps give to relations, tables without rows that stand for them until the end of the transaction.
  var nameTables: [String: TableID] = [:]
  /// For temporary tables that steps create, the tables whose names they take.
  var shadowed: [TableID: TableID] = [:]
  /// The first of the routines that functions have got anew.
  var renewedRoutine = 0
  /// The foreign keys that steps add, by the place of their statements.
  var addedReferences: [SourceSpan: [(table: TableID, key: Int)]] = [:]
  /// For sequences that steps alter, tables without a name or rows that stand for their locks.
  var sequenceTables: [Int: TableID] = [:]
  /// For tables whose indexes steps build anew, tables without a name or rows that stand for the indexes' locks.
  var indexTables: [TableID: TableID] = [:]
  /// The tables of which somebody waits for those who hold them.
  var awaitedTables: Set<TableID> = []
  /// The tables of the indexes that steps make.
  var createdIndexes: [String: TableID] = [:]
  /// Indexes that are sorted otherwise than from the lowest value up.
  var descendingIndexes: Set<String> = []
  /// The triggers' positions in the program, by the place of their definitions; those of partitions too.
  var triggerNumbers: [SourceSpan: [Int]] = [:]
  /// What functions do, by their position, once it was asked for.
  var traitsCache: [Int: FunctionTraits] = [:]
  /// How many functions were given to ``routineCompiler``.
  var compiledBodies = 0

  package init(sources: SourceMap, options: Options = Options()) {
    program = Program(schema: Schema(), types: TypeCatalog(), sources: sources)
    self.options = options
  }

  /// Makes `:name` stand for a constant.
  package func addParameter(name: String, type: DataType, value: Value) {
    parameters[name] = (value, type)
  }

  /// Notes that a text reads a variable.
  func noteUse(of slot: UInt16, at span: SourceSpan) {
    if let known = variableUses[span], known != slot {
      variableUses[span] = .some(nil)
    } else {
      variableUses[span] = slot
    }
  }

  /// Reports a mistake.
  package func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }
}
