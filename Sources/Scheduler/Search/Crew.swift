import Dispatch
import Foundation
import SQL
import Synchronization
import Writers

/// Threads that expand states for a search.
///
///     search       publish 4 │ publish 5 │ finish 3 …            takes expansions in order
///                      ▼          ▼          ▲
///     places      [ 4 ] [ 5 ] [ 2 ] [ 3 ]                        a ring, as long as a search may be ahead
///                      ▲          ▲
///     threads      expand 4    expand 5                          each with a system of its own
///
/// The search's own thread expands as well where it would have to wait.
///
/// The class is checked by hand. A place belongs to the search until it is published, to the one thread that draws
/// its number (``drawn``) until that signals, and then to the search again; the semaphores order what is read and
/// written. A thread's own memory (``Member``) is touched by that thread alone.
final class Crew<System: TransitionSystem & ~Copyable>: @unchecked Sendable {
  /// What a thread works with.
  private struct Member: ~Copyable {
    var system: System
    var scratch: ExpansionScratch<System.State>
  }

  private struct Place {
    var expansion = Expansion()
    var rules: Expansion.Rules?
  }

  /// How many expansions may be published and not yet finished.
  let placeCount: Int
  private let places: UnsafeMutablePointer<Place>
  private let isDone: [DispatchSemaphore]
  private let members: UnsafeMutablePointer<Member>
  private let memberCount: Int
  private let available = DispatchSemaphore(value: 0)
  private let hasEnded = DispatchSemaphore(value: 0)
  private let drawn = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  /// The search's own counts.
  private(set) var published = 0
  private(set) var finished = 0

  /// The stack of a thread, as expressions are evaluated by recursion: what the main thread has.
  private static var stackBytes: Int { 8 << 20 }

  /// Starts threads: so many besides the search's own.
  init(_ system: borrowing System, initial: System.State, threads: Int) {
    placeCount = (threads + 1) * 6
    places = .allocate(capacity: placeCount)
    places.initialize(repeating: Place(), count: placeCount)
    isDone = (0..<placeCount).map { _ in DispatchSemaphore(value: 0) }
    memberCount = threads
    members = .allocate(capacity: threads)
    for index in 0..<threads {
      (members + index).initialize(
        to: Member(system: system.twin(), scratch: ExpansionScratch(initial)))
    }
    for index in 0..<threads {
      let thread = Thread { [self] in work(index) }
      thread.stackSize = Self.stackBytes
      thread.start()
    }
  }

  deinit {
    members.deinitialize(count: memberCount)
    members.deallocate()
    places.deinitialize(count: placeCount)
    places.deallocate()
  }

  private func work(_ index: Int) {
    while true {
      available.wait()
      if isStopping.load(ordering: .acquiring) { break }
      let number = drawn.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
      expand(number, by: &members[index].system, &members[index].scratch)
    }
    hasEnded.signal()
  }

  private func expand(
    _ number: Int, by system: inout System, _ scratch: inout ExpansionScratch<System.State>
  ) {
    let place = places + number % placeCount
    if let rules = place.pointee.rules {
      system.expand(&place.pointee.expansion, rules, &scratch)
    }
    isDone[number % placeCount].signal()
  }

  var hasRoom: Bool { published - finished < placeCount }

  /// Offers the sources that `fill` appends to the threads.
  func publish(
    _ rules: Expansion.Rules, _ fill: (inout ContiguousArray<Expansion.Source>) -> Void
  ) {
    precondition(hasRoom, "\(published - finished) expansions are under way")
    let place = places + published % placeCount
    place.pointee.rules = rules
    place.pointee.expansion.sources.removeAll(keepingCapacity: true)
    fill(&place.pointee.expansion.sources)
    published += 1
    available.signal()
  }

  /// Waits until the first of the expansions that are not finished is expanded.
  ///
  /// While others are at it, the caller's system expands what nobody has begun.
  func awaitFirst(
    helping system: inout System, _ scratch: inout ExpansionScratch<System.State>
  ) {
    let position = finished % placeCount
    while isDone[position].wait(timeout: .now()) == .timedOut {
      guard available.wait(timeout: .now()) == .success else {
        isDone[position].wait()
        break
      }
      let number = drawn.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
      expand(number, by: &system, &scratch)
    }
  }

  /// The expansion that was waited for.
  var first: Expansion { places[finished % placeCount].expansion }

  /// Gives back the place of the expansion that was waited for.
  func finishFirst() { finished += 1 }

  /// Ends the threads; expansions that were begun are completed, the others are not.
  func stop() {
    isStopping.store(true, ordering: .releasing)
    for _ in 0..<memberCount { available.signal() }
    for _ in 0..<memberCount { hasEnded.wait() }
  }
}
