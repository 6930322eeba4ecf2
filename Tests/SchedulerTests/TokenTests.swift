import Testing
import Writers

@testable import Scheduler

@Suite("Tokens")
struct TokenTests {
  private static let fingerprint: UInt64 = 0x9C41_E07A_1234_5678

  private static func schedule(_ generator: inout SplitMix64) -> [Choice] {
    var schedule: [Choice] = []
    for _ in 0..<generator.below(30) {
      let session = generator.below(4) == 0 ? generator.below(300) : generator.below(4)
      let choice: Choice
      switch generator.below(11) {
      case 0: choice = Choice(.clock)
      case 1: choice = Choice(.victim, session: session)
      case 2: choice = Choice(.crash, session: session)
      case 3: choice = Choice(.lockTimeout, session: session)
      case 4: choice = Choice(.statementTimeout, session: session)
      case 5: choice = Choice(.idleTimeout, session: session)
      default: choice = Choice(.step, session: session)
      }
      for _ in 0...generator.below(4) { schedule.append(choice) }
    }
    return schedule
  }

  @Test("each choice has its own text")
  func golden() throws {
    let schedule: [Choice] = [
      Choice(.step), Choice(.step), Choice(.step, session: 1), Choice(.victim, session: 1),
      Choice(.clock), Choice(.clock), Choice(.step, session: 2), Choice(.step, session: 2),
      Choice(.step, session: 2), Choice(.crash, session: 25), Choice(.step, session: 26),
      Choice(.step, session: 26), Choice(.crash, session: 299), Choice(.lockTimeout),
      Choice(.statementTimeout, session: 1), Choice(.idleTimeout, session: 2),
    ]
    let token = ScheduleToken.encode(schedule, fingerprint: Self.fingerprint)
    #expect(token.hasPrefix("rs1_9c41e07a_aabbVTTc3zXN27n2N300nXaLbScI_"))
    #expect(try ScheduleToken.decode(token, fingerprint: Self.fingerprint) == schedule)
    #expect(try ScheduleToken.decode(" \(token)\n", fingerprint: Self.fingerprint) == schedule)
    let empty = ScheduleToken.encode([], fingerprint: 0)
    #expect(empty.hasPrefix("rs1_00000000__"))
    #expect(try ScheduleToken.decode(empty, fingerprint: 0).isEmpty)
  }

  @Test("what is written is read back, and is one word")
  func roundTrip() throws {
    var generator = SplitMix64(seed: 17)
    for _ in 0..<2_000 {
      let schedule = Self.schedule(&generator)
      let fingerprint = generator.next()
      let token = ScheduleToken.encode(schedule, fingerprint: fingerprint)
      #expect(try ScheduleToken.decode(token, fingerprint: fingerprint) == schedule)
      let isWord = token.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
      #expect(isWord)
    }
  }

  @Test("a cut-off token is noticed at every length")
  func truncated() {
    let schedule = (0..<40).map { Choice(.step, session: $0 * 7 % 5) }
    let token = ScheduleToken.encode(schedule, fingerprint: Self.fingerprint)
    for length in 0..<token.count {
      #expect(throws: TokenError.self) {
        try ScheduleToken.decode(String(token.prefix(length)), fingerprint: Self.fingerprint)
      }
    }
  }

  @Test("a wrong character is noticed at every place")
  func changed() {
    let schedule = (0..<40).map { Choice(.step, session: $0 * 7 % 5) }
    let token = Array(ScheduleToken.encode(schedule, fingerprint: Self.fingerprint))
    for place in token.indices {
      for other in ["a", "b", "7", "_"] as [Character] where other != token[place] {
        var wrong = token
        wrong[place] = other
        #expect(throws: TokenError.self) {
          try ScheduleToken.decode(String(wrong), fingerprint: Self.fingerprint)
        }
      }
    }
  }

  @Test("each mistake has its own message")
  func messages() {
    func error(_ token: String) -> TokenError? {
      do throws(TokenError) {
        _ = try ScheduleToken.decode(token, fingerprint: Self.fingerprint)
        return nil
      } catch {
        return error
      }
    }
    let token = ScheduleToken.encode([Choice(.step)], fingerprint: Self.fingerprint)
    #expect(error("hello") == .noToken)
    #expect(error("rs2_9c41e07a_a_00") == .unknownFormat("rs2"))
    #expect(error("rs1_9c41e07a_aab") == .truncated)
    let other = ScheduleToken.encode([Choice(.step)], fingerprint: 0x77B0_D1C2_0000_0000)
    #expect(error(other) == .otherScenario(token: "77b0d1c2", scenario: "9c41e07a"))
    #expect(error(token) == nil)
    if case .wrongChecksum = error(token.dropLast(2) + "zz") {} else { Issue.record("checksum") }
  }
}
