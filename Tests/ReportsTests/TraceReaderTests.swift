import Foundation
import Reports
import Scheduler
import Testing

@Suite("Reading traces")
struct TraceReaderTests {
  @Test("what is written is read back whole", arguments: TextTraceTests.samples)
  func roundTrip(sample: TextTraceTests.Sample) throws {
    let text = JSONReport.trace(sample.trace).pretty
    let traces = try TraceReader.traces(in: Data(text.utf8))
    #expect(traces.count == 1)
    #expect(traces.first.map { JSONReport.trace($0).pretty } == text)
    let style = Style()
    #expect(
      traces.first.map { TextTrace($0, role: .failure, style: style).text() }
        == TextTrace(sample.trace, role: .failure, style: style).text())
  }

  @Test("the findings of a check are read from its lines")
  func check() throws {
    let text = JSONReport.lines(CheckReportFixture.everything)
    let traces = try TraceReader.traces(in: Data(text.utf8))
    #expect(
      traces.map(\.scenarioPath) == [
        Fixtures.lostUpdate.scenarioPath, Fixtures.deadlock.scenarioPath,
      ])
  }

  @Test("what does not fit is named by its place")
  func places() throws {
    let text = JSONReport.trace(Fixtures.lostUpdate).compact
    func problem(_ old: String, _ new: String) -> String {
      let range = text.range(of: old)
      let changed = range.map { text.replacingCharacters(in: $0, with: new) } ?? text
      do throws(TraceReader.Problem) {
        _ = try TraceReader.traces(in: Data(changed.utf8))
        return "none"
      } catch {
        return error.description
      }
    }
    #expect(
      problem("\"racesim.trace\"", "\"other\"")
        == "this is not a trace: `format` is not racesim.trace")
    #expect(
      problem("\"version\":1", "\"version\":2")
        == "version 2 of the format is not known; 1 is")
    #expect(
      problem("\"kind\":\"step\"", "\"kind\":\"jump\"")
        == "steps[0].kind: `jump` is not known here")
    #expect(problem("\"n\":1", "\"n\":\"1\"") == "steps[0].n: a whole number is wanted")
    #expect(problem("\"n\":1,", "") == "steps[0]: `n` is missing")
    #expect(
      problem("\"writer\":\"a\"", "\"writer\":\"z\"")
        == "steps[0].writer: no writer has the letter `z`")
    #expect(problem("{\"format\"", "{{\"format\"") == "line 1: this is not JSON")
  }

  @Test("no damage to a file is more than a message")
  func damage() {
    let text = Array(JSONReport.trace(Fixtures.crash).compact.utf8)
    for position in stride(from: 0, to: text.count, by: 7) {
      var bytes = text
      bytes.remove(at: position)
      // Either it still is a trace, or the reader says why not.
      _ = try? TraceReader.traces(in: Data(bytes))
      _ = try? TraceReader.traces(in: Data(text[..<position]))
    }
  }
}
