package import Writers

/// A step of a schedule that names its sessions.
package enum NamedStep {
  /// The choice that a word stands for.
  ///
  /// | word | choice |
  /// |---|---|
  /// | `confirm` | the session's next step |
  /// | `confirm!v` | it is the victim of a deadlock |
  /// | `confirm!r` | it fails for a dependency that only the server's coarser locks show (SERIALIZABLE) |
  /// | `confirm!l`, `confirm!s`, `confirm!i` | its `lock_timeout`, its `statement_timeout`, its
  ///   `idle_in_transaction_session_timeout` is over |
  /// | `confirm!x` | its client dies |
  /// | `clock` | the clock moves to its next instant |
  ///
  /// A session is named as in reports (`confirm(2)`, `verify#3`). A session called `clock` hides the clock,
  /// which is then `+`.
  ///
  /// - Throws: Why the word names nothing, in words.
  package static func choice(_ word: String, in model: Model) throws(UnknownName) -> Choice {
    let names = model.sessions.map(\.name)
    if let session = names.firstIndex(of: word) { return Choice(.step, session: session) }
    if word == "clock" || word == "+" { return Choice(.clock) }
    for (suffix, kind) in Self.suffixes where word.hasSuffix(suffix) {
      if let session = names.firstIndex(of: String(word.dropLast(2))) {
        return Choice(kind, session: session)
      }
    }
    throw UnknownName(word: word, model: model)
  }

  /// The word for a choice.
  package static func word(for choice: Choice, in model: Model) -> String {
    let names = model.sessions.map(\.name)
    switch choice.kind {
    case .clock: return names.contains("clock") ? "+" : "clock"
    case .step: return names[Int(choice.session)]
    default: return names[Int(choice.session)] + suffix(of: choice.kind)
    }
  }

  /// What stands behind a session's name for what is no step of its own.
  static let suffixes: [(text: String, kind: Choice.Kind)] = [
    ("!v", .victim), ("!r", .refused), ("!l", .lockTimeout), ("!s", .statementTimeout),
    ("!i", .idleTimeout), ("!x", .crash),
  ]

  static func suffix(of kind: Choice.Kind) -> String {
    suffixes.first { $0.kind == kind }?.text ?? ""
  }

  /// The choices of words with white space (or commas) between them.
  package static func choices(_ text: String, in model: Model) throws(UnknownName) -> [Choice] {
    var choices: [Choice] = []
    for word in split(text) { choices.append(try choice(word, in: model)) }
    return choices
  }

  /// Splits at white space and at commas that stand outside parentheses, as in `verify(1,2)`.
  private static func split(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var depth = 0
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      let isBreak = depth <= 0 && (character.isWhitespace || character == ",")
      if !isBreak {
        word.append(character)
      } else if !word.isEmpty {
        words.append(word)
        word = ""
      }
    }
    if !word.isEmpty { words.append(word) }
    return words
  }
}

/// A word that names no session.
package struct UnknownName: Error, Hashable, Sendable {
  package var word: String
  /// The sessions of the writer with that name, if it has several.
  package var sessions: [String]
  package var candidates: [String]

  init(word: String, model: Model) {
    self.word = word
    let hasSuffix = NamedStep.suffixes.contains { word.hasSuffix($0.text) }
    let bare = hasSuffix ? String(word.dropLast(2)) : word
    sessions = model.sessions.filter { $0.writer == bare }.map(\.name)
    candidates = model.sessions.map(\.name) + ["clock"]
  }
}

extension UnknownName: CustomStringConvertible {
  package var description: String {
    if !sessions.isEmpty {
      return "writer `\(word)` has \(sessions.count) sessions: \(sessions.joined(separator: ", "))"
    }
    return "no session `\(word)`; there are \(candidates.joined(separator: ", "))"
  }
}

extension Replayer {
  /// Takes the steps that a timeline describes.
  ///
  /// A session that is moved takes at least one step. Where it waits in a deadlock, moving it makes it the
  /// victim: it is the only step that it has.
  ///
  /// - Returns: For each step, also the entry of the timeline that it belongs to.
  package mutating func replay(
    _ timeline: Timeline
  ) throws(Divergence) -> [(step: Step, entry: Int)] {
    var steps: [(step: Step, entry: Int)] = []
    for (index, entry) in timeline.entries.enumerated() {
      for step in try replay(entry) { steps.append((step, index)) }
    }
    return steps
  }

  /// Takes the steps of one entry.
  package mutating func replay(_ entry: Timeline.Entry) throws(Divergence) -> [Step] {
    switch entry.action {
    case .move(let sessions, let extent):
      var steps: [Step] = []
      for session in sessions { steps += try move(session, extent, label: entry.time) }
      return steps
    case .clock(let position): return try moveClock(to: position, label: entry.time)
    case .token(let token): return try replay(token: token, label: entry.time)
    }
  }

  /// Takes the steps of a token's schedule.
  ///
  /// A token that cannot be read does not fit, whatever it may have said.
  package mutating func replay(
    token: String, label: String? = nil
  ) throws(Divergence) -> [Step] {
    let schedule: [Choice]
    do throws(TokenError) {
      schedule = try ScheduleToken.decode(token, for: machine.model)
    } catch {
      throw Divergence(step: count + 1, wanted: token, reason: error.description)
    }
    var steps: [Step] = []
    for choice in schedule { steps.append(try take(choice, label: label)) }
    return steps
  }

  private mutating func moveClock(to position: Int, label: String?) throws(Divergence) -> [Step] {
    guard Int(state.clock) <= position else {
      throw Divergence(
        step: count + 1, wanted: "clock", reason: "the clock has already passed that instant")
    }
    var steps: [Step] = []
    while Int(state.clock) < position { steps.append(try take(Choice(.clock), label: label)) }
    return steps
  }

  private mutating func move(
    _ session: Int, _ extent: Timeline.Extent, label: String?
  ) throws(Divergence) -> [Step] {
    var steps = [try take(nextChoice(of: session), label: label)]
    while true {
      let isEnded = state.controls[session].status != .ready
      let canStep = !isEnded && enabled().contains(Choice(.step, session: session))
      switch extent {
      case .untilEndOrWait:
        if !canStep { return steps }
      case .completion:
        if isEnded { return steps }
      case .waiting:
        if isEnded {
          throw Divergence(
            step: count + 1, wanted: machine.model.sessions[session].name,
            reason: "\(machine.model.sessions[session].name) has ended without waiting")
        }
        if !canStep { return steps }
      case .steps(let wanted):
        if steps.count >= wanted { return steps }
      }
      if steps.count >= Self.stepsLimit {
        throw Divergence(
          step: count + 1, wanted: machine.model.sessions[session].name,
          reason: "it has taken \(Self.stepsLimit) steps without an end")
      }
      steps.append(try take(nextChoice(of: session), label: label))
    }
  }

  /// The most steps of one session that an entry without a number stands for.
  private static let stepsLimit = 100_000

  /// The session's step; its failure, if it waits in a deadlock.
  private mutating func nextChoice(of session: Int) -> Choice {
    let step = Choice(.step, session: session)
    let victim = Choice(.victim, session: session)
    let choices = enabled()
    if choices.contains(step) { return step }
    if choices.contains(victim) { return victim }
    // The time that its wait may take is all that is left to it.
    let timeout = choices.first { Int($0.session) == session && $0.kind.timeout != nil }
    return timeout ?? step
  }
}
