import SQL
import Store

/// Names the meaning of a model in 64 bits: equal for files that differ only in comments and
/// layout, the same on every machine and in every run.
///
/// The state is mixed by FNV-1a over bytes; strings end with a byte that UTF-8 never has, so that
/// `ab c` and `a bc` differ. Text in the file is mixed token by token.
struct ScenarioFingerprint {
  private let sources: SourceMap
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  init(sources: SourceMap) { self.sources = sources }

  /// The fingerprint; the last steps spread every bit over all others (SplitMix64).
  var value: UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  private mutating func add(byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte: byte) }
    add(byte: 0xFF)
  }

  mutating func add(_ number: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      add(byte: UInt8(truncatingIfNeeded: number >> UInt64(shift)))
    }
  }

  /// Mixes the tokens of parts of the file.
  mutating func addSection(_ name: String, _ spans: [SourceSpan]) {
    add(name)
    for span in spans { add(tokensIn: span) }
  }

  private mutating func add(tokensIn span: SourceSpan) {
    for token in SQLReader.tokens(in: sources, span) { add(token) }
  }

  private mutating func add(_ token: Token) {
    // A body between dollar quotes is code; its layout means nothing either. Text that is data
    // and was quoted like code still differs by its words.
    if token.kind == .dollarString {
      add(byte: 0xFE)
      add(tokensIn: token.content)
      add(byte: 0xFE)
      return
    }
    switch token.kind {
    case .word: add(byte: 1)
    case .quoted: add(byte: 2)
    case .string, .dollarString: add(byte: 3)
    case .integer, .decimal: add(byte: 4)
    case .parameter, .positional: add(byte: 5)
    case .symbol, .invalid: add(byte: 6)
    case .endOfFile: return
    }
    add(token.text)
  }

  mutating func add(sessionsOf model: Model) {
    add("sessions")
    for session in model.sessions {
      add(session.name)
      add(UInt64(session.isolation.rawValue))
      for argument in session.arguments { add(argument.bits) }
      add(UInt64(session.retries))
      for state in session.retryConditions { add(state.code) }
      add(UInt64(session.restarts))
      if session.restartsOnCrashOnly { add("on crash") }
    }
    add("faults")
    for fault in model.faults {
      for session in fault.sessions { add(UInt64(session)) }
      add(UInt64(fault.limit))
    }
  }
}
