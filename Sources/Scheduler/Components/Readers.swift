import Store
import Writers

/// Sessions of which nobody notices anything, but by what they can still see.
///
/// A *reader* holds nothing and waits for nothing, and has a snapshot or is about to go on with rows that it has found. All
/// that others have to do with it is that the versions that it can see are kept, and that rows and snapshots are
/// numbered by what is there. Both depend on what readers there are, not on how many there are of each or on who they are.
/// So the words that say what a reader sees, its *label*, are a matter of its private part, and a view has the set of labels:
///
///     view 12      tables … │ – │ locks row 1 │ – │ – ║ labels 3 8
///     parts                   4      9          5   5            p5 = group, private words, label 3
///
/// What does not fit in there is said beside:
///
/// - A step may give labels other numbers, and make a reader of a session that it wakes (``TransitionMemo/Outcome/relabels``).
/// - What a reader's step leads to depends on whether another one has the same label, too: if none has, the
///   label is gone. In the memo the last one of its label stands at a place of its own (``TransitionMemo/lastReaderBit``).
extension ComponentSystem {
  func isReader(_ part: UInt32) -> Bool { standing(part).contains(.isReader) }

  /// The label of a private part; 0 if it is that of no reader.
  func label(of part: UInt32) -> UInt32 {
    guard isReader(part) else { return 0 }
    let words = privateParts.words(part)
    return PartTail(words[words.count - 1]).label
  }

  /// The labels of a view.
  func labels(of view: UInt32) -> Slice<UnsafeBufferPointer<UInt64>> {
    views.words(view).dropFirst(1 + sessionCount)
  }

  func hasReaders(_ view: UInt32) -> Bool {
    ViewNote(rawValue: views.note(view)).contains(.hasReaders)
  }

  /// Whether a session other than the one given has the label.
  func isHeld(_ label: UInt32, besides session: Int, in state: State) -> Bool {
    // Those with the same part mostly stand side by side.
    let part = state.parts[session]
    if self.label(of: part) == label,
      session > 0 && state.parts[session - 1] == part
        || session + 1 < sessionCount && state.parts[session + 1] == part
    {
      return true
    }
    for other in state.parts.indices
    where other != session && self.label(of: state.parts[other]) == label { return true }
    return false
  }

  /// Where a session stands as the memo has it.
  func memoPlace(of session: Int, in state: State) -> Int {
    let place = run(session, in: state.view)
    let label = self.label(of: state.parts[session])
    return label == 0 || isHeld(label, besides: session, in: state)
      ? place : place | TransitionMemo.lastReaderBit
  }

  // MARK: Labels that change

  /// What becomes of a part of somebody else in a step.
  mutating func relabeled(_ part: UInt32, at place: Int, by list: Int32) -> UInt32 {
    guard list >= 0 else { return part }
    let label = self.label(of: part)
    for word in relabelings.words(UInt32(list)) {
      let change = Relabeling(word)
      if change.place.map({ $0 == place }) ?? (change.old == label && label != 0) {
        return labeled(part, change.label)
      }
    }
    return part
  }

  /// A private part with another label, or with the first one.
  private mutating func labeled(_ part: UInt32, _ label: UInt32) -> UInt32 {
    let key = UInt64(part) << 32 | UInt64(label)
    if let known = relabeledParts[key] { return known }
    var words: ContiguousArray<UInt64> = []
    var standing = self.standing(part)
    let base = isLatecomer(part) ? latecomer(part).base : part
    privateParts.append(base, to: &words)
    if standing.contains(.isReader) {
      words.removeLast(words.count - PartTail(words[words.count - 1]).count)
    }
    standing.insert(.isReader)
    Self.appendLabel(label, of: publicParts, to: &words)
    if isLatecomer(part) {
      // Behind the words of the base.
      let old = privateParts.words(part)
      let tail = PartTail(old[old.count - 1])
      let count = words.count
      words.append(contentsOf: old[tail.count..<old.count - 1])
      words.append(PartTail(label: label, count: count, standing: standing).word)
    }
    let number = privateParts.number(of: words, words.indices, note: standing.rawValue)
    relabeledParts[key] = number
    return number
  }

  /// Appends what makes the words of a private part those of a reader.
  ///
  /// The label's words come first, as parts are ordered by their words: numbers say nothing.
  static func appendLabel(
    _ label: UInt32, of publicParts: ComponentTable, to words: inout ContiguousArray<UInt64>
  ) {
    let count = words.count
    let copied = Machine.copiedWords(ofPublicPart: publicParts.word(label, 0))
    publicParts.append(label, from: copied, to: &words)
    words.append(PartTail(label: label, count: count, standing: []).word)
  }

  /// What becomes of the view when a label is gone that nobody in the state has any more.
  mutating func outcome(ofDropping label: UInt32, in state: State) -> TransitionMemo.Outcome {
    let key = UInt64(state.view) << 32 | UInt64(label)
    if let known = droppedLabels[key] { return known }
    join(view: state.view, state.parts)
    newParts.assign(from: state.parts)
    let outcome = outcomeReached(by: nil, from: state.view)
    droppedLabels[key] = outcome
    return outcome
  }

  /// The last word of the private parts of readers and latecomers.
  struct PartTail {
    var label: UInt32
    /// How many words stand before what is added to the part.
    var count: Int
    var standing: Standing

    init(label: UInt32, count: Int, standing: Standing) {
      self.label = label
      self.count = count
      self.standing = standing
    }

    init(_ word: UInt64) {
      label = UInt32(word >> 32)
      count = Int(word >> 8 & 0xFF_FFFF)
      standing = Standing(rawValue: UInt32(word & 0xFF))
    }

    var word: UInt64 { UInt64(label) << 32 | UInt64(count) << 8 | UInt64(standing.rawValue) }
  }

  /// That a label has become another, or that the session at a place has become a reader.
  struct Relabeling {
    var old: UInt32 = 0
    var place: Int?
    var label: UInt32

    init(from old: UInt32, to label: UInt32) {
      self.old = old
      self.label = label
    }

    init(at place: Int, _ label: UInt32) {
      self.place = place
      self.label = label
    }

    init(_ word: UInt64) {
      label = UInt32(truncatingIfNeeded: word)
      if word >> 63 == 1 {
        place = Int(word >> 32 & 0x7FFF_FFFF)
      } else {
        old = UInt32(word >> 32)
      }
    }

    var word: UInt64 {
      UInt64(label) | (place.map { 1 << 63 | UInt64($0) << 32 } ?? UInt64(old) << 32)
    }
  }
}
