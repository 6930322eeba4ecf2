import Reports
import Scheduler
import Testing

@testable import Reports

@Suite("Evidence in words")
struct EvidenceTextTests {
  private func serial(_ orders: [([String], Bool?)]) -> String? {
    var evidence = Trace.Evidence()
    evidence.serial = orders.map { Trace.SerialOrder(order: $0.0, holds: $0.1) }
    return EvidenceText(evidence).serial
  }

  @Test("serial orders")
  func serialOrders() {
    #expect(serial([]) == nil)
    #expect(serial([(["a"], false)]) == "a alone breaks it: a logic error")
    #expect(serial([(["a"], true)]) == "a alone keeps it")
    #expect(
      serial([(["a", "b"], true), (["b", "a"], true)])
        == "both serial orders keep it: a, b; or b, a")
    #expect(
      serial([(["a", "b"], false), (["b", "a"], false)])
        == "every serial order breaks it too: a logic error")
    #expect(
      serial([(["a", "b"], true), (["b", "a"], false)])
        == "the order b, a breaks it too: a logic error; one other keeps it")
    #expect(
      serial([(["a", "b"], true), (["b", "a"], nil)])
        == "in the order b, a it depends on when the clock moves; one other keeps it")
    #expect(serial([(["a#1", "a#2"], true)]) == "one after the other they keep it")
  }

  private func level(_ levels: [Trace.Level]) -> String? {
    var evidence = Trace.Evidence()
    evidence.levels = levels
    return EvidenceText(evidence).level
  }

  @Test("levels of isolation")
  func levels() {
    let broken = Trace.Level(isolation: "REPEATABLE READ", outcome: .broken)
    var refused = Trace.Level(
      isolation: "SERIALIZABLE", outcome: .refused, session: "bob", step: 6)
    #expect(level([]) == nil)
    #expect(
      level([broken, refused])
        == "REPEATABLE READ lets it pass; SERIALIZABLE refuses this schedule: bob gets 40001 at step 6, "
        + "and needs to try again")
    refused.isRetried = true
    #expect(level([refused])?.hasSuffix("and tries again") == true)
    #expect(
      level([broken, Trace.Level(isolation: "SERIALIZABLE", outcome: .broken)])
        == "no isolation level refuses this schedule")
    #expect(
      level([Trace.Level(isolation: "REPEATABLE READ", outcome: .kept)])
        == "at REPEATABLE READ this order of steps keeps it, and nobody fails")
  }

  @Test("a verified change takes the place of the advice that proposed it")
  func remedies() {
    var finding = Trace.Finding(kind: .invariant, name: "rule", text: "", step: 1)
    finding.advice = [
      "look first", "run a at REPEATABLE READ with `retry 3 on serialization_failure`: refused",
    ]
    let title = "run a at REPEATABLE READ with `retry 3 on serialization_failure`"
    finding.evidence.fixes = [Trace.Fix(title: title, holds: true, states: 1234, broken: [])]
    #expect(finding.remedies.map(\.text) == [finding.advice[1], "look first"])
    #expect(finding.remedies[0].result == "verified: 0 of 1,234 states violate anything")
    #expect(finding.remedies[1].result == nil)
    finding.evidence.fixes[0].broken = ["unhandled_error", "deadlock"]
    #expect(
      finding.remedies[0].result
        == "verified: rule holds in all 1,234 states, but unhandled_error and deadlock can happen")
  }
}
