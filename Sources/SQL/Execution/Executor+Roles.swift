import Store

/// Roles and privileges: of isolation specs.
extension Executor {
  /// The role whose privileges count.
  var currentRole: UInt8 {
    guard !database.settings.isEmpty else { return 0 }
    let role = database.setting(.role, session: session)?.asInteger
    return role.map { UInt8(clamping: $0) } ?? sessionRole
  }

  /// The role that SET SESSION AUTHORIZATION has set.
  var sessionRole: UInt8 {
    let role = database.setting(.sessionRole, session: session)?.asInteger
    return role.map { UInt8(clamping: $0) } ?? 0
  }

  func name(ofRole role: UInt8) -> String { program.roles[Int(role)] }

  private var isSuperuser: Bool {
    database.kind(ofRole: currentRole, for: session) == .superuser
  }

  /// Whether the role owns a table, or may do what its owner may.
  func owns(_ table: TableID) -> Bool {
    isSuperuser || database.owner(of: table, for: session) == currentRole
  }

  private func privileges(on table: TableID) -> Privileges {
    if owns(table) { return .all }
    return database.granted(on: table, to: currentRole, for: session)
      .union(database.granted(on: table, to: DatabaseState.publicRole, for: session))
  }

  // MARK: Checks

  /// What a lock needs before it is asked for.
  ///
  /// - Throws: 42501 as the server does.
  func check(_ permission: TableLock.Permission, _ table: TableID) throws(SQLError) {
    guard program.hasRoles else { return }
    switch permission {
    case .owner: if !owns(table) { throw .notOwner(ofTable: program.schema[table].name) }
    case .ownerOfIndex(let name):
      if !owns(table) { throw .permissionDenied("must be owner of index \(name)") }
    case .any(let wanted):
      if privileges(on: table).isDisjoint(with: wanted) {
        throw .permissionDenied(table: program.schema[table].name)
      }
    case .maintenance, .silentOwner: break
    }
  }

  /// What a statement needs when it starts (`ExecCheckRTPerms`).
  func checkPermissions(_ statement: Statement) throws(SQLError) {
    for permission in statement.permissions
    where !permission.privileges.isSubset(of: privileges(on: permission.table)) {
      throw .permissionDenied(table: program.schema[permission.table].name)
    }
  }

  /// Whether a table is left alone by VACUUM or ANALYZE, with a warning (`vacuum_is_relation_owner`).
  mutating func passesOver(_ table: TableID, _ statement: Statement) -> Bool {
    guard program.hasRoles, !owns(table) else { return false }
    let verb = statement.utility == .vacuum ? "vacuum" : "analyze"
    recorder.record(
      .notice(
        level: .warning,
        message: "skipping \"\(program.schema[table].name)\" --- only table or database owner can "
          + "\(verb) it"))
    return true
  }

  // MARK: Statements

  mutating func changeRoles(_ command: RoleCommand) throws(SQLError) {
    recordBegin()
    if database.sessions[session].phase == .failed { throw SQLError.inFailedTransaction }
    switch command {
    case .create(let role, let isSuperuser): try create(role, isSuperuser)
    case .drop(let roles, let ifExists):
      for role in roles { try drop(role, ifExists) }
    case .assume(let role, let isLocal): try assume(role, isLocal)
    case .authorize(let role, let isLocal): try authorize(role, isLocal)
    case .grant(let privileges, let tables, let roles, let isRevoke):
      try grant(privileges, tables, roles, isRevoke)
    }
    recorder.record(Answer())
    advance()
  }

  private func requireRole(_ role: UInt8) throws(SQLError) {
    if role != DatabaseState.publicRole, database.kind(ofRole: role, for: session) == .none {
      throw SQLError(.undefinedObject, "role \"\(name(ofRole: role))\" does not exist")
    }
  }

  private mutating func create(_ role: UInt8, _ isSuperuser: Bool) throws(SQLError) {
    guard self.isSuperuser else {
      throw .permissionDenied(
        isSuperuser ? "must be superuser to create superusers" : "permission denied to create role")
    }
    guard database.kind(ofRole: role, for: session) == .none else {
      throw SQLError(.duplicateObject, "role \"\(name(ofRole: role))\" already exists")
    }
    try database.setKind(isSuperuser ? .superuser : .ordinary, ofRole: role, session: session)
  }

  private mutating func drop(_ role: UInt8, _ ifExists: Bool) throws(SQLError) {
    guard isSuperuser else { throw .permissionDenied("permission denied to drop role") }
    let name = name(ofRole: role)
    if database.kind(ofRole: role, for: session) == .none, ifExists {
      recorder.record(
        .notice(level: .notice, message: "role \"\(name)\" does not exist, skipping"))
      return
    }
    try requireRole(role)
    if role == currentRole { throw SQLError(.objectInUse, "current user cannot be dropped") }
    if role == sessionRole { throw SQLError(.objectInUse, "session user cannot be dropped") }
    var details: [String] = []
    for table in program.schema.tables.indices.map({ TableID($0) }) {
      let tableName = program.schema[table].name
      if database.owner(of: table, for: session) == role {
        details.append("owner of table \(tableName)")
      } else if !database.granted(on: table, to: role, for: session).isEmpty {
        details.append("privileges for table \(tableName)")
      }
    }
    guard details.isEmpty else {
      var error = SQLError(
        .dependentObjectsStillExist,
        "role \"\(name)\" cannot be dropped because some objects depend on it")
      error.detail = details.joined(separator: "\n")
      throw error
    }
    try database.setKind(.none, ofRole: role, session: session)
  }

  private mutating func assume(_ role: UInt8?, _ isLocal: Bool) throws(SQLError) {
    if let role {
      try requireRole(role)
      let mayAssume =
        database.kind(ofRole: sessionRole, for: session) == .superuser || role == sessionRole
      guard mayAssume else {
        throw .permissionDenied("permission denied to set role \"\(name(ofRole: role))\"")
      }
    }
    set(.role, to: role, isLocal)
  }

  private mutating func authorize(_ role: UInt8?, _ isLocal: Bool) throws(SQLError) {
    if let role { try requireRole(role) }
    set(.sessionRole, to: role, isLocal)
    set(.role, to: nil, isLocal)
  }

  private mutating func set(_ name: SettingName, to role: UInt8?, _ isLocal: Bool) {
    if isLocal, database.sessions[session].phase == .idle {
      recorder.record(
        .notice(level: .warning, message: "SET LOCAL can only be used in transaction blocks"))
      return
    }
    database.set(
      name, to: role.map { Value(integer: Int64($0)) } ?? .null, session: session,
      isLocal: isLocal)
  }

  private mutating func grant(
    _ privileges: Privileges, _ tables: [TableID], _ roles: [UInt8], _ isRevoke: Bool
  ) throws(SQLError) {
    for role in roles { try requireRole(role) }
    for table in tables {
      guard owns(table) else {
        let tableName = program.schema[table].name
        guard !self.privileges(on: table).isEmpty else {
          throw .permissionDenied(table: tableName)
        }
        recorder.record(
          .notice(
            level: .warning,
            message: "no privileges \(isRevoke ? "could be revoked" : "were granted") for "
              + "\"\(tableName)\""))
        continue
      }
      for role in roles {
        guard role != database.owner(of: table, for: session) else {
          if isRevoke { throw .unsupported("taking privileges from a table's owner") }
          continue
        }
        let before = database.granted(on: table, to: role, for: session)
        try database.setGranted(
          isRevoke ? before.subtracting(privileges) : before.union(privileges), on: table,
          to: role, session: session)
      }
    }
  }

  /// `ALTER TABLE … OWNER TO` (`ATExecChangeOwner`).
  mutating func setOwner(of table: TableID, to role: UInt8) throws(SQLError) {
    try requireRole(role)
    let old = database.owner(of: table, for: session)
    guard old != role else { return }
    guard isSuperuser else {
      throw .permissionDenied("must be member of role \"\(name(ofRole: role))\"")
    }
    try database.setOwner(of: table, to: role, session: session)
    // What the new owner was granted is its own now.
    if !database.granted(on: table, to: role, for: session).isEmpty {
      try database.setGranted([], on: table, to: role, session: session)
    }
  }
}

extension SQLError {
  static func permissionDenied(_ message: String) -> SQLError {
    SQLError(.insufficientPrivilege, message)
  }

  static func permissionDenied(table: String) -> SQLError {
    permissionDenied("permission denied for table \(table)")
  }

  static func notOwner(ofTable table: String) -> SQLError {
    permissionDenied("must be owner of table \(table)")
  }
}
