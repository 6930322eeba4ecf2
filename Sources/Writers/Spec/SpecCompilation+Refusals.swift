import SQL

// What is refused beside something else in the same spec.
extension SpecCompilation {
  /// Refuses what cannot be simulated in one spec with steps whose definitions are made as they run.
  mutating func refuseBeside(_ what: String, _ statement: StatementSyntax) {
    diagnostics.append(
      Diagnostic(
        .unsupportedStatement,
        "\(what) is not simulated where steps change definitions in this way",
        at: statement.span, help: "move the definitions to a `setup` block"))
  }

  /// Partitions and inheritance are run, and not explored.
  mutating func refuseFamilies(_ setups: [[StatementSyntax]]) {
    for statement in setups.joined() {
      guard case .createTable(let table) = statement.kind else { continue }
      if table.isMaterializedView {
        diagnostics.append(
          Diagnostic(
            .unsupportedClause, "materialized views are not explored", at: statement.span,
            help: "run the spec"))
      }
      guard table.partitionKey != nil || !table.inherited.isEmpty else { continue }
      diagnostics.append(
        Diagnostic(
          .unsupportedClause, "partitions and inheritance are not explored", at: statement.span,
          help: "run the spec, or explore it with one table"))
    }
  }

  /// What has privileges of its own, where sessions may be other roles than the one that may do everything.
  mutating func refuseUnguarded(_ statements: [StatementSyntax]) {
    guard
      statements.contains(where: {
        if case .role(let role) = $0.kind { role.isChangeOfRole } else { false }
      })
    else { return }
    for statement in statements {
      let what: String
      switch statement.kind {
      case .createView: what = "a view"
      case .createSequence: what = "a sequence"
      case .createFunction: what = "a function"
      case .createTable(let table) where builder.drawsNumbers(table): what = "a serial column"
      case .maintenance(let maintenance) where maintenance.tables.isEmpty:
        what = "VACUUM or ANALYZE of all tables"
      case .ignored("grant"), .ignored("revoke"): what = "a privilege on anything but tables"
      default: continue
      }
      diagnostics.append(
        Diagnostic(
          .unsupportedStatement, "\(what) beside SET ROLE is not simulated", at: statement.span,
          help: "leave one of them out"))
    }
  }

  /// What a search of an index locks against writers depends on its kind: trees of one page, and buckets of hash
  /// indexes are known.
  mutating func refuseIndexMethods(_ setups: [[StatementSyntax]]) {
    for statement in setups.joined() {
      guard case .createIndex(let index) = statement.kind, let method = index.method,
        !builder.knowsLocks(of: index)
      else { continue }
      diagnostics.append(
        Diagnostic(
          .unsupportedClause,
          "what SERIALIZABLE locks in an index of the kind `\(method.text)` is not simulated",
          at: method.span, help: "use `btree`, or `hash` over one column of integers, dates or text"
        ))
    }
  }

  /// What SERIALIZABLE reads follows from the indexes that there are.
  mutating func refuseIndexSteps(_ statements: [StatementSyntax]) {
    for statement in statements {
      switch statement.kind {
      case .createIndex: break
      case .drop(let drop) where drop.kind == .index: break
      default: continue
      }
      diagnostics.append(
        Diagnostic(
          .unsupportedStatement,
          "a step that makes or drops an index is not simulated beside SERIALIZABLE",
          at: statement.span, help: "move it to a `setup` block, or use another isolation level"))
    }
  }

  /// Where the server would not get to the transaction, or would not prepare it.
  mutating func refuseTwoPhase(_ statements: [StatementSyntax]) {
    for statement in statements {
      guard case .twoPhase(let command, _) = statement.kind else { continue }
      if command != .prepare, statements.count > 1 {
        diagnostics.append(
          Diagnostic(
            .misplacedStatement,
            "\(command.rawValue) cannot run among several statements, which are one transaction",
            at: statement.span, help: "give it a step of its own"))
      }
      if command == .prepare, createsTemporaries {
        diagnostics.append(
          Diagnostic(
            .unsupportedStatement,
            "PREPARE TRANSACTION is not simulated where a spec has temporary tables",
            at: statement.span, help: "use ordinary tables"))
      }
    }
  }

  mutating func refuseExplored(_ statement: StatementSyntax) {
    diagnostics.append(
      Diagnostic(
        .unsupportedStatement, "a step that changes the schema is not explored",
        at: statement.span, help: "run the spec, or move the definition to a `setup` block"))
  }
}
