import Store
package import Writers

/// Different final states, with a text for each.
package struct FinalStateSet: Sendable {
  private var texts: [FinalState: String] = [:]
  /// The SQLSTATEs that sessions end with in some of them.
  package private(set) var errors: Set<String> = []
  /// Whether it is known which rules they break; not where they are put together from those of parts.
  package let knowsRules: Bool

  package init(knowsRules: Bool = true) { self.knowsRules = knowsRules }

  package var count: Int { texts.count }

  /// `broken` names the invariants that the state breaks.
  package mutating func insert(_ state: MachineState, _ machine: Machine, broken: [String]) {
    let key = FinalState(state, machine, broken: broken)
    if texts[key] != nil { return }
    errors.formUnion(state.controls.compactMap(\.sqlState.asText))
    texts[key] = FinalState.text(of: state, machine, broken: broken)
  }

  mutating func insert(_ state: FinalState, text: String) { texts[state] = text }

  /// The texts of those that the other does not have, in order.
  package func subtracting(_ other: FinalStateSet) -> [String] {
    if knowsRules && other.knowsRules {
      return texts.filter { other.texts[$0.key] == nil }.map(\.value).sorted()
    }
    let others = Set(other.texts.keys.map(\.withoutRules))
    return texts.filter { !others.contains($0.key.withoutRules) }.map(\.value).sorted()
  }
}
