import Scheduler

/// What was tried beside a counterexample, in sentences; the same in every report.
struct EvidenceText {
  private let evidence: Trace.Evidence

  init(_ evidence: Trace.Evidence) { self.evidence = evidence }

  /// What the writers do one after the other; `nil` if that was not tried.
  var serial: String? {
    let orders = evidence.serial
    guard let first = orders.first else { return nil }
    let names = orders.map { $0.order.joined(separator: ", ") }
    let broken = orders.indices.filter { orders[$0].holds == false }
    let open = orders.indices.filter { orders[$0].holds == nil }
    if first.order.count == 1 {
      if first.holds == true { return "\(names[0]) alone keeps it" }
      return first.holds == false
        ? "\(names[0]) alone breaks it: a logic error"
        : "\(names[0]) alone keeps it or not, depending on when the clock moves"
    }
    if broken.count == orders.count {
      return orders.count == 1
        ? "one after the other they break it too: a logic error"
        : "every serial order breaks it too: a logic error"
    }
    if broken.isEmpty && open.isEmpty {
      switch orders.count {
      case 1: return "one after the other they keep it"
      case 2: return "both serial orders keep it: \(names[0]); or \(names[1])"
      default: return "all \(orders.count) serial orders keep it"
      }
    }
    var parts: [String] = []
    let which = { (list: [Int]) in
      "the \(list.count == 1 ? "order" : "orders") \(list.map { names[$0] }.joined(separator: "; "))"
    }
    if !broken.isEmpty {
      parts.append(
        "\(which(broken)) \(broken.count == 1 ? "breaks" : "break") it too: a logic error")
    }
    if !open.isEmpty {
      parts.append(
        "in \(which(open)) it depends on when the clock moves")
    }
    let rest = orders.count - broken.count - open.count
    if rest > 0 { parts.append(rest == 1 ? "one other keeps it" : "\(rest) others keep it") }
    return parts.joined(separator: "; ")
  }

  /// The weakest level that refuses the schedule; `nil` if no level was tried.
  var level: String? {
    guard let strongest = evidence.levels.last else { return nil }
    var passed: [String] = []
    for level in evidence.levels {
      if level.outcome == .broken {
        passed.append(level.isolation)
        continue
      }
      let before = passed.isEmpty ? "" : "\(Self.list(passed)) lets it pass; "
      return before + Self.sentence(level)
    }
    return strongest.isolation == "SERIALIZABLE"
      ? "no isolation level refuses this schedule" : "\(Self.list(passed)) lets this schedule pass"
  }

  private static func sentence(_ level: Trace.Level) -> String {
    guard level.outcome == .refused, let session = level.session else {
      return "at \(level.isolation) this order of steps keeps it, and nobody fails"
    }
    let place = level.step.map { "at step \($0)" } ?? "after the last step"
    let then = level.isRetried ? "and tries again" : "and needs to try again"
    return "\(level.isolation) refuses this schedule: \(session) gets 40001 \(place), \(then)"
  }

  /// What exploring a change came to: `verified: 0 of 1,234 states violate it`.
  static func result(of fix: Trace.Fix, property: String) -> String {
    let states = grouped(String(fix.states))
    guard fix.holds else { return "tried: \(property) is violated all the same" }
    if fix.broken.isEmpty { return "verified: 0 of \(states) states violate anything" }
    return "verified: \(property) holds in all \(states) states, but \(list(fix.broken)) can happen"
  }

  private static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension Trace.Finding {
  /// What to try: changes that were verified first, then the rest; with what exploring them came to.
  var remedies: [(text: String, result: String?)] {
    var rest = advice
    var verified: [(String, String?)] = []
    for fix in evidence.fixes {
      // The verified change stands for the advice that proposed it.
      let said = rest.firstIndex { $0.hasPrefix(fix.title) }
      let text = said.map { rest.remove(at: $0) } ?? fix.title
      verified.append((text, EvidenceText.result(of: fix, property: name)))
    }
    if verified.contains(where: { $0.0.hasPrefix("run ") }) {
      // One level that is known to do is enough.
      rest.removeAll { $0.hasPrefix("run ") && $0.contains("on serialization_failure`") }
    }
    return verified + rest.map { ($0, nil) }
  }
}
