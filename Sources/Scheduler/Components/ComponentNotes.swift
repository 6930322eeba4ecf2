/// What is noted of views and private parts.
extension ComponentSystem {
  /// What is known of a view.
  struct ViewFacts: BitwiseCopyable {
    /// Positions in ``brokenLists``; -1 if not asked yet.
    var always: Int32 = -1
    var finally: Int32 = -1
    /// 1 if its deadlock is an unexpected one, 0 if not, -1 if not asked yet.
    var deadlock: Int8 = -1
    /// 1 if only a victim can come next, 0 if not, -1 if not asked yet.
    var doomed: Int8 = -1
  }

  /// What a private part says of its session.
  struct Standing: OptionSet {
    let rawValue: UInt32
    static let isReady = Standing(rawValue: 1)
    static let hasUnhandledError = Standing(rawValue: 2)
    /// It could have begun to wait for a row (`Latecomers.swift`).
    static let isLatecomer = Standing(rawValue: 4)
    /// As a locking SELECT, which keeps its place when the row is updated.
    static let staysOnVersion = Standing(rawValue: 8)
    /// It could have been the victim of a cycle.
    static let mayBeVictim = Standing(rawValue: 16)
    /// It holds nothing and waits for nothing, but can see something (`Readers.swift`).
    static let isReader = Standing(rawValue: 32)
  }

  /// What a view's words say, so that it need not be looked for in them.
  struct ViewNote: OptionSet {
    let rawValue: UInt32
    static let canMoveClock = ViewNote(rawValue: 1)
    /// Sessions that can be exchanged have the same public part.
    static let hasRuns = ViewNote(rawValue: 2)
    /// There are labels behind the sessions' public parts (`Readers.swift`).
    static let hasReaders = ViewNote(rawValue: 4)

    /// How many transactions have written or locked something, or wait, and how many of them do not wait.
    var openWork: OpenWork {
      OpenWork(all: Int(rawValue >> 8 & 0xFFF), goingOn: Int(rawValue >> 20))
    }

    mutating func insert(_ work: OpenWork) {
      let bits = UInt32(min(work.all, 0xFFF)) << 8 | UInt32(min(work.goingOn, 0xFFF)) << 20
      formUnion(ViewNote(rawValue: bits))
    }
  }
}
