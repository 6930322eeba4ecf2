import Testing

@testable import Scheduler

@Suite("Fingerprints")
struct FingerprintTests {
  @Test("the same words have the same fingerprint, in every process")
  func golden() {
    #expect(
      Fingerprint([1, 2, 3] as ContiguousArray).description
        == "c4bb9811d2906e36bfa47baa989a5966")
    #expect(
      Fingerprint([] as ContiguousArray).description == "9c4a28c24014b7235118c73a82137641")
  }

  @Test("every bit of every word changes both lanes")
  func avalanche() {
    var generator = SplitMix64(seed: 1)
    let words = ContiguousArray((0..<8).map { _ in generator.next() })
    let original = Fingerprint(words)
    var flipped = 0
    for position in words.indices {
      for bit in 0..<64 {
        var changed = words
        changed[position] ^= 1 << UInt64(bit)
        let fingerprint = Fingerprint(changed)
        #expect(fingerprint.low != original.low)
        #expect(fingerprint.high != original.high)
        flipped += (fingerprint.low ^ original.low).nonzeroBitCount
        flipped += (fingerprint.high ^ original.high).nonzeroBitCount
      }
    }
    let average = Double(flipped) / 512
    #expect(abs(average - 64) < 2, "\(average) of 128 bits change")
  }

  @Test("words that differ only in order, length or leading zeros are told apart")
  func shapes() {
    let shapes: [ContiguousArray<UInt64>] = [
      [], [0], [0, 0], [0, 1], [1, 0], [1], [1, 0, 0], [0, 0, 1], [1, 2], [2, 1],
    ]
    #expect(Set(shapes.map { Fingerprint($0) }).count == shapes.count)
  }

  @Test("small dense words do not collide in half of the bits")
  func dense() {
    var lows: Set<UInt64> = []
    var highs: Set<UInt64> = []
    for first in 0..<64 as Range<UInt64> {
      for second in 0..<64 as Range<UInt64> {
        for third in 0..<8 as Range<UInt64> {
          let fingerprint = Fingerprint([first, second, third] as ContiguousArray)
          lows.insert(fingerprint.low)
          highs.insert(fingerprint.high)
        }
      }
    }
    #expect(lows.count == 64 * 64 * 8)
    #expect(highs.count == 64 * 64 * 8)
  }

  @Test("the bound of the chance of a collision")
  func bound() {
    #expect(Fingerprint.collisionProbability(states: 0) == 0)
    #expect(Fingerprint.collisionProbability(states: 1) == 0)
    let probability = Fingerprint.collisionProbability(states: 10_000_000)
    #expect(probability > 1e-25)
    #expect(probability < 2e-25)
  }
}

@Suite("Visited set")
struct VisitedSetTests {
  @Test("numbers states in the order in which they are met, through many growths")
  func numbers() {
    var set = VisitedSet(capacityLog2: 1)
    var generator = SplitMix64(seed: 7)
    var inserted: [Fingerprint] = []
    var isRight = true
    for index in 0..<8_000 {
      // Small spans force many probes.
      let low = generator.next() << 32 | UInt64(generator.below(997))
      let fingerprint = Fingerprint(low: low, high: generator.next())
      inserted.append(fingerprint)
      let first = set.insert(fingerprint)
      isRight = isRight && first.isNew && first.index == index
    }
    #expect(set.count == inserted.count)
    for (index, fingerprint) in inserted.enumerated() {
      let again = set.insert(fingerprint)
      isRight = isRight && !again.isNew && again.index == index
      isRight = isRight && set.index(of: fingerprint) == index
      isRight = isRight && set.fingerprint(at: index) == fingerprint
    }
    #expect(isRight)
    #expect(set.index(of: Fingerprint(low: 5, high: 5)) == nil)
  }

  @Test("a reader finds what was there when it asks; what growing has left behind is given back")
  func readers() {
    var set = VisitedSet(capacityLog2: 1)
    let reader = set.reader
    var generator = SplitMix64(seed: 8)
    let fingerprints = (0..<3_000).map { _ in
      Fingerprint(low: generator.next(), high: generator.next())
    }
    var isRight = true
    for (index, fingerprint) in fingerprints.enumerated() {
      isRight = isRight && reader.index(of: fingerprint) == nil
      _ = set.insert(fingerprint)
      isRight = isRight && reader.index(of: fingerprint) == index
    }
    #expect(isRight)
    let before = set.byteCount
    set.trim()
    // Arrays of 2, 4, … 2,048 slots, each with a mask.
    #expect(before - set.byteCount == (1...11).reduce(0) { $0 + ((1 << $1) + 1) * 8 })
    #expect(fingerprints.indices.allSatisfy { reader.index(of: fingerprints[$0]) == $0 })
  }

  @Test("fingerprints that differ in one lane only are two states")
  func lanes() {
    var set = VisitedSet()
    #expect(set.insert(Fingerprint(low: 1, high: 1)).isNew)
    #expect(set.insert(Fingerprint(low: 2, high: 1)).isNew)
    #expect(set.insert(Fingerprint(low: 1, high: 2)).isNew)
    #expect(set.insert(Fingerprint(low: 0, high: 0)).isNew)
    #expect(!set.insert(Fingerprint(low: 0, high: 0)).isNew)
  }
}

@Suite("State arena")
struct StateArenaTests {
  @Test("gives states back in order, also those larger than a chunk")
  func order() {
    var arena = StateArena(chunkCapacity: 8)
    var generator = SplitMix64(seed: 3)
    var waiting: [ContiguousArray<UInt64>] = []
    var isRight = true
    for _ in 0..<5_000 {
      if generator.below(3) < 2 {
        let count = generator.below(12)
        let words = ContiguousArray((0..<count).map { _ in generator.next() })
        arena.append(words)
        waiting.append(words)
      } else if !waiting.isEmpty {
        let expected = waiting.removeFirst()
        let words = arena.takeFirst { ContiguousArray($0) }
        isRight = isRight && words == expected
      }
      isRight = isRight && arena.count == waiting.count
    }
    while !waiting.isEmpty {
      let words = arena.takeFirst { ContiguousArray($0) }
      isRight = isRight && words == waiting.removeFirst()
    }
    #expect(isRight)
    let further = arena.takeFirst { _ in true }
    #expect(arena.count == 0)
    #expect(further == nil)
  }

  @Test("uses its memory again")
  func reuse() {
    var arena = StateArena(chunkCapacity: 16)
    var peak = 0
    for round in 0..<1_000 as Range<UInt64> {
      arena.append([round, round, round])
      arena.append([round])
      _ = arena.takeFirst { $0.count }
      _ = arena.takeFirst { $0.count }
      peak = max(peak, arena.byteCount)
    }
    #expect(peak <= 3 * 16 * 8)
  }
}

@Suite("Big natural numbers")
struct BigNaturalTests {
  @Test("powers of two and factorials")
  func decimals() {
    var power: BigNatural = 1
    for _ in 0..<200 { power += power }
    #expect(
      power.description == "1606938044258990275541962092341162602522202993782792835301376")
    var factorial: BigNatural = 1
    for factor in 1...30 as ClosedRange<UInt64> { factorial *= factor }
    #expect(factorial.description == "265252859812191058636308480000000")
    for factor in 1...30 as ClosedRange<UInt64> { #expect(factorial.divide(by: factor) == 0) }
    #expect(factorial == 1)
  }

  @Test("zeros within a number are printed")
  func zeros() {
    var number: BigNatural = 1
    for _ in 0..<40 { number *= 10 }
    #expect(number.description == "1" + String(repeating: "0", count: 40))
    #expect((number + 7).description == "1" + String(repeating: "0", count: 39) + "7")
    #expect(BigNatural(0).description == "0")
    #expect((number * 0).isZero)
  }

  @Test("sums and differences undo each other")
  func differences() {
    var generator = SplitMix64(seed: 11)
    for _ in 0..<2_000 {
      let left = Self.random(&generator)
      let right = Self.random(&generator)
      let sum = left + right
      #expect(sum - left == right)
      #expect(sum - right == left)
      #expect(right + left == sum)
      #expect(sum >= left)
      #expect((sum - sum).isZero)
    }
  }

  private static func random(_ generator: inout SplitMix64) -> BigNatural {
    var number = BigNatural(generator.next())
    for _ in 0..<generator.below(4) {
      // Factors of all ones and of a single one make long carries.
      number *= generator.below(2) == 0 ? .max : 1 << 63
      number += BigNatural(generator.below(3) == 0 ? .max : generator.next())
    }
    return number
  }
}

@Suite("SplitMix64")
struct SplitMixTests {
  @Test("gives the published numbers")
  func published() {
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in generator.next() } == expected)
  }

  @Test("numbers below a bound are below it, and all occur")
  func bounds() {
    var generator = SplitMix64(seed: 5)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<7_000 { counts[generator.below(7)] += 1 }
    #expect(counts.allSatisfy { $0 > 800 && $0 < 1_200 })
  }
}
