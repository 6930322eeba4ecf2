package import Store

/// What a statement does with roles and privileges; roles by their positions in ``Program/roles``.
package enum RoleCommand: Hashable, Sendable {
  case create(UInt8, isSuperuser: Bool)
  case drop([UInt8], ifExists: Bool)
  /// SET ROLE; `nil` for NONE.
  case assume(UInt8?, isLocal: Bool)
  /// SET SESSION AUTHORIZATION; `nil` for the role that the session logged in as.
  case authorize(UInt8?, isLocal: Bool)
  /// GRANT, or REVOKE.
  case grant(Privileges, on: [TableID], to: [UInt8], isRevoke: Bool)
}
