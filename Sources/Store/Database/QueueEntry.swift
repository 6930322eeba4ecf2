/// A session's place in a queue, as ``Canonicalizer/appendSession(_:of:to:)`` writes it: the one thing in a session's
/// words that depends on where others stand.
///
/// Only waits for a row in an ordered queue and requests for an object that are not granted have one.
package struct QueueEntry: Hashable, Sendable {
  /// What the queue is for, and which of the row's queues it is.
  package struct Queue: Hashable, Sendable {
    var first: UInt64
    var second: UInt64
  }

  package let queue: Queue
  /// Neighbours in the queue that hold nothing and have this in common are in each other's way alike, so that only who
  /// is first among them matters; `nil` if they are not in each other's way.
  package let order: UInt64?
  /// The word with the place, from the beginning of the section.
  private let word: Int
  private let shift: UInt64
  /// What stands there for the first in the queue.
  private let bias: UInt64

  private static let placeMask: UInt64 = 0xFFFF
  // Behind the flags come the counts and the starts, then the wait.
  private static let waitOffset = 3

  /// Reads a section whose words about the transaction begin at a position; `nil` if no place matters.
  package init?(section: ArraySlice<UInt64>, transactionStart: Int) {
    let flags = section[section.startIndex + transactionStart]
    let wait = DatabaseState.WaitKind(rawValue: UInt8(flags >> 8 & 7))
    word = transactionStart + Self.waitOffset + (wait == .object ? 1 : 0)
    switch wait {
    case .row:
      let place = DatabaseState.QueuePlace(rawValue: UInt8(flags >> 61))
      guard place == .queued || place == .previous else { return nil }
      shift = 48
      bias = 1
      let row = section[section.startIndex + word] & ~(Self.placeMask << shift)
      queue = Queue(first: place == .queued ? 1 : 2, second: row)
      let isStuck = section[section.startIndex + transactionStart + 2] >> 63
      let mode = flags >> 11 & 7
      let isInTheWay =
        RowLockMode(rawValue: UInt8(mode)).map { $0.conflicts(with: $0) } ?? false
      // Who stays on a version keeps its place when others go to the newest one.
      order = isInTheWay && isStuck == 0 ? mode << 1 | (flags >> 7 & 1) : nil
    case .object:
      let request = section[section.startIndex + word]
      guard request >> 17 & 1 == 0 else { return nil }
      shift = 32
      bias = 0
      queue = Queue(
        first: 3 | (request & 0xFF) << 8, second: section[section.startIndex + word - 1])
      let mode = request >> 8 & 0xFF
      let isDoomed = request >> 18 & 1 == 1
      let isInTheWay =
        ObjectLockMode(rawValue: UInt8(mode)).map { $0.conflicts.contains($0.bit) } ?? false
      order = isInTheWay && !isDoomed ? mode : nil
    default: return nil
    }
  }

  /// The number of those before it in the queue.
  package func place(in section: ArraySlice<UInt64>) -> Int {
    Int(section[section.startIndex + word] >> shift & Self.placeMask) - Int(bias)
  }

  /// Whether the queue is that of a table or an advisory lock.
  package var isForObject: Bool { queue.first & 3 == 3 }

  /// Writes another place into the section.
  package func set(_ place: Int, in section: inout ContiguousArray<UInt64>) {
    section[word] &= ~(Self.placeMask << shift)
    section[word] |= (UInt64(place) + bias) << shift
  }

  /// Whether the session of the section has no writes and no locks.
  package static func holdsNothing(
    _ section: ArraySlice<UInt64>, transactionStart: Int
  ) -> Bool {
    let counts = section[section.startIndex + transactionStart + 1]
    return counts & 0xFFFF_FFFF == 0 && counts >> 48 == 0
  }
}
