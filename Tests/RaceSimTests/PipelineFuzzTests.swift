import Foundation
import Reports
import Testing

/// More of them: `RACESIM_SEEDS=1000000 swift test -Xswiftc -O --filter PipelineFuzzTests`.
@Suite("Damaged scenario files, from reading to printing")
struct PipelineFuzzTests {
  private static let seedCount =
    ProcessInfo.processInfo.environment["RACESIM_SEEDS"].flatMap(UInt64.init) ?? 400

  private static let pipeline = DamagedPipeline()

  @Test("no text traps, hangs or is refused without a word", arguments: 0..<UInt64(8))
  func damaged(part: UInt64) {
    var mutator = ScenarioMutator(texts: Self.pipeline.texts)
    for seed in stride(from: part, to: Self.seedCount, by: 8) {
      let text = mutator.text(seed: seed)
      let outcome = Self.pipeline.run(text)
      #expect(outcome.complaints.isEmpty, "seed \(seed):\n\(String(decoding: text, as: UTF8.self))")
      #expect(outcome.status != .software, "seed \(seed)")
    }
  }

  @Test("the texts themselves are read, and end as they say")
  func undamaged() {
    #expect(Self.pipeline.texts.count > 20)
    for text in Self.pipeline.texts {
      let outcome = Self.pipeline.run(Array(text.utf8))
      #expect(outcome.complaints.isEmpty, "\(outcome.errors)\n\(text)")
      #expect(outcome.status != .invalidScenario, "\(outcome.errors)\n\(text)")
    }
  }
}
