import Store

// Roles and privileges, in isolation specs.
extension ProgramBuilder {
  /// The number of a role; reports where there are too many.
  func roleNumber(_ name: NameSyntax) -> UInt8? {
    if let known = program.roles.firstIndex(of: name.text) { return UInt8(clamping: known) }
    guard program.roles.count < Int(DatabaseState.publicRole) else {
      report(
        Diagnostic(
          .limitExceeded, "a spec has at most \(DatabaseState.publicRole) roles", at: name.span))
      return nil
    }
    program.roles.append(name.text)
    return UInt8(clamping: program.roles.count - 1)
  }

  /// Notes the roles that statements name, before anything is compiled.
  package func noteRoles(in statements: [StatementSyntax]) {
    for statement in statements {
      switch statement.kind {
      case .role(let role): for name in role.names { _ = roleNumber(name) }
      case .alterTable(let change):
        for case .setOwner(let name) in change.actions { _ = roleNumber(name) }
      default: break
      }
    }
  }

  /// Whether a table that is created has columns with sequences, which have privileges of their own.
  package func drawsNumbers(_ table: CreateTableSyntax) -> Bool {
    guard let id = program.schema.table(named: table.name.last.text) else { return false }
    return !(identities[id] ?? [:]).isEmpty
      || table.columns.contains { column in
        if case .named(let name) = column.type.kind {
          ["serial", "bigserial", "smallserial"].contains(name.last.text)
        } else {
          false
        }
      }
  }

  /// Compiles a statement on roles; `nil` after a report.
  func roleCommand(_ syntax: RoleSyntax) -> RoleCommand? {
    switch syntax {
    case .create(let name, let isSuperuser):
      return roleNumber(name).map { .create($0, isSuperuser: isSuperuser) }
    case .drop(let names, let ifExists):
      return .drop(names.compactMap { roleNumber($0) }, ifExists: ifExists)
    case .assume(let name, let isLocal):
      return .assume(name.flatMap { roleNumber($0) }, isLocal: isLocal)
    case .authorize(let name, let isLocal):
      return .authorize(name.flatMap { roleNumber($0) }, isLocal: isLocal)
    case .grant(let grant): return command(of: grant)
    }
  }

  private func command(of grant: GrantSyntax) -> RoleCommand? {
    var privileges: Privileges = grant.privileges.isEmpty ? .all : []
    for name in grant.privileges {
      guard let privilege = Privileges(named: name.text) else {
        report(
          .misspelt(
            .syntaxError, "there is no privilege `\(name.text)` on tables", at: name.span,
            name: name.text,
            among: ["select", "insert", "update", "delete", "truncate", "references", "trigger"]))
        return nil
      }
      privileges.insert(privilege)
    }
    var tables: [TableID] = []
    for name in grant.tables {
      guard let table = table(named: name) else { return nil }
      tables.append(table)
    }
    let roles = grant.roles.compactMap { name in
      name.map { roleNumber($0) } ?? DatabaseState.publicRole
    }
    return .grant(privileges, on: tables, to: roles, isRevoke: grant.isRevoke)
  }

  /// Finds what each statement's role must be allowed, where sessions may be others than the one that may do
  /// everything.
  func placePermissions() {
    guard program.hasRoles else { return }
    for index in program.statements.indices {
      program.statements[index].permissions = AccessSurvey.permissions(
        of: program.statements[index], in: program)
    }
  }
}

extension LockTableSyntax.Mode {
  /// Any one of these is enough to lock a table so (`LockTableAclCheck`).
  var privileges: Privileges {
    switch self {
    case .accessShare: [.select, .update, .delete, .truncate]
    case .rowExclusive: [.insert, .update, .delete, .truncate]
    default: [.update, .delete, .truncate]
    }
  }
}
