import Writers

/// Says in words how the nearest passing run differs from the counterexample.
struct NearTelling {
  let counterexample: Trace
  let schedule: [Choice]
  let passing: Trace
  let passingSchedule: [Choice]
  /// The steps that both begin with.
  let shared: Int

  /// The longest statement that is quoted.
  private static let quoteLimit = 48

  func near() -> Trace.Near {
    Trace.Near(
      token: passing.token, firstDifference: shared + 1, text: sentence,
      steps: passing.steps.map { step in
        Trace.NearStep(
          number: step.number, kind: step.kind, lane: step.lane, text: Self.text(of: step),
          result: result(of: step))
      })
  }

  // MARK: The sentence

  private var sentence: String {
    let displaced = schedule[shared]
    let place = "step \(shared + 1) (\(deed(counterexample.steps[shared])))"
    guard
      let until = passingSchedule.indices.first(where: {
        $0 >= shared && passingSchedule[$0] == displaced
      }),
      until > shared
    else { return "passes if \(place) does not happen" }
    let block = Array(shared..<until)
    if let numbers = numbersInCounterexample(of: block) {
      let first = counterexample.steps[numbers[0] - 1]
      if numbers.count == 1 {
        return "passes if step \(numbers[0]) (\(deed(first))) comes before \(place)"
      }
      return "passes if steps \(Self.listed(numbers)) (\(names(of: block))) come before \(place)"
    }
    let last = passing.steps[until - 1]
    if Set(block.map { passing.steps[$0].lane }).count == 1 {
      let ends = last.lane.map { hasEnded($0, by: until) } ?? false
      let far = ends ? "runs to its end" : "gets through \(quoted(last))"
      return "passes if \(names(of: block)) \(far) before \(place)"
    }
    return "passes if \(names(of: block)) go on before \(place)"
  }

  /// The steps of the counterexample that a part of the passing run has brought forward; `nil` if some are not in it.
  private func numbersInCounterexample(of block: [Int]) -> [Int]? {
    var taken: Set<Int> = []
    var numbers: [Int] = []
    for position in block {
      let number = schedule.indices.first {
        $0 > shared && !taken.contains($0) && schedule[$0] == passingSchedule[position]
      }
      guard let number else { return nil }
      taken.insert(number)
      numbers.append(number + 1)
    }
    return numbers.sorted()
  }

  /// Whether a session takes no step after so many of the passing run.
  private func hasEnded(_ lane: Int, by count: Int) -> Bool {
    !passing.steps[count...].contains { $0.lane == lane }
  }

  private func names(of block: [Int]) -> String {
    var names: [String] = []
    for position in block {
      let step = passing.steps[position]
      let name = step.lane.map { passing.lanes[$0].name } ?? "the clock"
      if !names.contains(name) { names.append(name) }
    }
    return FixTrial.list(names)
  }

  /// `bob: COMMIT`, `the clock moves to 12:15`, `bob crashes`.
  private func deed(_ step: Trace.Step) -> String {
    guard let lane = step.lane else { return step.entries.first?.notes.first ?? "the clock moves" }
    let name = counterexample.lanes[lane].name
    switch step.kind {
    case .crash: return "\(name) crashes"
    case .victim: return "\(name) is the victim"
    case .step, .resume, .clock, .refused, .timeout:
      let sql = Self.statement(of: step)
      return sql.isEmpty ? "\(name) commits" : "\(name): \(Self.shortened(sql))"
    }
  }

  private func quoted(_ step: Trace.Step) -> String {
    let sql = Self.statement(of: step)
    return sql.isEmpty ? "its COMMIT" : "`\(Self.shortened(sql))`"
  }

  /// The last statement of a step that is no BEGIN.
  private static func statement(of step: Trace.Step) -> String {
    let texts = step.entries.filter { !$0.sql.isEmpty }
    return (texts.last { $0.tag != "BEGIN" } ?? texts.last)?.sql ?? ""
  }

  private static func shortened(_ sql: String) -> String {
    guard sql.count > quoteLimit else { return sql }
    var short = ""
    for word in sql.split(separator: " ") {
      if short.count + word.count + 3 > quoteLimit { break }
      short += short.isEmpty ? String(word) : " " + word
    }
    return (short.isEmpty ? String(sql.prefix(quoteLimit)) : short) + " …"
  }

  /// `5 to 7`, `5 and 8`.
  private static func listed(_ numbers: [Int]) -> String {
    if let first = numbers.first, let last = numbers.last, numbers.count > 2,
      last - first == numbers.count - 1
    {
      return "\(first) to \(last)"
    }
    return FixTrial.list(numbers.map(String.init))
  }

  // MARK: The steps

  private static func text(of step: Trace.Step) -> String {
    let texts = step.entries.map { ($0.isContinued ? "… " : "") + $0.sql }.filter { !$0.isEmpty }
    return texts.joined(separator: "; ")
  }

  private func result(of step: Trace.Step) -> String {
    var parts: [String] = []
    for entry in step.entries {
      if let error = entry.error { parts.append("\(error.state): \(error.message)") }
      if let tag = entry.tag, tag != entry.sql.uppercased() { parts.append(tag) }
      parts += entry.notes
    }
    if let wait = step.wait {
      let names = FixTrial.list(wait.lanes.map { passing.lanes[$0].name })
      parts.append("waits for " + (names.isEmpty ? wait.what : "\(names) on \(wait.what)"))
    }
    return parts.joined(separator: " · ")
  }
}
