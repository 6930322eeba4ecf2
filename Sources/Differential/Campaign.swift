import Foundation
package import SQL
import Writers

/// Runs many cases, counts, and keeps what differs.
package struct Campaign {
  package struct Options: Sendable {
    package var seed: UInt64 = 1
    package var first = 1
    package var cases = 100
    package var ordersPerCase = 3
    package var minutes: Double?
    /// Where specs go that differ.
    package var keep: String?
    package var shrinks = true
    /// Specs of which orders are drawn, instead of cases.
    package var specs: [SourceFile] = []
    package var isVerbose = false

    package init() {}
  }

  package struct Counts: Sendable {
    package var cases = 0
    package var orders = 0
    package var steps = 0
    package var agreed = 0
    package var accepted: [Judge.Freedom: Int] = [:]
    /// Of those that agreed: in how many somebody waited, and how often statements failed, by SQLSTATE.
    package var waiting = 0
    package var errors: [String: Int] = [:]
    package var differences = 0
    package var refused = 0
    package var unsettled = 0

    package init() {}
  }

  private let options: Options
  private let judge: Judge
  private let output: (String) -> Void
  package private(set) var counts = Counts()
  private let start = Date()
  private var signatures: [String: Int] = [:]

  package init(_ options: Options, _ server: ServerRun, output: @escaping (String) -> Void) {
    self.options = options
    judge = Judge(server)
    self.output = output
  }

  private var isOver: Bool {
    options.minutes.map { -start.timeIntervalSinceNow > $0 * 60 } ?? false
  }

  /// Runs all cases.
  package mutating func run() {
    guard options.specs.isEmpty else { return options.specs.forEach { run($0) } }
    for number in options.first..<options.first + options.cases {
      if isOver { break }
      run(number)
      if counts.cases % 100 == 0 { output("\(number): \(summary)\n") }
    }
  }

  private mutating func run(_ spec: SourceFile) {
    let name = spec.path.split(separator: "/").last.map(String.init) ?? spec.path
    let (it, problem) = DifferentialCase.read(spec)
    guard let it else {
      counts.cases += 1
      counts.refused += 1
      output("\(name) refused: \(problem)\n")
      return
    }
    run(it, name, options.first)
    if options.isVerbose { output("\(name): \(summary)\n") }
  }

  private mutating func run(_ number: Int) {
    run(CaseGenerator.make(seed: options.seed, number: number), "\(options.seed)-\(number)", number)
  }

  private mutating func run(_ it: DifferentialCase, _ name: String, _ number: Int) {
    var it = it
    counts.cases += 1
    keep(it, "current", nil)
    let (compiled, problem) = Judge.compile(it)
    guard let compiled else {
      counts.refused += 1
      output("case \(name) refused: \(problem)\n")
      return
    }
    let orders = CaseGenerator.drawOrders(
      options.ordersPerCase, of: it, compiled: compiled, seed: options.seed, number: number)
    for (index, order) in orders.enumerated() {
      counts.orders += 1
      counts.steps += order.count
      it.orders = [order]
      switch judge.judge(compiled, order: order) {
      case .agreed(let transcript):
        counts.agreed += 1
        note(transcript)
      case .accepted(let freedom):
        counts.accepted[freedom, default: 0] += 1
        if options.isVerbose {
          output("case \(name), order \(index + 1): accepted, \(freedom.rawValue)\n")
        }
      case .refused(let problem):
        counts.refused += 1
        output("case \(name), order \(index + 1) refused: \(problem)\n")
      case .unsettled(let problem):
        counts.unsettled += 1
        output("case \(name), order \(index + 1): the server came to no rest: \(problem)\n")
      case .differs(let difference, let ours, let servers):
        counts.differences += 1
        report(it, "\(name)-\(index + 1)", difference, ours, servers)
      }
    }
  }

  private mutating func note(_ transcript: Transcript) {
    if transcript.moments.contains(where: { !$0.waits.isEmpty }) { counts.waiting += 1 }
    for failure in transcript.moments.flatMap(\.ends.values).compactMap(\.failure) {
      counts.errors[failure.state, default: 0] += 1
    }
  }

  private mutating func report(
    _ it: DifferentialCase, _ name: String, _ difference: Difference, _ ours: Transcript,
    _ servers: Transcript
  ) {
    signatures[difference.signature, default: 0] += 1
    output("case \(name) differs: \(Self.text(difference, it))\n")
    guard options.shrinks else { return keep(it, name, Self.text(difference, it, ours, servers)) }
    var shrinker = Shrinker(judge, signature: difference.signature)
    let end = Date().addingTimeInterval(60)
    let smallest = shrinker.shrink(it) { Date() > end }
    var text = Self.text(difference, it, ours, servers)
    if let compiled = Judge.compile(smallest).compiled,
      case .differs(let difference, let ours, let servers) = judge.judge(
        compiled, order: smallest.orders[0])
    {
      text = Self.text(difference, smallest, ours, servers)
    }
    output(smallest.spec.text + text)
    keep(smallest, name, text)
  }

  private func keep(_ it: DifferentialCase, _ name: String, _ text: String?) {
    guard let folder = options.keep else { return }
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try? it.spec.text.write(toFile: "\(folder)/\(name).spec", atomically: true, encoding: .utf8)
    try? text?.write(toFile: "\(folder)/\(name).txt", atomically: true, encoding: .utf8)
  }

  private static func text(_ difference: Difference, _ it: DifferentialCase) -> String {
    let names = it.spec.sessions.map(\.name.text)
    return """
      \(difference.kind.rawValue) of \(names[difference.session]) after step \(difference.step)
        ours:      \(difference.ours)
        server's:  \(difference.servers)
      """
  }

  private static func text(
    _ difference: Difference, _ it: DifferentialCase, _ ours: Transcript, _ servers: Transcript
  ) -> String {
    let names = it.spec.sessions.map(\.name.text)
    return text(difference, it) + "\n\n-- ours\n" + ours.text(sessions: names) + "\n-- server's\n"
      + servers.text(sessions: names)
  }

  /// What has been counted, in one line.
  package var summary: String {
    var parts = [
      "\(counts.cases) cases", "\(counts.orders) orders", "\(counts.steps) steps",
      "\(counts.agreed) agreed",
    ]
    for freedom in Judge.Freedom.allCases {
      parts.append("\(counts.accepted[freedom] ?? 0) accepted (\(freedom.rawValue))")
    }
    parts.append("\(counts.refused) refused")
    parts.append("\(counts.unsettled) unsettled")
    parts.append("\(counts.differences) differences")
    let errors = counts.errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.value) × \($0.key)" }
    return parts.joined(separator: ", ")
      + "\n  of the agreed: \(counts.waiting) with waits; errors: "
      + (errors.isEmpty ? "none" : errors.joined(separator: ", "))
  }
}
