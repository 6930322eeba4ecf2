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
/// The search's own thread expands as well where it would have to wait. Who has nothing to do looks again and again for a
/// while, as an expansion takes less time than to fall asleep and be woken; then it sleeps.
///
/// The class is checked by hand. A place belongs to the search until its number is below ``published``, to the one thread
/// that draws its number (``drawn``) until it is ``done``, and then to the search again; these are written with release
/// and read with acquire semantics. A thread's own memory (``Member``) is touched by that thread alone.
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
  /// For each place, one more than the number of the expansion there, once that is expanded.
  private let done: UnsafeMutablePointer<Atomic<Int>>
  private let members: UnsafeMutablePointer<Member>
  private let memberCount: Int
  private let drawn = Atomic<Int>(0)
  private let published = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  private let hasEnded = DispatchSemaphore(value: 0)
  /// Threads that sleep because nothing is published, and what wakes them.
  private let sleepers = Atomic<Int>(0)
  private let work = DispatchSemaphore(value: 0)
  /// The search sleeps because the first expansion is not done, and what wakes it.
  private let isSearchAsleep = Atomic<Bool>(false)
  private let progress = DispatchSemaphore(value: 0)
  /// The search's own count.
  private(set) var finished = 0

  /// The stack of a thread, as expressions are evaluated by recursion: what the main thread has.
  private static var stackBytes: Int { 8 << 20 }
  /// How often somebody who waits looks before going to sleep.
  private static var lookLimit: Int { 20_000 }

  /// Starts threads: so many besides the search's own.
  init(_ system: borrowing System, initial: System.State, threads: Int) {
    placeCount = (threads + 1) * 8
    places = .allocate(capacity: placeCount)
    places.initialize(repeating: Place(), count: placeCount)
    done = .allocate(capacity: placeCount)
    for place in 0..<placeCount { (done + place).initialize(to: Atomic(0)) }
    memberCount = threads
    members = .allocate(capacity: threads)
    for index in 0..<threads {
      (members + index).initialize(
        to: Member(system: system.twin(), scratch: ExpansionScratch(initial)))
    }
    for index in 0..<threads {
      let thread = Thread { [self] in
        while let number = awaitWork() {
          expand(number, by: &members[index].system, &members[index].scratch)
        }
        hasEnded.signal()
      }
      thread.stackSize = Self.stackBytes
      thread.start()
    }
  }

  deinit {
    members.deinitialize(count: memberCount)
    members.deallocate()
    places.deinitialize(count: placeCount)
    places.deallocate()
    // Atomic words need no deinitialization.
    done.deallocate()
  }

  /// Draws the number of an expansion that nobody has begun; `nil` if there is none.
  private func draw() -> Int? {
    var number = drawn.load(ordering: .relaxed)
    while number < published.load(ordering: .acquiring) {
      let (exchanged, original) = drawn.weakCompareExchange(
        expected: number, desired: number + 1, ordering: .relaxed)
      if exchanged { return number }
      number = original
    }
    return nil
  }

  /// Waits for an expansion to begin; `nil` when there will be none any more.
  private func awaitWork() -> Int? {
    var looks = 0
    while !isStopping.load(ordering: .relaxed) {
      if let number = draw() { return number }
      looks += 1
      if looks < Self.lookLimit { continue }
      // Whoever publishes after this is told of the sleeper, and what was published before is seen here.
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      let isNeeded =
        published.load(ordering: .sequentiallyConsistent) > drawn.load(ordering: .relaxed)
        || isStopping.load(ordering: .sequentiallyConsistent)
      if isNeeded {
        sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      } else {
        work.wait()
        sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      }
      looks = 0
    }
    return nil
  }

  private func expand(
    _ number: Int, by system: inout System, _ scratch: inout ExpansionScratch<System.State>
  ) {
    let position = number % placeCount
    let place = places + position
    if let rules = place.pointee.rules {
      system.expand(&place.pointee.expansion, rules, &scratch)
    }
    done[position].store(number + 1, ordering: .sequentiallyConsistent)
    if isSearchAsleep.load(ordering: .sequentiallyConsistent) { progress.signal() }
  }

  /// How many expansions have been published.
  private var publishedCount: Int { published.load(ordering: .relaxed) }

  var hasRoom: Bool { publishedCount - finished < placeCount }

  /// Offers the sources that `fill` appends to the threads.
  func publish(
    _ rules: Expansion.Rules, _ fill: (inout ContiguousArray<Expansion.Source>) -> Void
  ) {
    let number = publishedCount
    precondition(number - finished < placeCount, "\(number - finished) expansions are under way")
    let place = places + number % placeCount
    place.pointee.rules = rules
    place.pointee.expansion.sources.removeAll(keepingCapacity: true)
    fill(&place.pointee.expansion.sources)
    published.store(number + 1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { work.signal() }
  }

  /// Waits until the first of the expansions that are not finished is expanded.
  ///
  /// While others are at it, the caller's system expands what nobody has begun.
  func awaitFirst(
    helping system: inout System, _ scratch: inout ExpansionScratch<System.State>
  ) {
    var looks = 0
    while !isFirstDone {
      if let number = draw() {
        expand(number, by: &system, &scratch)
        continue
      }
      looks += 1
      if looks < Self.lookLimit { continue }
      isSearchAsleep.store(true, ordering: .sequentiallyConsistent)
      // It may be woken for what was done before; then it looks again.
      while !isFirstDone { progress.wait() }
      isSearchAsleep.store(false, ordering: .sequentiallyConsistent)
    }
  }

  private var isFirstDone: Bool {
    done[finished % placeCount].load(ordering: .sequentiallyConsistent) == finished + 1
  }

  /// The expansion that was waited for.
  var first: Expansion { places[finished % placeCount].expansion }

  /// Gives back the place of the expansion that was waited for.
  func finishFirst() { finished += 1 }

  /// Ends the threads; expansions that were begun are completed, the others are not.
  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    for _ in 0..<memberCount { work.signal() }
    for _ in 0..<memberCount { hasEnded.wait() }
  }
}
