import Synchronization
import Writers

/// The steps from states whose every step is remembered, on packed states.
///
/// Here a search spends its time once it is in its stride. So tables are read through plain pointers, no references are
/// counted (which threads would do by turns on one cache line), and nothing is allocated:
///
///     packed state              view │ part part │ part … │ name name name name │ …
///     each ready session        (view, place, part) ──▶ entry of the memo ──▶ outcomes
///     each outcome              the words with another view and part, places exchanged, runs sorted
///
/// What is not remembered, or needs a closer look, is left to ``ComponentSystem``, which does the same with whole states.
///
/// - Note: It works as long as the tables are there whose readers it has been given.
struct RememberedSteps: ~Copyable {
  private struct Step: BitwiseCopyable {
    var choice: Choice
    /// The place of the first session like the one that acts; -1 for the clock.
    var place: Int32
    /// The session whose twins are left out.
    var session: Int32
    var outcome: TransitionMemo.Outcome
  }

  private let sessionCount: Int
  private let usesSymmetry: Bool
  private let wordCount: Int
  /// For each place, the one before it whose session it can be exchanged with, or -1.
  private let previous: UnsafeMutablePointer<Int32>
  private let views: ComponentTable.Reader
  private let privateParts: ComponentTable.Reader
  private let moves: ComponentTable.Reader
  private let memo: TransitionMemo.Reader

  private let steps: UnsafeMutablePointer<Step>
  private var stepCount = 0
  /// For each session, the first of its twins, and for that one how many they are.
  private let firstTwins: UnsafeMutablePointer<Int32>
  private let twinCounts: UnsafeMutablePointer<Int32>
  /// The words of the states that the steps lead to, and what is noted of them.
  private let targets: UnsafeMutablePointer<UInt64>
  private let found: UnsafeMutablePointer<Expansion.Target>
  private let unmoved: UnsafeMutablePointer<UInt64>
  /// What reading ahead has come to, which means nothing.
  private var touched: UInt64 = 0

  init(
    previous: [Int], usesSymmetry: Bool, views: ComponentTable.Reader,
    privateParts: ComponentTable.Reader, moves: ComponentTable.Reader, memo: TransitionMemo.Reader
  ) {
    sessionCount = previous.count
    self.usesSymmetry = usesSymmetry
    wordCount =
      1 + (sessionCount + 1) / 2 + (usesSymmetry ? 0 : (sessionCount + 3) / 4)
    self.views = views
    self.privateParts = privateParts
    self.moves = moves
    self.memo = memo
    self.previous = .allocate(capacity: sessionCount + 1)
    for place in previous.indices {
      (self.previous + place).initialize(to: Int32(previous[place]))
    }
    let stepLimit = sessionCount * ComponentSystem.kinds.count + 1
    steps = .allocate(capacity: stepLimit)
    firstTwins = .allocate(capacity: sessionCount + 1)
    twinCounts = .allocate(capacity: sessionCount + 1)
    targets = .allocate(capacity: stepLimit * wordCount)
    found = .allocate(capacity: stepLimit)
    unmoved = .allocate(capacity: wordCount)
  }

  deinit {
    previous.deallocate()
    steps.deallocate()
    firstTwins.deallocate()
    twinCounts.deallocate()
    targets.deallocate()
    found.deallocate()
    unmoved.deallocate()
  }

  static func view(of words: UnsafePointer<UInt64>) -> UInt32 {
    UInt32(truncatingIfNeeded: words[0])
  }

  // MARK: Finding

  /// Reads where the steps from a state are remembered, so that they are at hand when it is that state's turn.
  mutating func touch(_ words: UnsafePointer<UInt64>) {
    let view = Self.view(of: words)
    let runs = views.words(view)
    for session in 0..<sessionCount {
      let place = Int(truncatingIfNeeded: runs[1 + session] >> 32)
      touched ^= memo.touch(view: view, place: place, part: Self.part(session, of: words))
    }
  }

  /// Finds what becomes of all choices in a state.
  ///
  /// Returns false if a closer look is needed: something is not remembered, nobody can step, a cycle of waits must be
  /// broken, an error is one that nobody handles, a wait may be put off, or a step has changed what others see.
  mutating func find(in words: UnsafePointer<UInt64>, delaysWaits: Bool) -> Bool {
    let view = Self.view(of: words)
    let runs = views.words(view)
    stepCount = 0
    var canStep = false
    for session in 0..<sessionCount {
      let part = Self.part(session, of: words)
      let standing = ComponentSystem.Standing(rawValue: privateParts.note(part))
      if standing.contains(.hasUnhandledError) { return false }
      guard standing.contains(.isReady) else { continue }
      let place = Int(runs[1 + session] >> 32)
      if place != session && isTwin(session, part, words) { continue }
      firstTwins[session] = Int32(truncatingIfNeeded: session)
      twinCounts[session] = 1
      let memoPlace =
        standing.contains(.isReader) && isLastReader(session, part, words)
        ? place | TransitionMemo.lastReaderBit : place
      guard let number = memo.number(view: view, place: memoPlace, part: part) else { return false }
      let entry = memo[number]
      var left = entry.choices
      while left != 0 {
        let bit = UInt8(truncatingIfNeeded: left.trailingZeroBitCount)
        left &= left &- 1
        guard let outcome = entry.outcome(of: bit), outcome.relabels < 0 else { return false }
        var choice = Choice(.step, session: session)
        if bit == 0 {
          if outcome.isLate && delaysWaits { return false }
          canStep = true
        } else {
          guard let kind = Choice.Kind(rawValue: bit), kind != .victim else { return false }
          choice.kind = kind
        }
        steps[stepCount] = Step(
          choice: choice, place: Int32(truncatingIfNeeded: place),
          session: Int32(truncatingIfNeeded: session), outcome: outcome)
        stepCount += 1
      }
    }
    guard canStep else { return false }
    return !ComponentSystem.ViewNote(rawValue: views.note(view)).contains(.canMoveClock)
      || findClock(view)
  }

  private mutating func findClock(_ view: UInt32) -> Bool {
    guard let number = memo.number(view: view, place: sessionCount, part: 0),
      let outcome = memo[number].outcome(of: 0), outcome.relabels < 0
    else { return false }
    steps[stepCount] = Step(choice: Choice(.clock), place: -1, session: -1, outcome: outcome)
    stepCount += 1
    return true
  }

  /// Counts a session that is like the one before it.
  @inline(__always)
  private func isTwin(_ session: Int, _ part: UInt32, _ words: UnsafePointer<UInt64>) -> Bool {
    let before = Int(previous[session])
    guard usesSymmetry, before >= 0, Self.part(before, of: words) == part else { return false }
    let first = firstTwins[before]
    firstTwins[session] = first
    twinCounts[Int(first)] += 1
    return true
  }

  /// Whether no other session has the label of a reader.
  private func isLastReader(
    _ session: Int, _ part: UInt32, _ words: UnsafePointer<UInt64>
  ) -> Bool {
    let label = self.label(of: part)
    for other in 0..<sessionCount where other != session {
      let otherPart = Self.part(other, of: words)
      if otherPart == part { return false }
      let standing = ComponentSystem.Standing(rawValue: privateParts.note(otherPart))
      if standing.contains(.isReader), self.label(of: otherPart) == label { return false }
    }
    return true
  }

  private func label(of part: UInt32) -> UInt32 {
    let words = privateParts.words(part)
    return ComponentSystem.PartTail(words[words.count - 1]).label
  }

  // MARK: Taking

  /// Takes the steps that were found last, and notes where they lead.
  func take(
    from words: UnsafePointer<UInt64>, _ rules: borrowing Expansion.Rules,
    to expansion: inout Expansion
  ) {
    let start = expansion.words.count
    let runs = views.words(Self.view(of: words))
    var position = 0
    for index in 0..<stepCount {
      let step = steps[index]
      let note = ComponentSystem.ViewNote(rawValue: views.note(step.outcome.view))
      if rules.leavesOut(note.openWork) { continue }
      let target = targets + position * wordCount
      target.update(from: words, count: wordCount)
      if step.place >= 0 {
        let place = Int(step.place)
        let session = Int(step.session)
        if place != session { exchange(place, session, target) }
        Self.setPart(place, to: step.outcome.part, target)
      }
      target[0] = UInt64(step.outcome.view)
      if step.outcome.moves >= 0 { move(target, by: moves.words(UInt32(step.outcome.moves))) }
      if note.contains(.hasRuns) {
        sortRuns(
          target, step.outcome.view == Self.view(of: words) ? runs : views.words(step.outcome.view))
      }
      found[position] = Expansion.Target(
        fingerprint: Fingerprint(UnsafeBufferPointer(start: target, count: wordCount)),
        choice: step.choice, isChanged: step.outcome.isChanged,
        multiplicity: step.session >= 0 ? Int(twinCounts[Int(step.session)]) : 1,
        wordsEnd: start + (position + 1) * wordCount)
      position += 1
    }
    expansion.targets.append(contentsOf: UnsafeBufferPointer(start: found, count: position))
    expansion.words.append(
      contentsOf: UnsafeBufferPointer(start: targets, count: position * wordCount))
    expansion.looks.append(
      Expansion.Look(
        brokenEnd: expansion.broken.count, targetEnd: expansion.targets.count, isFinal: false,
        isEnd: false, hasChoices: true))
  }

  /// Has each session stand where it has gone.
  private func move(
    _ target: UnsafeMutablePointer<UInt64>, by sources: UnsafeBufferPointer<UInt64>
  ) {
    unmoved.update(from: target, count: wordCount)
    for place in 0..<sessionCount {
      let source = Int(truncatingIfNeeded: sources[place])
      guard source != place else { continue }
      Self.setPart(place, to: Self.part(source, of: unmoved), target)
      if !usesSymmetry { setName(place, to: name(source, of: unmoved), target) }
    }
  }

  /// Sorts the sessions with the same public part by their private ones, or by their names.
  private func sortRuns(
    _ target: UnsafeMutablePointer<UInt64>, _ runs: UnsafeBufferPointer<UInt64>
  ) {
    for session in 0..<sessionCount where Int(runs[1 + session] >> 32) != session {
      let run = runs[1 + session] >> 32
      var place = session
      var before = Int(previous[place])
      while before >= 0, runs[1 + before] >> 32 == run, isLess(place, before, target) {
        exchange(place, before, target)
        place = before
        before = Int(previous[place])
      }
    }
  }

  @inline(__always)
  private func isLess(_ place: Int, _ other: Int, _ words: UnsafeMutablePointer<UInt64>) -> Bool {
    if !usesSymmetry { return name(place, of: words) < name(other, of: words) }
    let left = Self.part(place, of: words)
    let right = Self.part(other, of: words)
    return left != right && privateParts.isLess(left, right)
  }

  @inline(__always)
  private func exchange(_ place: Int, _ other: Int, _ words: UnsafeMutablePointer<UInt64>) {
    let part = Self.part(place, of: words)
    Self.setPart(place, to: Self.part(other, of: words), words)
    Self.setPart(other, to: part, words)
    if usesSymmetry { return }
    let name = self.name(place, of: words)
    setName(place, to: self.name(other, of: words), words)
    setName(other, to: name, words)
  }

  // MARK: Packed states

  /// Two parts lie in a word, behind the view's.
  @inline(__always)
  private static func part(_ place: Int, of words: UnsafePointer<UInt64>) -> UInt32 {
    UInt32(truncatingIfNeeded: words[1 + place >> 1] >> UInt64((place & 1) << 5))
  }

  @inline(__always)
  private static func setPart(_ place: Int, to part: UInt32, _ words: UnsafeMutablePointer<UInt64>)
  {
    let shift = UInt64((place & 1) << 5)
    let word = words[1 + place >> 1]
    words[1 + place >> 1] = word & ~(0xFFFF_FFFF << shift) | UInt64(part) << shift
  }

  /// Four names lie in a word, behind the parts.
  @inline(__always)
  private func name(_ place: Int, of words: UnsafePointer<UInt64>) -> UInt16 {
    let word = words[1 + (sessionCount + 1) / 2 + place >> 2]
    return UInt16(truncatingIfNeeded: word >> UInt64((place & 3) << 4))
  }

  @inline(__always)
  private func setName(_ place: Int, to name: UInt16, _ words: UnsafeMutablePointer<UInt64>) {
    let shift = UInt64((place & 3) << 4)
    let index = 1 + (sessionCount + 1) / 2 + place >> 2
    words[index] = words[index] & ~(0xFFFF << shift) | UInt64(name) << shift
  }
}

extension ComponentSystem {
  mutating func expandSources(
    of expansion: inout Expansion, _ rules: borrowing Expansion.Rules,
    _ scratch: inout ExpansionScratch<State>
  ) {
    expansion.removeFindings()
    let takesRemembered = rules.wantsStatesOnly && !quietSteps.isReady
    for position in expansion.sources.indices {
      if takesRemembered {
        if position + 1 < expansion.sources.count {
          rememberedSteps.touch(expansion.sources[position + 1].words + 1)
        }
        if expandRemembered(position, of: &expansion, rules) { continue }
      }
      expand(position, of: &expansion, rules, &scratch)
    }
  }

  /// Expands a state in which nothing is broken and all steps are remembered; returns false if it is no such state.
  private mutating func expandRemembered(
    _ position: Int, of expansion: inout Expansion, _ rules: borrowing Expansion.Rules
  ) -> Bool {
    let source = expansion.sources[position]
    let words = source.words + 1
    if source.isChanged {
      let view = Int(RememberedSteps.view(of: words))
      // The first list of broken properties is the empty one.
      guard view < facts.count, facts[view].always == 0 else { return false }
    }
    guard rememberedSteps.find(in: words, delaysWaits: rules.delaysWaits) else { return false }
    rememberedSteps.take(from: words, rules, to: &expansion)
    return true
  }
}
