package import SQL
import Store

/// Runs a spec as isolationtester does, and gives what it prints.
///
///     var runner = try SpecRunner(compiled)
///     let output = runner.run()
///
/// Source: `src/test/isolation/isolationtester.c`.
package struct SpecRunner {
  /// What a run has printed.
  package struct Output: Hashable, Sendable {
    package var text: String
    /// How many permutations were begun.
    package var permutations: Int
    /// Whether the file was run to its end.
    package var isComplete: Bool
    /// Whether the caller has put an end to it.
    package var isCancelled = false
    /// Why the run could not go on, where something is not simulated.
    package var refusal: Diagnostic?
  }

  private let compiled: CompiledSpec
  private let spec: Spec
  private var server: SpecServer
  private var text = ""
  private var permutations = 0
  private var refusal: Diagnostic?
  private var isCancelled: () -> Bool = { false }
  private var wasCancelled = false
  /// For each session, the step that it is at (a position in ``launched``).
  private var activeStep: [Int?]
  /// How many notices each session has had.
  private var noticeCounts: [Int]
  private var hasNewNotice = false
  /// The steps of the permutation.
  private var launched: [Launched] = []

  /// A step of a permutation that is run.
  private struct Launched {
    var session: Int
    var step: Int
    var name: String
    var blockers: [Blocker]
  }

  private enum Blocker {
    case once
    case step(session: Int, step: Int)
    case notices(session: Int, count: Int, target: Int)
  }

  /// Thrown where isolationtester exits.
  private struct Exit: Error {}

  /// - Throws: where the spec's tables cannot be set up at all.
  package init(_ compiled: CompiledSpec) throws(Diagnostic) {
    self.compiled = compiled
    spec = compiled.spec
    server = try SpecServer(compiled)
    activeStep = Array(repeating: nil, count: compiled.sessions.count)
    noticeCounts = Array(repeating: 0, count: compiled.sessions.count)
  }

  /// Runs all permutations; `isCancelled` is asked before each step whether to stop there.
  package mutating func run(isCancelled: @escaping () -> Bool = { false }) -> Output {
    self.isCancelled = isCancelled
    defer { self.isCancelled = { false } }
    printUnusedSteps()
    text += "Parsed test spec with \(spec.sessions.count) sessions\n"
    var isComplete = true
    do throws(Exit) {
      if spec.permutations.isEmpty {
        var piles = Array(repeating: 0, count: spec.sessions.count)
        var steps: [Launched] = []
        try runAll(&piles, &steps)
      } else {
        for permutation in spec.permutations { try run(permutation.steps.map(launched)) }
      }
    } catch {
      isComplete = false
    }
    return Output(
      text: text, permutations: permutations, isComplete: isComplete, isCancelled: wasCancelled,
      refusal: refusal)
  }

  private mutating func printUnusedSteps() {
    guard !spec.permutations.isEmpty else { return }
    let used = Set(spec.permutations.flatMap(\.steps).map(\.name.text))
    let unused = spec.sessions.flatMap(\.steps).map(\.name.text).filter { !used.contains($0) }
    let sorted = unused.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in sorted { text += "unused step name: \(name)\n" }
  }

  private func launched(_ step: SpecPermutation.Step) -> Launched {
    let place = spec.place(ofStep: step.name.text) ?? (0, 0)
    let blockers: [Blocker] = step.blockers.map { blocker in
      switch blocker {
      case .once: return .once
      case .step(let name):
        let other = spec.place(ofStep: name.text) ?? (0, 0)
        return .step(session: other.session, step: other.step)
      case .notices(let name, let count):
        let other = spec.place(ofStep: name.text) ?? (0, 0)
        return .notices(session: other.session, count: count, target: -1)
      }
    }
    return Launched(
      session: place.session, step: place.step, name: step.name.text, blockers: blockers)
  }

  /// All orders of all steps, those of each session in their order, the first sessions first.
  private mutating func runAll(_ piles: inout [Int], _ steps: inout [Launched]) throws(Exit) {
    var isEnd = true
    for session in spec.sessions.indices where piles[session] < spec.sessions[session].steps.count {
      isEnd = false
      let step = piles[session]
      let name = spec.sessions[session].steps[step].name.text
      steps.append(Launched(session: session, step: step, name: name, blockers: []))
      piles[session] += 1
      try runAll(&piles, &steps)
      piles[session] -= 1
      steps.removeLast()
    }
    if isEnd { try run(steps) }
  }

  // MARK: A permutation

  private mutating func run(_ steps: [Launched]) throws(Exit) {
    permutations += 1
    launched = steps
    text += "\nstarting permutation:" + steps.map { " " + $0.name }.joined() + "\n"
    for setup in compiled.setups {
      if let error = runAtOnce(setup, session: compiled.control) {
        text += "setup failed: \(Self.message(error))"
        throw Exit()
      }
    }
    for (session, strings) in compiled.sessions.enumerated() {
      guard let setup = strings.setup, let error = runAtOnce(setup, session: session) else {
        continue
      }
      text += "setup of session \(spec.sessions[session].name.text) failed: \(Self.message(error))"
      throw Exit()
    }
    var waiting: [Int] = []
    for position in steps.indices { try launch(position, &waiting) }
    try completeSteps(&waiting, mayBlock: false)
    guard waiting.isEmpty else {
      text += "failed to complete permutation due to mutually-blocking steps\n"
      throw Exit()
    }
    tearDown()
  }

  private mutating func tearDown() {
    for (session, strings) in compiled.sessions.enumerated() {
      guard let teardown = strings.teardown, let error = runAtOnce(teardown, session: session)
      else { continue }
      let name = spec.sessions[session].name.text
      text += "teardown of session \(name) failed: \(Self.message(error))"
    }
    guard let teardown = compiled.teardown else { return }
    if let error = runAtOnce(teardown, session: compiled.control) {
      text += "teardown failed: \(Self.message(error))"
    }
  }

  /// As libpq puts an error into words.
  private static func message(_ error: SQLError) -> String {
    var text = "ERROR:  \(error.message)\n"
    if let detail = error.detail { text += "DETAIL:  \(detail)\n" }
    if let hint = error.hint { text += "HINT:  \(hint)\n" }
    return text
  }

  /// Sends a string and waits for its end; prints its last result.
  private mutating func runAtOnce(_ string: SpecString, session: Int) -> SQLError? {
    var last: Answer?
    for part in string.parts {
      guard server.send(part, to: session) else {
        last = nil
        if session != compiled.control, let notice = server.notice(of: part) {
          show(notice: notice, of: session)
        }
        if let error = server.apply(part) { return error }
        continue
      }
      while server.isBusy(session) {
        if !server.advanceToTimer(before: .max) { server.cancel(session) }
      }
      for message in server.takeMessages(session) {
        switch message {
        case .notice(let text): if session != compiled.control { show(notice: text, of: session) }
        case .answer(let answer): last = answer
        case .error(let error): return error
        }
      }
    }
    if let last { show(last) }
    return nil
  }

  // MARK: Launching and waiting

  /// How long isolationtester waits between two looks at a step, in microseconds.
  private static let look: Int64 = 10_000
  /// How long a question and its answer take.
  private static let trip: Int64 = 400
  /// After so long a step is cancelled, and after twice as long the tester gives up.
  private static let patience: Int64 = 300_000_000

  private mutating func launch(_ position: Int, _ waiting: inout [Int]) throws(Exit) {
    if isCancelled() {
      wasCancelled = true
      throw Exit()
    }
    let session = launched[position].session
    let start = server.now
    while let old = activeStep[session] {
      if try !isIncomplete(old, mayBlock: false, isRetry: true) {
        waiting.removeAll { $0 == old }
      }
      try completeSteps(&waiting, mayBlock: true)
      guard activeStep[session] != nil else { break }
      // Held up by a blocker.
      server.advance(microseconds: Self.look)
      if server.now - start > 2 * Self.patience { throw giveUp(launched[old]) }
    }
    let string = compiled.sessions[session].steps[launched[position].step]
    if let part = string.parts.first { _ = server.send(part, to: session) }
    activeStep[session] = position
    for (index, blocker) in launched[position].blockers.enumerated() {
      if case .notices(let other, let count, _) = blocker {
        launched[position].blockers[index] = .notices(
          session: other, count: count, target: count + noticeCounts[other])
      }
    }
    let mustWait = try isIncomplete(position, mayBlock: true, isRetry: false)
    try completeSteps(&waiting, mayBlock: true)
    if mustWait { waiting.append(position) }
  }

  private mutating func refuse(_ error: SQLError, _ step: Launched) -> Exit {
    refusal = Diagnostic(
      .unsupportedStatement, "step `\(step.name)` cannot be run: \(error.message)",
      at: spec.sessions[step.session].steps[step.step].block.span,
      help: "leave the permutations out that come here, or ask for something else")
    return Exit()
  }

  private mutating func giveUp(_ step: Launched) -> Exit {
    text +=
      "step \(step.name) timed out after \(2 * Self.patience / 1_000_000) seconds\n"
    return Exit()
  }

  /// Completes those of the waiting steps that can be (`try_complete_steps`).
  private mutating func completeSteps(_ waiting: inout [Int], mayBlock: Bool) throws(Exit) {
    var count: Int
    var hasBlocker: Bool
    repeat {
      count = waiting.count
      hasBlocker = false
      hasNewNotice = false
      var index = 0
      while index < waiting.count {
        if try isIncomplete(waiting[index], mayBlock: mayBlock, isRetry: true) {
          if !launched[waiting[index]].blockers.isEmpty { hasBlocker = true }
          index += 1
        } else {
          waiting.remove(at: index)
        }
      }
    } while hasBlocker && (waiting.count < count || hasNewNotice)
  }

  /// Waits for a step, and prints it when it is done (`try_complete_step`).
  ///
  /// - Returns: Whether it is not done.
  private mutating func isIncomplete(
    _ position: Int, mayBlock: Bool, isRetry: Bool
  ) throws(Exit) -> Bool {
    let step = launched[position]
    let isHeld = step.blockers.contains { if case .once = $0 { true } else { false } }
    if !isRetry, isHeld {
      printWaiting(step)
      server.advance(microseconds: Self.trip)
      return true
    }
    if try !awaitResult(of: step, mayBlock: mayBlock, isRetry: isRetry) || hasBlocker(step) {
      if !isRetry { printWaiting(step) }
      return true
    }
    let line = isRetry ? "<... completed>" : sql(of: step)
    text += "step \(step.name): \(line)\n"
    showMessages(of: step)
    while server.isBusy(step.session) {
      // The results have begun to come: the tester takes them all, without a look at locks.
      guard server.advanceToTimer(before: .max) else {
        text += "isolationtester: step \(step.name) does not end\n"
        throw Exit()
      }
      showMessages(of: step)
    }
    if let error = server.refusal { throw refuse(error, step) }
    if let reason = server.refusalReason {
      refusal = reason
      throw Exit()
    }
    showNotifications(to: step.session)
    activeStep[step.session] = nil
    server.advance(microseconds: Self.trip)
    return false
  }

  /// Waits until the first result of a step has come.
  ///
  /// - Returns: False if the step waits for another session, and that is what the tester wants to know.
  private mutating func awaitResult(
    of step: Launched, mayBlock: Bool, isRetry: Bool
  ) throws(Exit) -> Bool {
    let start = server.now
    var isCancelled = false
    while true {
      printNotices(of: step.session)
      if server.hasResult(step.session) { return true }
      if mayBlock {
        server.advance(microseconds: Self.look - 100)
        if server.isBlocked(step.session) {
          printNotices(of: step.session)
          server.advance(microseconds: Self.trip)
          return false
        }
        if server.hasResult(step.session) { continue }
      }
      let limit = start + (isCancelled ? 2 : 1) * Self.patience
      if server.advanceToTimer(before: limit) { continue }
      if isCancelled { throw giveUp(step) }
      isCancelled = true
      text += "isolationtester: canceling step \(step.name) after 300 seconds\n"
      server.advance(microseconds: max(limit - server.now, 0))
      if server.isBusy(step.session) { server.cancel(step.session) }
    }
  }

  /// Whether something keeps a step that is done from being reported.
  private func hasBlocker(_ step: Launched) -> Bool {
    step.blockers.contains { blocker in
      switch blocker {
      case .once: false
      case .step(let session, let other):
        activeStep[session].map { launched[$0].step == other } ?? false
      case .notices(let session, _, let target): noticeCounts[session] < target
      }
    }
  }

  // MARK: Printing

  private func sql(of step: Launched) -> String {
    spec.sessions[step.session].steps[step.step].block.text
  }

  private mutating func printWaiting(_ step: Launched) {
    text += "step \(step.name): \(sql(of: step)) <waiting ...>\n"
  }

  private mutating func printNotices(of session: Int) {
    for notice in server.takeNotices(session) { show(notice: notice, of: session) }
  }

  private mutating func showMessages(of step: Launched) {
    for message in server.takeMessages(step.session) {
      switch message {
      case .notice(let text): show(notice: text, of: step.session)
      case .answer(let answer): show(answer)
      case .error(let error): text += "ERROR:  \(error.message)\n"
      }
    }
  }

  /// What was sent to a session is read when a step of its own is done.
  private mutating func showNotifications(to session: Int) {
    for sent in server.takeNotifications(session) {
      let sender = Int(sent.sender)
      let name =
        spec.sessions.indices.contains(sender)
        ? spec.sessions[sender].name.text : "control connection"
      text +=
        "\(spec.sessions[session].name.text): NOTIFY \"\(sent.channel.asText ?? "")\" with payload "
        + "\"\(sent.payload.asText ?? "")\" from \(name)\n"
    }
  }

  private mutating func show(notice: String, of session: Int) {
    text += "\(spec.sessions[session].name.text): \(notice)\n"
    noticeCounts[session] += 1
    hasNewNotice = true
  }

  private mutating func show(_ answer: Answer) {
    let program = compiled.model.program
    text += ResultTable.text(answer, catalog: program.types, format: program.format)
  }
}
