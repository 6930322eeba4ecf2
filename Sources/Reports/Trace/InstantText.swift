import Scheduler

/// Instants without what all instants of the trace's clock share: the day and the time zone.
struct InstantText: Hashable, Sendable {
  /// `2025-12-01 `, or empty.
  private let datePrefix: String
  /// `+00`, or empty.
  private let zoneSuffix: String

  init(_ trace: Trace) {
    let instants = trace.steps.compactMap(\.instant)
    datePrefix = Self.commonDate(instants)
    zoneSuffix = Self.commonZone(instants)
  }

  /// The instant without the parts that are shared; other texts stay as they are.
  func short(_ text: String) -> String {
    guard !datePrefix.isEmpty, text.hasPrefix(datePrefix), text.hasSuffix(zoneSuffix) else {
      return text
    }
    return String(text.dropFirst(datePrefix.count).dropLast(zoneSuffix.count))
  }

  private static func commonDate(_ instants: [String]) -> String {
    guard let first = instants.first, let space = first.firstIndex(of: " ") else { return "" }
    let date = String(first[...space])
    return instants.allSatisfy { $0.hasPrefix(date) } ? date : ""
  }

  private static func commonZone(_ instants: [String]) -> String {
    guard let first = instants.first, let sign = first.lastIndex(where: { $0 == "+" || $0 == "-" }),
      let colon = first.firstIndex(of: ":"), sign > colon
    else { return "" }
    let zone = String(first[sign...])
    return instants.allSatisfy { $0.hasSuffix(zone) } ? zone : ""
  }
}
