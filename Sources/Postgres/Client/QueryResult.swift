/// What one statement of a query came to.
package struct QueryResult: Hashable, Sendable {
  package struct Column: Hashable, Sendable {
    package var name: String
    /// The type's number in `pg_type`.
    package var type: UInt32

    package init(name: String, type: UInt32) {
      self.name = name
      self.type = type
    }
  }

  package var columns: [Column] = []
  /// In the server's text output; `nil` is NULL.
  package var rows: [[String?]] = []
  /// The command tag: `UPDATE 1`; empty if it failed.
  package var tag = ""
  package var error: ServerError?

  package init() {}
}

/// A NOTICE or WARNING that the server sent.
package struct Notice: Hashable, Sendable {
  /// `NOTICE`, `WARNING`, untranslated.
  package var severity: String
  package var message: String

  package init(severity: String, message: String) {
    self.severity = severity
    self.message = message
  }
}
