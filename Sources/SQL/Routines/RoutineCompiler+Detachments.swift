import Store

/// `ALTER TABLE … DETACH PARTITION … {CONCURRENTLY | FINALIZE}`.
extension RoutineCompiler {
  func compileDetachment(
    _ change: AlterTableSyntax, _ name: QualifiedNameSyntax, _ kind: DetachmentSyntax,
    at place: SourceSpan
  ) {
    let schema = builder.program.schema
    guard let parent = builder.table(named: change.name),
      let child = schema.table(named: name.last.text)
    else { return }
    span = place
    if kind == .concurrently {
      guard builder.defaultPartition(of: parent, besides: child) == nil else {
        report(
          Diagnostic(
            .invalidDefinition,
            "cannot detach partitions concurrently when a default partition exists",
            at: name.span, help: "detach it without CONCURRENTLY"))
        return
      }
      let first = builder.alteration(
        named: "ALTER TABLE", [.partition(child, of: parent, .pending)],
        locks: [
          TableLock(table: parent, mode: .shareUpdateExclusive, permission: .owner),
          TableLock(table: child, mode: .shareUpdateExclusive),
        ] + builder.referringLocks(to: parent), at: place)
      builder.program.statements[Int(first.index)].utility = .alone(
        "ALTER TABLE ... DETACH CONCURRENTLY")
      emit(first, into: .discard)
      builder.awaitedTables.insert(parent)
      markedAsClient { emit(.indexStep(.awaits(.lockers(parent, .accessExclusive)))) }
    }
    emit(
      builder.alteration(
        named: "ALTER TABLE", [.partition(child, of: parent, .detached)],
        locks: [
          TableLock(table: parent, mode: .shareUpdateExclusive, permission: .owner),
          TableLock(table: child, mode: .accessExclusive),
        ], at: place), into: .discard)
  }
}
