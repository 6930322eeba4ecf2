import SQL
import Store
import Testing
import Writers

@testable import Scheduler
@testable import SearchTesting

@Suite("Interleaving classes")
struct HappensBeforeTests {
  /// Runs of one class must end alike, whatever the scenario.
  @Test("runs of one class end in one state", arguments: 0..<10)
  func determines(part: Int) throws {
    for number in part * 8..<(part + 1) * 8 {
      let it = ScenarioGenerator.make(
        seed: 21, number: number, size: number % 2 == 0 ? .small : .medium)
      let model = try #require(SearchJudge.compile(it.text).model)
      var machine = Machine(model: model, options: MachineOptions())
      var happensBefore = HappensBefore(machine)
      let initial = try machine.initialState()
      var generator = SplitMix64(seed: UInt64(number))
      var ends: [Fingerprint: FinalState] = [:]
      for _ in 0..<25 {
        var state = initial
        happensBefore.begin()
        var choices: ContiguousArray<Choice> = []
        while true {
          choices.removeAll()
          machine.appendChoices(in: state, to: &choices)
          if choices.isEmpty { break }
          let choice = choices[generator.below(choices.count)]
          var recorder = Recorder(isOn: true)
          let sequences = state.database.sequences
          machine.apply(choice, to: &state, recorder: &recorder)
          happensBefore.take(choice, recorder.events, after: state, sequences: sequences)
        }
        let end = FinalState(state, machine, broken: [])
        if let known = ends[happensBefore.fingerprint], known != end {
          Issue.record("two runs of a class end differently in\n\(it.text)")
        }
        ends[happensBefore.fingerprint] = end
      }
    }
  }
}
