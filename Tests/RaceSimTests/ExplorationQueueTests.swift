import Dispatch
import SQL
import Scheduler
import Synchronization
import Testing

@testable import RaceSim

@Suite("Exploring on several threads")
struct ExplorationQueueTests {
  private static func job(_ states: Int) -> ExplorationQueue.Job {
    { _, _ in
      var exploration = Exploration(verdict: .proved)
      exploration.states = states
      return ExplorationQueue.Outcome(result: .success(exploration), milliseconds: 0)
    }
  }

  @Test("results come in the order in which they are asked for", arguments: [1, 2, 7])
  func order(threads: Int) throws {
    let queue = ExplorationQueue((0..<40).map(Self.job), threads: threads)
    for index in 0..<40 {
      #expect(try queue.outcome(of: index).result.get().states == index)
    }
  }

  @Test("only the one that is waited for shows its progress")
  func progress() throws {
    let shown = Mutex<[Int]>([])
    let jobs = (0..<3).map { number -> ExplorationQueue.Job in
      { isShown, _ in
        if isShown() { shown.withLock { $0.append(number) } }
        return ExplorationQueue.Outcome(
          result: .success(Exploration(verdict: .proved)), milliseconds: 0)
      }
    }
    let queue = ExplorationQueue(jobs, threads: 1)
    for index in [0, 2] { _ = queue.outcome(of: index) }
    #expect(shown.withLock { $0 } == [0, 2])
  }

  @Test("a queue that is given up lets its searches end")
  func cancel() {
    let began = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    let endless: ExplorationQueue.Job = { _, isGoingOn in
      began.signal()
      while isGoingOn() {}
      ended.signal()
      return ExplorationQueue.Outcome(
        result: .success(Exploration(verdict: .inconclusive)), milliseconds: 0)
    }
    let queue = ExplorationQueue([endless, endless], threads: 2)
    for _ in 0..<2 { began.wait() }
    queue.cancel()
    for _ in 0..<2 { ended.wait() }
  }

  @Test("one thread and several print the same bytes")
  func bytes() {
    let path = "Scenarios/order-confirmation/deadlock.race"
    let one = CommandInProcess.output(["check", path, "--threads", "1", "--format", "json"])
    let two = CommandInProcess.output(["check", path, "--threads", "3", "--format", "json"])
    #expect(one == two)
    #expect(one.contains("\"event\":\"summary\""))
  }
}
