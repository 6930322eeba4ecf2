import Testing

@testable import SearchTesting

@Suite("Random scenarios with any number of sessions")
struct ManyCampaignTests {
  /// More of them, and larger ones: `racesim-searchtest --many`.
  @Test("proofs for every number are held against searches with some", arguments: 0..<3)
  func agrees(part: Int) {
    var options = SearchCampaign.Options()
    options.seed = 5
    options.first = part * 4 + 1
    options.cases = 4
    options.size = .small
    options.judge.statesLimit = 300
    var text = ""
    var campaign = ManyCampaign(options) { text += $0 }
    campaign.run()
    #expect(campaign.counts.differences == 0, "\(text)")
    let counts = campaign.counts
    #expect(counts.proved + counts.violated + counts.inconclusive + counts.refused == 4)
  }

  @Test("a number of sessions becomes any number; without one, the first writer gets it")
  func many() {
    #expect(ManyCampaign.withMany("writer a times 2 {\n}") == "writer a times many {\n}")
    #expect(
      ManyCampaign.withMany("}\n\nwriter a {\n}\nwriter b {\n}")
        == "}\n\nwriter a times many {\n}\nwriter b {\n}")
  }
}
