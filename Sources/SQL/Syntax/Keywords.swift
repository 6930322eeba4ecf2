/// The words that PostgreSQL keeps for itself (manual, appendix C).
enum Keywords {
  /// Words that name nothing unless they are quoted.
  static let reserved: Set<String> = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case",
    "cast", "check", "collate", "column", "constraint", "create", "current_catalog",
    "current_date", "current_role", "current_time", "current_timestamp", "current_user",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch",
    "for", "foreign", "from", "grant", "group", "having", "in", "initially", "intersect", "into",
    "lateral", "leading", "limit", "localtime", "localtimestamp", "not", "null", "offset", "on",
    "only", "or", "order", "placing", "primary", "references", "returning", "select",
    "session_user", "some", "symmetric", "table", "then", "to", "trailing", "true", "union",
    "unique", "user", "using", "variadic", "when", "where", "window", "with",
  ]

  /// Words that may name functions and types, but no columns and tables.
  static let reservedForFunctions: Set<String> = [
    "authorization", "binary", "collation", "concurrently", "cross", "current_schema", "freeze",
    "full", "ilike", "inner", "is", "isnull", "join", "left", "like", "natural", "notnull",
    "outer", "overlaps", "right", "similar", "tablesample", "verbose",
  ]

  /// Words that need AS before them to be the name of a result column.
  static let needAs: Set<String> = [
    "char", "character", "day", "filter", "hour", "minute", "month", "over", "precision",
    "second", "varying", "within", "without", "year",
  ]

  /// Whether a word may name a column, a table or an alias.
  static func isColumnName(_ word: String) -> Bool {
    !reserved.contains(word) && !reservedForFunctions.contains(word)
  }

  /// Whether a word may name a result column without AS before it.
  static func isBareLabel(_ word: String) -> Bool {
    isColumnName(word) && !needAs.contains(word)
  }
}
