import Foundation
import Reports
import Scheduler
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("traces look as documented")
  func golden() {
    GoldenFile.expect(JSONReport.trace(Fixtures.lostUpdate).pretty + "\n", is: "lost-update.json")
    GoldenFile.expect(JSONReport.trace(Fixtures.crash).pretty + "\n", is: "crash.json")
  }

  @Test(
    "what is written can be read",
    arguments: TextTraceTests.samples)
  func readable(sample: TextTraceTests.Sample) throws {
    let trace = sample.trace
    for text in [JSONReport.trace(trace).pretty, JSONReport.trace(trace).compact] {
      let read = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
      #expect(read?["format"] as? String == "racesim.trace")
      #expect((read?["steps"] as? [Any])?.count == trace.steps.count)
      #expect(!JSONReport.trace(trace).compact.contains("\n"))
    }
  }

  @Test("strings are escaped and large numbers are strings")
  func scalars() {
    #expect(JSONValue.string("a\"\\\n\u{1}ü").compact == "\"a\\\"\\\\\\n\\u0001ü\"")
    #expect(JSONValue.int(1 << 53).compact == "9007199254740992")
    #expect(JSONValue.int((1 << 53) + 1).compact == "\"9007199254740993\"")
    #expect(JSONValue.object([]).pretty == "{}")
    #expect(JSONValue.array([.object([("a", .null)])]).pretty == "[\n  { \"a\": null }\n]")
  }

  @Test("probabilities are bounded by powers of ten")
  func probabilities() {
    #expect(JSONReport.powerOfTen(above: 0) == "0")
    #expect(JSONReport.powerOfTen(above: 3e-25) == "1e-24")
    #expect(JSONReport.powerOfTen(above: 0.5) == "1")
  }
}
