import Dispatch
import Foundation
import SQL
import Scheduler
import Synchronization

/// Explores models on several threads, ahead of the one who asks for the results in order.
///
/// What comes out does not depend on the number of threads: each model is explored by one of them, as it
/// would be alone.
final class ExplorationQueue: Sendable {
  /// What a search came to, and how long it took.
  struct Outcome: Sendable {
    var result: Result<Exploration, Diagnostic>
    var milliseconds: Int
  }

  /// Explores one model; `isShown` says whether its progress is what is being waited for.
  typealias Job =
    @Sendable (
      _ isShown: @escaping @Sendable () -> Bool, _ isGoingOn: @escaping @Sendable () -> Bool
    )
    -> Outcome

  private let jobs: [Job]
  private let isThreaded: Bool
  private let outcomes: Mutex<[Outcome?]>
  private let isDone: [DispatchSemaphore]
  private let next = Atomic<Int>(0)
  private let awaited = Atomic<Int>(-1)
  private let isCancelled = Atomic<Bool>(false)

  /// Begins to explore; with one thread each job waits until it is asked for.
  init(_ jobs: [Job], threads: Int) {
    self.jobs = jobs
    isThreaded = threads > 1 && jobs.count > 1
    outcomes = Mutex(Array(repeating: nil, count: jobs.count))
    isDone = jobs.map { _ in DispatchSemaphore(value: 0) }
    guard isThreaded else { return }
    for _ in 0..<min(threads, jobs.count) {
      let thread = Thread { [self] in work() }
      thread.stackSize = ThreadTeam.stackBytes
      thread.start()
    }
  }

  private func work() {
    while !isCancelled.load(ordering: .relaxed) {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < jobs.count else { return }
      let outcome = run(index)
      outcomes.withLock { $0[index] = outcome }
      isDone[index].signal()
    }
  }

  private func run(_ index: Int) -> Outcome {
    jobs[index](
      { [self] in awaited.load(ordering: .relaxed) == index },
      { [self] in !isCancelled.load(ordering: .relaxed) })
  }

  /// What a job came to; each is asked for once.
  func outcome(of index: Int) -> Outcome {
    awaited.store(index, ordering: .relaxed)
    guard isThreaded else { return run(index) }
    isDone[index].wait()
    let outcome = outcomes.withLock { outcomes in
      defer { outcomes[index] = nil }
      return outcomes[index]
    }
    return outcome ?? run(index)
  }

  /// Lets the threads end where they are.
  func cancel() { isCancelled.store(true, ordering: .relaxed) }
}
