import Foundation

/// Threads that share work out.
enum ThreadTeam {
  /// The stack of a thread, as expressions are evaluated by recursion: what the main thread has.
  static let stackBytes = 8 << 20

  /// Calls a closure with each number below a count, each on a thread of its own, and waits for all.
  static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    guard count > 1 else {
      if count == 1 { body(0) }
      return
    }
    let group = DispatchGroup()
    for index in 1..<count {
      group.enter()
      let thread = Thread {
        body(index)
        group.leave()
      }
      thread.stackSize = stackBytes
      thread.start()
    }
    body(0)
    group.wait()
  }
}
