import SQL
import Store
import Writers

/// A model as the search sees it, each state a few numbers.
///
/// The *view* is what is shared together with what each session lets others notice; beside it stands one number
/// for each session, that of its private part:
///
///     view 12      tables … │ – │ locks row 1 │ – │ waits for row 1
///     parts                   4      9          4      7
///
/// A session's step depends on the view and on its own part, and changes nothing else (``StateParts``). So what
/// became of them is remembered (``TransitionMemo``): the machine carries out each step once for each view that
/// it is met in, not once for each state.
///
/// Identical sessions are sorted by their public parts, then by their private ones. Where states that differ by an
/// exchange of identical sessions are to be different, they are sorted all the same, so that more is remembered, and
/// each place carries its session's name.
struct ComponentSystem: TransitionSystem, ~Copyable {
  typealias Own = MachineState

  struct State {
    var view: UInt32 = 0
    /// For each place, the number of its session's private part.
    var parts: ContiguousArray<UInt32> = []
    /// For each place, which session stands there; empty if identical ones are exchanged freely.
    var names: ContiguousArray<UInt16> = []
    /// For each place, where its session stood before the step that led here.
    var order: ContiguousArray<UInt16> = []
  }

  /// Where it is noted what the steps depend on and what they change; `nil` if nobody asks.
  var footprint: Footprint?
  /// Whether states are looked at for broken properties.
  var checksProperties = true

  /// What runs the steps that nobody has taken yet.
  var plain: ModelSystem
  let sessionCount: Int
  /// For each place, the one before it whose session it can be exchanged with, or -1.
  let previous: [Int]
  /// States that differ by an exchange of identical sessions are the same.
  let usesSymmetry: Bool

  // What has been met, by this system and its twins.
  private let sharedParts: ComponentTable
  let publicParts: ComponentTable
  /// The note of a private part is its ``Standing``.
  let privateParts: ComponentTable
  /// The first of a view's words is the number of the shared part.
  ///
  /// One for each session follows: the number of its
  /// public part, and above it the first of the sessions with the same public part that it can be exchanged with;
  /// then the labels of readers, which are numbers of public parts (`Readers.swift`).
  /// The note is a ``ViewNote``.
  let views: ComponentTable
  /// For each place the session that has moved there.
  let moves: ComponentTable
  let memo: TransitionMemo

  // Of readers (`Readers.swift`).
  /// What sessions see that hold nothing belongs to their private parts.
  private let hidesReaders: Bool
  let relabelings: ComponentTable
  /// For a private part and a label, the part with that label.
  var relabeledParts: [UInt64: UInt32] = [:]
  /// For a view and a label, the view without it.
  var droppedLabels: [UInt64: TransitionMemo.Outcome] = [:]

  /// Of the views that this system has been asked about.
  var facts: ContiguousArray<ViewFacts> = []
  /// Lists of broken properties.
  var brokenLists: [[Int]] = [[]]

  // What reductions need (`ComponentSystem+Reduction.swift`).
  /// Which waits may be put off; `nil` if none may.
  let waitFacts: WaitFacts?
  /// Lists of places.
  let blockerLists: ComponentTable
  /// For entries of the memo whose session waits, its list; -1 if not asked yet.
  var waiterLists: [Int: Int32] = [:]
  let lateWaits: LateWaits
  // Of latecomers (`Latecomers.swift`).
  /// Whether a search that is resumed has marked them; `nil` if it has known no quiet steps.
  var marksWhenResumed: Bool?
  /// For entries of the memo, the number of the marked part and one, with the highest bit where that is doubtful; 0 if
  /// not asked yet.
  var latecomerMarks: ContiguousArray<UInt32> = []
  var latecomers: [UInt32: Latecomer] = [:]
  /// Steps with which latecomers would begin to wait in the state that is looked at.
  var latecomersWaits: ContiguousArray<Choice> = []
  /// The parts of a state before it has been settled.
  var unsettled: ContiguousArray<UInt32> = []
  var holdingWaiters: [UInt32: [HoldingWaiter]] = [:]
  let quietSteps: QuietSteps
  var settlesQuietly: Bool
  var marks: ContiguousArray<UInt8> = []
  /// The rows that a session held before a step.
  var heldRows: ContiguousArray<UInt64> = []
  /// For each place the memo's entry that was asked for last; it is often asked for again.
  var lastEntries: ContiguousArray<Int>
  var rememberedSteps: RememberedSteps

  // Scratch.
  var machineState = MachineState()
  private var stateParts = StateParts()
  private var words: ContiguousArray<UInt64> = []
  private var viewWords: ContiguousArray<UInt64> = []
  var newParts: ContiguousArray<UInt32> = []
  private var newOrder: ContiguousArray<UInt16> = []
  private var newNames: ContiguousArray<UInt16> = []
  private var newPublics: ContiguousArray<UInt32> = []
  /// For each session the label that it has as a reader; 0 if it is none.
  private var newLabels: ContiguousArray<UInt32> = []
  private var viewLabels: ContiguousArray<UInt32> = []
  private var newWork = OpenWork()
  private var places: ContiguousArray<Int> = []
  var choices: ContiguousArray<Choice> = []
  var masks: ContiguousArray<UInt8> = []
  var twinCounts: ContiguousArray<Int> = []
  private var unnoticed: ContiguousArray<Bool> = []

  /// The place, in the memo, of what no session does.
  private var clockPlace: Int { sessionCount }

  /// With `delaysWaits` waits may be put off, where the model allows it.
  ///
  /// With `takesQuietSteps` what nobody can notice of a session belongs to its private part (``NoticeFacts``), and
  /// each step is followed by all that are quiet then, once they are known.
  init(
    model: Model, options: MachineOptions, delaysWaits: Bool = false,
    takesQuietSteps: Bool = false
  ) {
    var options = options
    usesSymmetry = options.usesSymmetry
    options.usesSymmetry = false
    plain = ModelSystem(model: model, options: options)
    sessionCount = model.sessions.count
    previous = model.identicalBefore
    let facts =
      delaysWaits && !model.canLoop ? WaitFacts(of: model.program, setup: model.setup) : nil
    waitFacts = facts.flatMap { $0.isPossible ? $0 : nil }
    lateWaits = LateWaits()
    // Where a session can go on for ever, so could its quiet steps.
    settlesQuietly = takesQuietSteps && !model.canLoop
    if takesQuietSteps && !model.checksSerializable {
      plain.machine.hide(
        NoticeFacts(
          of: model.program, setup: model.setup, invariants: model.invariants.map(\.query)))
    }
    hidesReaders =
      takesQuietSteps && !model.checksSerializable
      && model.sessions.count < TransitionMemo.lastReaderBit
    relabelings = ComponentTable()
    sharedParts = ComponentTable()
    publicParts = ComponentTable()
    privateParts = ComponentTable()
    views = ComponentTable()
    moves = ComponentTable()
    memo = TransitionMemo()
    blockerLists = ComponentTable()
    quietSteps = QuietSteps()
    lastEntries = ContiguousArray(repeating: 0, count: sessionCount)
    rememberedSteps = RememberedSteps(
      previous: previous, usesSymmetry: usesSymmetry, views: views.reader,
      privateParts: privateParts.reader, moves: moves.reader, memo: memo.reader)
  }

  /// A system with the same numbers for the same parts, for another thread.
  private init(sharing other: borrowing ComponentSystem) {
    plain = other.plain
    sessionCount = other.sessionCount
    previous = other.previous
    usesSymmetry = other.usesSymmetry
    waitFacts = other.waitFacts
    lateWaits = other.lateWaits
    sharedParts = other.sharedParts
    publicParts = other.publicParts
    privateParts = other.privateParts
    views = other.views
    moves = other.moves
    memo = other.memo
    hidesReaders = other.hidesReaders
    relabelings = other.relabelings
    blockerLists = other.blockerLists
    quietSteps = other.quietSteps
    settlesQuietly = other.settlesQuietly
    lastEntries = ContiguousArray(repeating: 0, count: sessionCount)
    rememberedSteps = RememberedSteps(
      previous: previous, usesSymmetry: usesSymmetry, views: views.reader,
      privateParts: privateParts.reader, moves: moves.reader, memo: memo.reader)
    footprint = other.footprint?.twin()
    checksProperties = other.checksProperties
  }

  func twin() -> ComponentSystem { ComponentSystem(sharing: self) }

  var serialOutcomes: SerialOutcomes? {
    get { plain.serialOutcomes }
    set { plain.serialOutcomes = newValue }
  }

  var finalStateObserver: (@Sendable (MachineState, Machine) -> Void)? {
    get { plain.finalStateObserver }
    set { plain.finalStateObserver = newValue }
  }

  /// The memory in use.
  var byteCount: Int {
    sharedParts.byteCount + publicParts.byteCount + privateParts.byteCount + views.byteCount
      + moves.byteCount + relabelings.byteCount + memo.byteCount + blockerLists.byteCount
      + facts.capacity * MemoryLayout<ViewFacts>.stride
  }

  func save(to checkpoint: inout CheckpointWriter) {
    // Other threads may be adding: the views first, as what they are made of was there before them.
    for table in tables { table.save(to: &checkpoint) }
    checkpoint.append(lateWaits.words)
    checkpoint.append(quietSteps.isReady ? marksLatecomers ? 2 : 1 : 0)
  }

  mutating func restore(from checkpoint: inout CheckpointReader) -> Bool {
    guard tables.allSatisfy({ $0.restore(from: &checkpoint) }) else { return false }
    guard lateWaits.restore(checkpoint.run()) else { return false }
    let found = checkpoint.number()
    marksWhenResumed = found == 0 ? nil : found == 2
    return checkpoint.isSound
  }

  private var tables: [ComponentTable] { [views, sharedParts, publicParts, privateParts] }

  var propertyCount: Int { plain.propertyCount }
  func isChecked(_ property: Int) -> Bool { checksProperties && plain.isChecked(property) }
  var endlessProperty: Int? { checksProperties ? plain.endlessProperty : nil }

  // MARK: States

  mutating func initialState() throws(Diagnostic) -> State {
    var state = State()
    let own = try plain.initialState()
    pack(own: own, to: &state)
    return state
  }

  func openWork(in state: State) -> OpenWork {
    ViewNote(rawValue: views.note(state.view)).openWork
  }

  func assign(_ source: State, to target: inout State) {
    target.view = source.view
    target.parts.assign(from: source.parts)
    target.names.assign(from: source.names)
  }

  /// Two numbers to a word, the view's first; then four names to a word.
  func pack(
    _ state: State, to words: inout ContiguousArray<UInt64>, order: inout ContiguousArray<Int>
  ) {
    words.append(UInt64(state.view))
    var position = 0
    while position + 1 < state.parts.count {
      words.append(UInt64(state.parts[position]) | UInt64(state.parts[position + 1]) << 32)
      position += 2
    }
    if position < state.parts.count { words.append(UInt64(state.parts[position])) }
    var names: UInt64 = 0
    for place in state.names.indices {
      names |= UInt64(state.names[place]) << UInt64(16 * (place & 3))
      if place & 3 == 3 || place == state.names.count - 1 {
        words.append(names)
        names = 0
      }
    }
    for session in state.order { order.append(Int(session)) }
  }

  func unpack(_ words: UnsafeBufferPointer<UInt64>, into state: inout State) {
    state.view = UInt32(truncatingIfNeeded: words[0])
    state.parts.removeAll(keepingCapacity: true)
    for session in 0..<sessionCount {
      let word = words[1 + session / 2]
      state.parts.append(UInt32(truncatingIfNeeded: session & 1 == 0 ? word : word >> 32))
    }
    if usesSymmetry { return }
    state.names.removeAll(keepingCapacity: true)
    let start = 1 + (sessionCount + 1) / 2
    for place in 0..<sessionCount {
      let word = words[start + place / 4] >> UInt64(16 * (place & 3))
      state.names.append(UInt16(truncatingIfNeeded: word))
    }
  }

  // MARK: The machine's states

  mutating func initialOwn() throws(Diagnostic) -> MachineState { try plain.initialState() }

  mutating func apply(_ choice: Choice, toOwn state: inout MachineState) {
    _ = plain.apply(choice, to: &state)
  }

  mutating func packOwn(
    _ state: MachineState, to words: inout ContiguousArray<UInt64>,
    order: inout ContiguousArray<Int>
  ) {
    var packed = State()
    pack(own: state, to: &packed)
    pack(packed, to: &words, order: &order)
  }

  /// Numbers the parts of a state of the machine, and sorts its sessions.
  private mutating func pack(own: MachineState, to state: inout State) {
    plain.machine.split(own, into: &stateParts)
    numberPublics(own)
    places.removeAll(keepingCapacity: true)
    var parts: ContiguousArray<UInt32> = []
    for session in 0..<sessionCount {
      places.append(session)
      parts.append(numberPrivate(session))
    }
    sortPlaces { system, left, right in
      system.newPublics[left] != system.newPublics[right]
        ? system.publicParts.isLess(system.newPublics[left], system.newPublics[right])
        : system.usesSymmetry && parts[left] != parts[right]
          && system.privateParts.isLess(parts[left], parts[right])
    }
    state.view = numberView()
    state.parts = ContiguousArray(places.map { parts[$0] })
    state.order = ContiguousArray(places.map { UInt16($0) })
    if !usesSymmetry { state.names = state.order }
  }

  /// Puts a state of the machine together, as identical to the one described as its sessions are to one another.
  mutating func join(view: UInt32, _ parts: ContiguousArray<UInt32>) {
    words.removeAll(keepingCapacity: true)
    sharedParts.append(UInt32(truncatingIfNeeded: views.word(view, 0)), to: &words)
    for session in 0..<sessionCount {
      let standing = self.standing(parts[session])
      if standing.contains(.isLatecomer) {
        words.append(contentsOf: latecomer(parts[session]).words)
      } else if standing.contains(.isReader) {
        let run = privateParts.words(parts[session])
        words.append(contentsOf: UnsafeBufferPointer(rebasing: run[1..<run.count - 1]))
      } else {
        privateParts.append(parts[session], from: 1, to: &words)
      }
      let number = publicPart(of: session, in: view)
      guard number != 0 else { continue }
      let copied = Machine.copiedWords(ofPublicPart: publicParts.word(number, 0))
      publicParts.append(number, from: copied, to: &words)
    }
    words.withUnsafeBufferPointer { plain.machine.unpack($0, into: &machineState) }
  }

  func publicPart(of session: Int, in view: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: views.word(view, 1 + session))
  }

  /// Numbers the public parts of ``stateParts``, which are those of the machine's state, and the labels of readers.
  private mutating func numberPublics(_ own: MachineState) {
    newPublics.removeAll(keepingCapacity: true)
    newLabels.removeAll(keepingCapacity: true)
    newWork = OpenWork()
    for session in 0..<sessionCount {
      let number = publicParts.number(of: stateParts.words, stateParts.publicPart(session))
      if number != 0 { noteWork(of: session, own) }
      let isReader = hidesReaders && number != 0 && plain.machine.isBare(session, in: own)
      newPublics.append(isReader ? 0 : number)
      newLabels.append(isReader ? number : 0)
    }
  }

  private mutating func noteWork(of session: Int, _ own: MachineState) {
    let it = own.database.sessions[session]
    let waits = it.wait != .none
    guard it.phase != .idle, waits || plain.machine.holdsSomething(session, in: own) else { return }
    newWork.all += 1
    if !waits { newWork.goingOn += 1 }
  }

  /// Numbers the private part of a session; what it says depends on the session's program, so that its group stands first.
  private mutating func numberPrivate(_ session: Int) -> UInt32 {
    viewWords.removeAll(keepingCapacity: true)
    viewWords.append(UInt64(plain.machine.model.sessions[session].group))
    viewWords.append(contentsOf: stateParts.words[stateParts.privatePart(session)])
    let status = Machine.status(ofPrivatePart: viewWords[1])
    let error = status == .ended ? Value(bits: viewWords[3]) : .null
    var standing: Standing = status == .ready ? .isReady : []
    if !error.isNull && plain.isUnhandled(error, session: session) {
      standing.insert(.hasUnhandledError)
    }
    if newLabels[session] != 0 {
      standing.insert(.isReader)
      Self.appendLabel(newLabels[session], of: publicParts, to: &viewWords)
    }
    return privateParts.number(of: viewWords, viewWords.indices, note: standing.rawValue)
  }

  func standing(_ part: UInt32) -> Standing {
    Standing(rawValue: privateParts.note(part))
  }

  /// Numbers the view of ``stateParts``, its sessions in the order of ``places``.
  private mutating func numberView() -> UInt32 {
    viewWords.removeAll(keepingCapacity: true)
    viewWords.append(UInt64(sharedParts.number(of: stateParts.shared, stateParts.shared.indices)))
    var note: ViewNote = []
    for session in 0..<sessionCount {
      let part = UInt64(newPublics[places[session]])
      let before = previous[session]
      let joins = before >= 0 && viewWords[1 + before] & 0xFFFF_FFFF == part
      let run = joins ? viewWords[1 + before] >> 32 : UInt64(session)
      if joins { note.insert(.hasRuns) }
      viewWords.append(part | run << 32)
    }
    if Int(stateParts.shared[0]) + 1 < plain.machine.model.clock.count {
      note.insert(.canMoveClock)
    }
    viewLabels.removeAll(keepingCapacity: true)
    for label in newLabels where label != 0 && !viewLabels.contains(label) {
      viewLabels.append(label)
    }
    if !viewLabels.isEmpty {
      viewLabels.sort()
      for label in viewLabels { viewWords.append(UInt64(label)) }
      note.insert(.hasReaders)
    }
    note.insert(newWork)
    return views.number(of: viewWords, viewWords.indices, note: note.rawValue)
  }

  /// Has room for what becomes known of a view.
  mutating func makeRoomForFacts(of view: UInt32) {
    while facts.count <= Int(view) { facts.append(ViewFacts()) }
  }

  /// Sorts ``places`` within each group of identical sessions, leaving equals where they are.
  private mutating func sortPlaces(
    _ isLess: (borrowing ComponentSystem, Int, Int) -> Bool
  ) {
    for position in 0..<sessionCount {
      var place = position
      var before = previous[place]
      while before >= 0, isLess(self, places[place], places[before]) {
        places.swapAt(place, before)
        place = before
        before = previous[place]
      }
    }
  }

  // MARK: Steps

  mutating func apply(_ choice: Choice, to state: inout State) -> Bool {
    let isClock = choice.kind == .clock
    let session = Int(choice.session)
    if choice.kind == .victim, isLatecomer(state.parts[session]) {
      fail(session, in: &state)
      _ = settle(&state)
      return true
    }
    let outcome =
      isClock
      ? clockOutcome(in: state)
      : self.outcome(of: choice.kind, session, entry: entry(of: session, in: state), in: state)
    move(isClock ? nil : session, by: outcome, &state)
    return settle(&state) || outcome.isChanged
  }

  /// What a choice leads to.
  mutating func outcome(
    of kind: Choice.Kind, _ session: Int, entry: Int, in state: State
  ) -> TransitionMemo.Outcome {
    if let known = memo.outcome(of: kind.rawValue, in: entry) { return known }
    let outcome = carryOut(Choice(kind, session: session), in: state)
    memo.remember(outcome, of: kind.rawValue, in: entry)
    return outcome
  }

  /// What the clock's next move leads to; only where it can move.
  mutating func clockOutcome(in state: State) -> TransitionMemo.Outcome {
    let entry = clockEntry(in: state.view)
    if let known = memo.outcome(of: 0, in: entry) { return known }
    let outcome = carryOut(Choice(.clock), in: state)
    memo.remember(outcome, of: 0, in: entry)
    return outcome
  }

  func canMoveClock(_ view: UInt32) -> Bool {
    ViewNote(rawValue: views.note(view)).contains(.canMoveClock)
  }
  func isReady(_ part: UInt32) -> Bool { standing(part).contains(.isReady) }

  private mutating func clockEntry(in view: UInt32) -> Int {
    memo.entry(view: view, place: clockPlace, part: 0)
      ?? memo.add(view: view, place: clockPlace, part: 0, choices: 1)
  }

  /// Has the machine carry out a choice; of sessions that are alike in the view, the first makes it.
  private mutating func carryOut(_ choice: Choice, in state: State) -> TransitionMemo.Outcome {
    let isClock = choice.kind == .clock
    let actor = isClock ? 0 : run(Int(choice.session), in: state.view)
    joinExchanged(isClock ? 0 : Int(choice.session), actor, in: state)
    let facts = choice.kind == .step ? waitFacts : nil
    let beganBefore = facts != nil && plain.machine.isInStatement(actor, in: machineState)
    let wasWaiting = facts != nil && machineState.database.sessions[actor].wait != .none
    let objectLockCount = machineState.database.objectLocks.count
    if let facts { noteHeldRows(of: actor, facts) }
    machineState.database.footprint = footprint
    let isChanged = plain.apply(
      isClock ? choice : Choice(choice.kind, session: actor), to: &machineState)
    machineState.database.footprint = nil
    var outcome = outcomeReached(by: isClock ? nil : actor, from: state.view)
    outcome.isChanged = isChanged
    if let facts { watchRequests(of: actor, facts) }
    if let facts, ![.none, .clock].contains(machineState.database.sessions[actor].wait) {
      outcome.blockers = listBlockers(of: actor)
      outcome.isLate =
        !wasWaiting && machineState.database.objectLocks.count == objectLockCount
        && plain.machine.mayWaitLater(actor, in: machineState, beganBefore: beganBefore, facts)
      if outcome.isLate, !beganBefore,
        !plain.machine.mayWaitLater(
          actor, in: machineState, beganBefore: false, isGuardMoot: false, facts)
      {
        lateWaits.noteGuarded()
      }
    }
    // A number that is drawn before the wait is not drawn by who comes late.
    if outcome.isLate, views.word(outcome.view, 0) != views.word(state.view, 0) {
      outcome.isLate = false
    }
    if facts != nil && !wasWaiting { noteWait(of: actor, isLate: outcome.isLate) }
    assert(changesNoOther(isClock ? nil : actor, by: outcome, in: state.view))
    return outcome
  }

  /// The view of the machine's state, the part of the session that has acted, and what has become of the others, whose
  /// parts were ``newParts`` in a view.
  mutating func outcomeReached(by actor: Int?, from view: UInt32) -> TransitionMemo.Outcome {
    // Who held nothing still does, unless it was the one that acted; of readers with one label one speaks for all.
    unnoticed.removeAll(keepingCapacity: true)
    viewLabels.removeAll(keepingCapacity: true)
    for session in 0..<sessionCount {
      guard session != actor, publicPart(of: session, in: view) == 0 else {
        unnoticed.append(false)
        continue
      }
      let label = self.label(of: newParts[session])
      let isFirst = label != 0 && !viewLabels.contains(label)
      if isFirst { viewLabels.append(label) }
      unnoticed.append(!isFirst)
    }
    plain.machine.split(machineState, into: &stateParts, skipping: unnoticed)
    numberPublics(machineState)
    var outcome = TransitionMemo.Outcome()
    if let actor { outcome.part = numberPrivate(actor) }
    outcome.relabels = relabeling(besides: actor, in: view)
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: 0..<sessionCount)
    sortPlaces { system, left, right in
      system.newPublics[left] != system.newPublics[right]
        && system.publicParts.isLess(system.newPublics[left], system.newPublics[right])
    }
    outcome.view = numberView()
    if places.indices.contains(where: { places[$0] != $0 }) {
      viewWords.removeAll(keepingCapacity: true)
      for place in places { viewWords.append(UInt64(place)) }
      outcome.moves = Int32(moves.number(of: viewWords, viewWords.indices))
    }
    return outcome
  }

  /// The number of the list of labels that have changed; -1 if none has.
  private mutating func relabeling(besides actor: Int?, in view: UInt32) -> Int32 {
    viewWords.removeAll(keepingCapacity: true)
    for session in 0..<sessionCount where session != actor && newLabels[session] != 0 {
      if publicPart(of: session, in: view) != 0 {
        viewWords.append(Relabeling(at: session, newLabels[session]).word)
      } else if label(of: newParts[session]) != newLabels[session] {
        viewWords.append(
          Relabeling(from: label(of: newParts[session]), to: newLabels[session]).word)
      }
    }
    return viewWords.isEmpty ? -1 : Int32(relabelings.number(of: viewWords, viewWords.indices))
  }

  /// Puts a state of the machine together in which two sessions that are alike in the view are exchanged.
  mutating func joinExchanged(_ session: Int, _ other: Int, in state: State) {
    newParts.assign(from: state.parts)
    newParts.swapAt(session, other)
    join(view: state.view, newParts)
  }

  /// Whether a choice has left the private parts of all others as they were, but for their labels, and what they let
  /// others notice empty where it was.
  private mutating func changesNoOther(
    _ actor: Int?, by outcome: TransitionMemo.Outcome, in view: UInt32
  ) -> Bool {
    plain.machine.split(machineState, into: &stateParts)
    numberPublics(machineState)
    for session in 0..<sessionCount where session != actor {
      let before = relabeled(newParts[session], at: session, by: outcome.relabels)
      let part = isLatecomer(before) ? latecomer(before).base : before
      if numberPrivate(session) != part { return false }
      if publicPart(of: session, in: view) == 0 && newPublics[session] != 0 { return false }
    }
    return true
  }

  /// Makes a state what a choice of a session makes of it.
  mutating func move(
    _ session: Int?, by outcome: TransitionMemo.Outcome, _ state: inout State
  ) {
    keepOrder(of: &state)
    moveOn(session, by: outcome, &state)
  }

  /// The same for a state in which it has been noted where sessions stood.
  mutating func moveOn(
    _ session: Int?, by outcome: TransitionMemo.Outcome, _ state: inout State
  ) {
    var place = -1
    if let session {
      place = run(session, in: state.view)
      if place != session {
        exchange(session, place, in: &state)
      }
      state.parts[place] = outcome.part
    }
    if outcome.relabels >= 0 {
      for other in 0..<sessionCount where other != place {
        state.parts[other] = relabeled(state.parts[other], at: other, by: outcome.relabels)
      }
    }
    state.view = outcome.view
    if outcome.moves >= 0 {
      let sources = moves.words(UInt32(outcome.moves))
      newParts.assign(from: state.parts)
      newOrder.assign(from: state.order)
      newNames.assign(from: state.names)
      for target in 0..<sessionCount {
        let source = Int(sources[target])
        state.parts[target] = newParts[source]
        state.order[target] = newOrder[source]
        if !usesSymmetry { state.names[target] = newNames[source] }
      }
    }
    sortRuns(&state)
  }

  /// Notes that sessions stand where they have stood.
  func keepOrder(of state: inout State) {
    state.order.removeAll(keepingCapacity: true)
    for place in 0..<sessionCount { state.order.append(UInt16(truncatingIfNeeded: place)) }
  }

  private func exchange(_ place: Int, _ other: Int, in state: inout State) {
    state.parts.swapAt(place, other)
    state.order.swapAt(place, other)
    if !usesSymmetry { state.names.swapAt(place, other) }
  }

  /// Sorts the sessions with the same public part by their private ones, or by their names.
  func sortRuns(_ state: inout State) {
    let runs = views.words(state.view)
    for session in 0..<sessionCount where Int(runs[1 + session] >> 32) != session {
      let run = runs[1 + session] >> 32
      var place = session
      var before = previous[place]
      while before >= 0, runs[1 + before] >> 32 == run, isLess(place, before, in: state) {
        exchange(place, before, in: &state)
        place = before
        before = previous[place]
      }
    }
  }

  private func isLess(_ place: Int, _ other: Int, in state: State) -> Bool {
    if !usesSymmetry { return state.names[place] < state.names[other] }
    return state.parts[place] != state.parts[other]
      && privateParts.isLess(state.parts[place], state.parts[other])
  }
}
