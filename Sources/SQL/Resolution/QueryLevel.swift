/// One query while it is compiled: its relations and what their names mean.
final class QueryLevel {
}

/// The statement that is being compiled.
final class StatementContext {
}

/// A common table expression in sight.
struct CommonTable {
}
