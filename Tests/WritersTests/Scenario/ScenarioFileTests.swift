import SQL
import Testing
import Writers

@Suite("Scenario files")
struct ScenarioFileTests {
  @Test(
    "each file of the package compiles", arguments: ScenarioSupport.scenarioFiles(in: "Scenarios"))
  func compiles(path: String) {
    let result = ScenarioCompiler.compile(path: path, load: ScenarioSupport.bytes)
    let text = ScenarioSupport.render(result.diagnostics, result.sources)
    #expect(text == "")
    #expect(result.scenario != nil)
  }
}
