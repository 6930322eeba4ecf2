/// Statements on roles, owners and privileges, in isolation specs.
package enum RoleSyntax: Hashable, Sendable {
  /// `CREATE {ROLE | USER | GROUP} name [SUPERUSER]`.
  case create(NameSyntax, isSuperuser: Bool)
  case drop([NameSyntax], ifExists: Bool)
  /// `SET [LOCAL] ROLE name`; `nil` for NONE and RESET.
  case assume(NameSyntax?, isLocal: Bool)
  /// `SET [LOCAL] SESSION AUTHORIZATION name`; `nil` for DEFAULT and RESET.
  case authorize(NameSyntax?, isLocal: Bool)
  case grant(GrantSyntax)

  /// The roles that it names.
  package var names: [NameSyntax] {
    switch self {
    case .create(let name, _): [name]
    case .drop(let names, _): names
    case .assume(let name, _), .authorize(let name, _): [name].compactMap { $0 }
    case .grant(let grant): grant.roles.compactMap { $0 }
    }
  }

  /// Whether the session is another role's from then on.
  package var isChangeOfRole: Bool {
    switch self {
    case .assume(let name, _), .authorize(let name, _): name != nil
    case .create, .drop, .grant: false
    }
  }
}

/// `GRANT privileges ON tables TO roles`, or `REVOKE … FROM`.
package struct GrantSyntax: Hashable, Sendable {
  package var isRevoke: Bool
  /// In lower case; empty for ALL.
  package var privileges: [NameSyntax]
  package var tables: [QualifiedNameSyntax]
  /// `nil` for PUBLIC.
  package var roles: [NameSyntax?]
}
