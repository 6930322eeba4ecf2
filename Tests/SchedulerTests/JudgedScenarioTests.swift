import Foundation
import SQL
import Store
import Testing
import Writers

@testable import Scheduler

/// A model that remembers the final states that a search comes through.
private struct RecordingSystem: TransitionSystem {
  var system: ModelSystem
  var finalStates: Set<String> = []

  var propertyCount: Int { system.propertyCount }
  func isChecked(_ property: Int) -> Bool { system.isChecked(property) }
  mutating func initialState() throws(Diagnostic) -> MachineState { try system.initialState() }
  func assign(_ source: MachineState, to target: inout MachineState) {
    system.assign(source, to: &target)
  }
  mutating func appendChoices(in state: MachineState, to choices: inout ContiguousArray<Choice>) {
    system.appendChoices(in: state, to: &choices)
  }
  mutating func appendDistinctChoices(
    in state: MachineState, to choices: inout ContiguousArray<Choice>
  ) {
    system.appendDistinctChoices(in: state, to: &choices)
  }
  func multiplicity(of choice: Choice) -> Int { system.multiplicity(of: choice) }
  mutating func apply(_ choice: Choice, to state: inout MachineState) -> Bool {
    system.apply(choice, to: &state)
  }
  mutating func pack(
    _ state: MachineState, to words: inout ContiguousArray<UInt64>,
    order: inout ContiguousArray<Int>
  ) {
    system.pack(state, to: &words, order: &order)
  }
  mutating func unpack(_ words: UnsafeBufferPointer<UInt64>, into state: inout MachineState) {
    system.unpack(words, into: &state)
  }
  mutating func appendBroken(
    in state: MachineState, choices: ContiguousArray<Choice>, isChanged: Bool,
    isSettled: ContiguousArray<Bool>, to broken: inout ContiguousArray<Int>
  ) -> Bool {
    let isFinal = system.appendBroken(
      in: state, choices: choices, isChanged: isChanged, isSettled: isSettled, to: &broken)
    if isFinal { finalStates.insert(NaiveExplorer.text(of: state, system.machine)) }
    return isFinal
  }
}

@Suite("Scenarios, judged by going through all schedules")
struct JudgedScenarioTests {
  private static func model(_ text: String) throws -> Model {
    let result = ScenarioCompiler.compile(path: "test.race") { path in
      path == "test.race" ? Array(text.utf8) : nil
    }
    guard let model = result.scenario?.models.first else {
      throw Uncompiled(text: text, messages: result.diagnostics.map(\.message))
    }
    return model
  }

  private struct Uncompiled: Error {
    var text: String
    var messages: [String]
  }

  /// More of them: `RACESIM_SEEDS=1000 swift test -Xswiftc -O --filter JudgedScenarioTests`.
  private static let seedCount =
    ProcessInfo.processInfo.environment["RACESIM_SEEDS"].flatMap(UInt64.init) ?? 25

  @Test("random scenarios", arguments: 0..<seedCount)
  func random(seed: UInt64) throws {
    let text = RandomScenario.text(seed: seed)
    let model = try Self.model(text)
    let naive = try NaiveExplorer(model, options: MachineOptions(), stepsLimit: 4_000)
    if naive.isTooLarge { return }
    for (symmetry, counts) in [(true, true), (true, false), (false, false)] {
      try Self.compare(model, naive, symmetry: symmetry, counts: counts, text)
    }
  }

  private static func compare(
    _ model: Model, _ naive: NaiveExplorer, symmetry: Bool, counts: Bool, _ text: String
  ) throws {
    var options = ExplorationOptions()
    options.machine.usesSymmetry = symmetry
    options.countsInterleavings = counts
    var explorer = Explorer(model: model, options: options)
    let found = try explorer.run()
    let comment: Comment = "symmetry \(symmetry), counts \(counts):\n\(text)"
    #expect(found.bound == nil, comment)
    #expect(Set(found.counterexamples.map(\.property)) == Set(naive.broken.keys), comment)
    #expect(found.verdict == (naive.broken.isEmpty ? .proved : .violated), comment)
    for example in found.counterexamples {
      guard let best = naive.broken[example.property] else { continue }
      #expect(example.schedule.count == best.steps, comment)
      #expect(example.switches == best.switches, comment)
      #expect(NaiveExplorer.switches(in: example.schedule) == best.switches, comment)
      let token = ScheduleToken.encode(example.schedule, fingerprint: model.fingerprint)
      var replayer = try Replayer(model: model, options: options.machine)
      #expect(try replayer.replay(token: token).count == best.steps, comment)
      if counts {
        let violating = naive.violating[example.property] ?? 0
        #expect(example.violatingInterleavings == "\(violating)", comment)
      }
    }
    if counts { #expect(found.interleavings == "\(naive.interleavings)", comment) }

    // Final states are all met only if nothing ends the search early.
    options.countsInterleavings = true
    var search = Search(
      system: RecordingSystem(system: ModelSystem(model: model, options: options.machine)),
      sessionCount: model.sessions.count, options: options)
    try search.run()
    let finalStates = search.system.finalStates
    #expect(finalStates == naive.finalStates, comment)
  }
}
