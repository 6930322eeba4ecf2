import SQL
import Writers

extension ScheduleExport {
  /// The schedule as a spec with one permutation, for PostgreSQL's own isolationtester.
  ///
  /// - Throws: Where a text holds what a spec cannot.
  package func spec() throws(Refusal) -> String {
    var steps: [Actor: [SpecStep]] = [:]
    var order: [SpecPermutation.Step] = []
    func add(_ actor: Actor, _ name: String, _ sql: String) {
      let name = SpecName(name)
      steps[actor, default: []].append(SpecStep(name: name, block: SpecBlock(sql)))
      order.append(SpecPermutation.Step(name: name))
    }
    for (index, action) in actions.enumerated() {
      let remark = action.remark.map { " -- \(Self.oneLine($0))" } ?? ""
      let sql = (action.settings + [Self.withoutEnd(action.sql)]).joined(separator: "; ") + ";"
      add(action.actor, "\(stepPrefix(action.actor))\(index + 1)", sql + remark)
    }
    for statement in outcomesStatements {
      add(.control, "outcomes\(order.count + 1)", statement + ";")
    }
    for rule in rules { add(.control, "breaks_\(rule.name)", Self.withoutEnd(rule.query) + ";") }
    if isRunning.contains(true) { add(.control, "end", Self.cancelStatement + ";") }
    for session in sessionsUsed where isOpen[session] {
      add(.session(session), "\(stepPrefix(.session(session)))_end", "ROLLBACK;")
    }
    let actors =
      sessionsUsed.flatMap { usesWorld($0) ? [.session($0), .world($0)] : [Actor.session($0)] }
      + [.control]
    let sessions = actors.compactMap { actor -> SpecSession? in
      guard let own = steps[actor] else { return nil }
      let setup = sessionSetup(actor).joined(separator: ";\n  ")
      return SpecSession(
        name: SpecName(sessionName(actor)), setup: SpecBlock("\n  \(setup);\n"), steps: own)
    }
    let setups = setupStatements().map { part in
      SpecBlock((part.remark.map { "\n  -- \($0)\n  " } ?? "") + part.sql + ";")
    }
    let spec = Spec(
      setups: setups, teardown: SpecBlock(Self.withoutEnd(dropSchemas) + ";"), sessions: sessions,
      permutations: [SpecPermutation(steps: order)])
    try refuseBraces(spec)
    let lines =
      heading + [
        "",
        "Run it with PostgreSQL's isolationtester (src/test/isolation), in a database where schemas may be",
        "made: isolationtester 'dbname=postgres' < this-file",
      ]
      + (victims == nil ? [] : ["It sets deadlock_timeout, which takes a superuser."])
      + (rules.isEmpty
        ? ["What goes wrong shows as an ERROR."]
        : [
          "Its last steps ask for what must return no row: \(rules.map(\.name).joined(separator: ", "))."
        ])
    let top = lines.map { $0.isEmpty ? "#" : "# \($0)" }.joined(separator: "\n")
    return top + "\n\n" + spec.text
  }

  private static func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }

  private func sessionName(_ actor: Actor) -> String {
    switch actor {
    case .control: "control"
    case .session(let session): model.sessions[session].name
    case .world(let session): model.sessions[session].name + " on the world"
    }
  }

  /// The letter that traces name a session by, if there are letters enough.
  private func stepPrefix(_ actor: Actor) -> String {
    func letter(_ session: Int) -> String {
      session < 26
        ? String(UnicodeScalar(UInt8(ascii: "a") + UInt8(session))) : "s\(session + 1)_"
    }
    switch actor {
    case .control: return "control"
    case .session(let session): return letter(session)
    case .world(let session): return letter(session) + "_world"
    }
  }

  /// In a spec a `}` ends the block, wherever it stands, and there is no way to write one.
  private func refuseBraces(_ spec: Spec) throws(Refusal) {
    let blocks =
      spec.setups
      + spec.sessions.flatMap { session in
        (session.setup.map { [$0] } ?? []) + session.steps.map(\.block)
      }
    guard let bad = blocks.first(where: { $0.text.contains("}") }) else { return }
    let line = bad.text.split(separator: "\n").first { $0.contains("}") } ?? ""
    throw Refusal(
      reason:
        "`\(line.prefix(60))` holds a `}`, which ends a block of a spec; --format psql can hold it",
      span: nil)
  }
}
