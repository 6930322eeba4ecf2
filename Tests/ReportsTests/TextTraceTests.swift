import Reports
import Scheduler
import Testing

@Suite("Traces as text")
struct TextTraceTests {
  /// One golden file.
  struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var trace: Trace
    var role: TextTrace.Role
    var width = 100
    var layout = Style.Layout.auto
    var usesASCII = false
    var usesColor = false
    var isVerbose = false

    var testDescription: String { name }

    var style: Style {
      var style = Style()
      style.width = width
      style.layout = layout
      style.usesASCII = usesASCII
      style.usesColor = usesColor
      style.isVerbose = isVerbose
      return style
    }
  }

  static let samples = [
    Sample(name: "lost-update", trace: Fixtures.lostUpdate, role: .failure),
    Sample(name: "lost-update-ascii", trace: Fixtures.lostUpdate, role: .failure, usesASCII: true),
    Sample(name: "lost-update-color", trace: Fixtures.lostUpdate, role: .failure, usesColor: true),
    Sample(name: "lost-update-narrow", trace: Fixtures.lostUpdate, role: .failure, width: 60),
    Sample(name: "lost-update-list", trace: Fixtures.lostUpdate, role: .expected, layout: .list),
    Sample(name: "deadlock", trace: Fixtures.deadlock, role: .failure),
    Sample(name: "deadlock-verbose", trace: Fixtures.deadlock, role: .failure, isVerbose: true),
    Sample(name: "napkin", trace: Fixtures.napkin, role: .replay),
    Sample(name: "napkin-wide", trace: Fixtures.napkin, role: .replay, width: 140),
    Sample(name: "napkin-ascii", trace: Fixtures.napkin, role: .replay, usesASCII: true),
    Sample(name: "five-writers", trace: Fixtures.fiveWriters, role: .expected),
    Sample(name: "five-writers-narrow", trace: Fixtures.fiveWriters, role: .failure, width: 72),
    Sample(name: "crash", trace: Fixtures.crash, role: .failure),
    Sample(name: "victim", trace: Fixtures.victim, role: .sample),
  ]

  @Test("looks as it should", arguments: samples)
  func golden(_ sample: Sample) {
    let text = TextTrace(sample.trace, role: sample.role, style: sample.style).text()
    GoldenFile.expect(text, is: sample.name + ".txt")
  }

  @Test("says where a run need not be the shortest")
  func notShortest() {
    var trace = Fixtures.lostUpdate
    trace.finding?.isShortest = false
    let text = TextTrace(trace, role: .failure, style: Style()).text()
    #expect(text.contains("Such a run, not known to be the shortest: 7 steps"))
    #expect(!text.contains("The shortest such run"))
  }

  @Test("is the same every time", arguments: samples)
  func deterministic(_ sample: Sample) {
    let first = TextTrace(sample.trace, role: sample.role, style: sample.style).text()
    let second = TextTrace(sample.trace, role: sample.role, style: sample.style).text()
    #expect(first == second)
  }
}
