import Scheduler

/// Draws from a seed; the same everywhere.
package struct Dice {
  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  /// Dice of one of a seed's cases: the same whatever has been drawn for others.
  package init(seed: UInt64, number: Int) {
    self.init(seed: seed &* 0x1_0000_0001 &+ UInt64(truncatingIfNeeded: number))
  }

  package mutating func below(_ bound: Int) -> Int { generator.below(bound) }

  package mutating func number(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + generator.below(range.count)
  }

  /// True so many times in a hundred.
  package mutating func chance(_ percent: Int) -> Bool { generator.below(100) < percent }

  /// One of several, which must not be none.
  package mutating func one<T>(of choices: [T]) -> T { choices[generator.below(choices.count)] }

  /// One of several, each as often as its weight says.
  package mutating func weighted<T>(_ choices: [(weight: Int, value: T)]) -> T {
    var rest = generator.below(choices.reduce(0) { $0 + $1.weight })
    for choice in choices {
      rest -= choice.weight
      if rest < 0 { return choice.value }
    }
    return choices[choices.count - 1].value
  }

  package mutating func shuffled<T>(_ values: [T]) -> [T] { values.shuffled(using: &generator) }
}
