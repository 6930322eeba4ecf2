/// Sebastiano Vigna's SplitMix64: the same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number below `bound`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}

/// Damages scenario texts as hurried users, bad merges and cut-off pastes do.
struct ScenarioMutator {
  private let texts: [[UInt8]]
  /// Each text as words, numbers, strings, symbols and the blanks between them.
  private let tokens: [[ArraySlice<UInt8>]]
  private let pool: [ArraySlice<UInt8>]
  private var random = SplitMix64(seed: 0)

  init(texts: [String]) {
    self.texts = texts.map { Array($0.utf8) }
    tokens = self.texts.map(Self.tokens)
    pool = tokens.flatMap { $0 }.filter { $0.first.map { $0 > 0x20 } ?? false }
  }

  /// The damaged text of a seed; the same for the same texts and seed.
  mutating func text(seed: UInt64) -> [UInt8] {
    random = SplitMix64(seed: seed)
    let index = random.below(texts.count)
    if random.below(20) == 0 {
      let text = texts[index]
      return Array(text[..<random.below(text.count + 1)])
    }
    var words = tokens[index]
    for _ in 0...random.below(3) where !words.isEmpty { damage(&words) }
    return words.flatMap { $0 }
  }

  private mutating func damage(_ words: inout [ArraySlice<UInt8>]) {
    let place = significant(in: words)
    let kinds: [(ArraySlice<UInt8>) -> Bool] = [Self.isNumber, Self.isWord, Self.isText]
    switch random.below(12) {
    case 0: words.remove(at: place)
    case 1: words.insert(words[place], at: place)
    case 2: words.swapAt(place, significant(in: words))
    case 3: words[place] = pool[random.below(pool.count)]
    case 4: words.insert(pool[random.below(pool.count)], at: place)
    case 5: words[place] = odd()
    case 6:
      let end = min(words.count, place + 1 + random.below(30))
      words.removeSubrange(place..<end)
    case 7:
      let end = min(words.count, place + 1 + random.below(60))
      words.insert(contentsOf: words[place..<end], at: random.below(words.count))
    case 8, 9, 10, 11:
      // One of a kind for another: what compiles most often.
      let isKind = kinds[random.below(kinds.count)]
      let places = words.indices.filter { isKind(words[$0]) }
      guard !places.isEmpty else { return }
      let target = places[random.below(places.count)]
      let choices = pool.filter(isKind)
      if isKind(Array("1".utf8)[...]), random.below(2) == 0 {
        words[target] = number()
      } else if random.below(3) == 0 {
        words[target] = words[places[random.below(places.count)]]
      } else {
        words[target] = choices[random.below(choices.count)]
      }
    default: break
    }
  }

  private mutating func significant(in words: [ArraySlice<UInt8>]) -> Int {
    for _ in 0..<10 {
      let place = random.below(words.count)
      if let first = words[place].first, first > 0x20 { return place }
    }
    return random.below(words.count)
  }

  private mutating func number() -> ArraySlice<UInt8> {
    let numbers = [
      "0", "-1", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
      "9223372036854775808", "-9223372036854775808", "99999999999999999999999999", "1e400",
      "1e131071", "1e-16383", "0.1", "1.5", "1000", "1001", "65536", "100000", "0x10", "1_000", "3",
      "NULL", "1/0", "(1-1)", "'1'", "'x'", "true", "now()", "interval '1 day'",
    ]
    return Array(numbers[random.below(numbers.count)].utf8)[...]
  }

  private mutating func odd() -> ArraySlice<UInt8> {
    let depth = [5, 50, 500, 5000][random.below(4)]
    let oddities = [
      "'", "\"", "$$", "/*", "--", "{", "}", "{}", "\u{0}", "é", "日本", "🙂", "e\u{301}", "\u{202E}",
      "\u{FEFF}", "\r\n", ";;;;", ":", "::", ":x", "''''", "$1", "$x$", "U&'\\0041'", "E'\\xff'",
      String(repeating: "(", count: depth), String(repeating: "NOT ", count: depth) + "true",
      String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth),
      String(repeating: "-", count: depth), String(repeating: "1+", count: depth) + "1",
      String(repeating: "BEGIN ", count: depth), String(repeating: "LOOP ", count: depth),
      String(repeating: "(SELECT ", count: depth), String(repeating: "IF true THEN ", count: depth),
      String(repeating: "CASE WHEN true THEN ", count: depth), String(repeating: "x", count: depth),
      "LOOP NULL; END LOOP;", "LOOP END LOOP;", "WHILE true LOOP END LOOP;", "times 1000",
      "times 1001", "times 0", "times -1", "times 99999999999999999999", "for q in 1..1000",
      "for q in 5..1", "for q in 1..9223372036854775807", "retry 3 on", "restarts 2",
      "repeat('x', 1000000000)", "lpad('x', 2147483647)", "generate_series(1, 100000000)",
      "'99999999 years'::interval", "'infinity'::timestamptz", "'294276-12-31'::timestamptz",
      "pg_sleep(1e300)", "pg_sleep(-1)", "10 ^ 10000", "round(1.5, 2147483647)", "chr(-1)",
      "substr('abc', -2147483648, 2147483647)", "make_interval(days => 2147483647)",
    ]
    return Array(oddities[random.below(oddities.count)].utf8)[...]
  }

  // MARK: Tokens

  private static func isNumber(_ token: ArraySlice<UInt8>) -> Bool {
    token.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? false
  }

  private static func isWord(_ token: ArraySlice<UInt8>) -> Bool {
    token.first.map { isWordByte($0) && !($0 >= 0x30 && $0 <= 0x39) } ?? false
  }

  private static func isText(_ token: ArraySlice<UInt8>) -> Bool { token.first == 0x27 }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == 0x5F || (byte >= 0x30 && byte <= 0x39)
      || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
  }

  private static func tokens(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var tokens: [ArraySlice<UInt8>] = []
    var start = 0
    while start < text.count {
      var end = start + 1
      let first = text[start]
      if isWordByte(first) {
        while end < text.count, isWordByte(text[end]) { end += 1 }
      } else if first <= 0x20 {
        while end < text.count, text[end] <= 0x20 { end += 1 }
      } else if first == 0x27 {
        while end < text.count, text[end] != 0x27 { end += 1 }
        end = min(text.count, end + 1)
      }
      tokens.append(text[start..<end])
      start = end
    }
    return tokens
  }
}
