import Store
package import Writers

/// Different final states, with a text for each.
package struct FinalStateSet: Sendable {
  private var texts: [FinalState: String] = [:]
  /// The SQLSTATEs that sessions end with in some of them.
  package private(set) var errors: Set<String> = []

  package init() {}

  package var count: Int { texts.count }

  /// `broken` names the invariants that the state breaks.
  package mutating func insert(_ state: MachineState, _ machine: Machine, broken: [String]) {
    let key = FinalState(state, machine, broken: broken)
    if texts[key] != nil { return }
    errors.formUnion(state.controls.compactMap(\.sqlState.asText))
    texts[key] = FinalState.text(of: state, machine, broken: broken)
  }

  /// The texts of those that the other does not have, in order.
  package func subtracting(_ other: FinalStateSet) -> [String] {
    texts.filter { other.texts[$0.key] == nil }.map(\.value).sorted()
  }
}
