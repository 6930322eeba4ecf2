/// A model that `Benchmarks/Peers` has for other explorers too, as it is named on a command line.
package enum PeerModel: Sendable, CustomStringConvertible {
  case pay(PayModel)
  case callers(CallersModel)

  /// The words that name a model.
  package static let usage = """
    pay K N [for-update] [ignore-row-count]
           … callers n locked|unlocked
    """

  /// Reads a model's name; `nil` if the words are none.
  package init?(words: [String]) {
    let numbers = words.dropFirst().prefix { Int($0) != nil }.compactMap { Int($0) }
    let options = words.dropFirst(1 + numbers.count)
    guard numbers.allSatisfy({ $0 > 0 }), Set(options).count == options.count else { return nil }
    switch (words.first, numbers.count) {
    case ("pay", 2):
      guard options.allSatisfy(["for-update", "ignore-row-count"].contains) else { return nil }
      self = .pay(
        PayModel(
          copies: numbers[0], orders: numbers[1], locksOrder: options.contains("for-update"),
          ignoresRowCount: options.contains("ignore-row-count")))
    case ("callers", 1):
      guard options == ["locked"] || options == ["unlocked"] else { return nil }
      self = .callers(CallersModel(callers: numbers[0], isLocked: options == ["locked"]))
    default: return nil
    }
  }

  /// The words that name the model.
  package var words: [String] {
    switch self {
    case .pay(let model):
      return ["pay", "\(model.copies)", "\(model.orders)"]
        + (model.locksOrder ? ["for-update"] : [])
        + (model.ignoresRowCount ? ["ignore-row-count"] : [])
    case .callers(let model):
      return ["callers", "\(model.callers)", model.isLocked ? "locked" : "unlocked"]
    }
  }

  package var description: String { words.joined(separator: " ") }

  /// The scenario file.
  package var text: String {
    switch self {
    case .pay(let model): model.text
    case .callers(let model): model.text
    }
  }

  /// The verdict that every explorer must come to.
  package var isProved: Bool {
    switch self {
    case .pay(let model): model.isProved
    case .callers(let model): model.isProved
    }
  }
}
