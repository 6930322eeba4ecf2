/// What ALTER SEQUENCE asks for; `nil` leaves a thing as it is.
package struct SequenceChange: Hashable, Sendable {
  package var increment: Int64?
  package var minimum: Int64?
  package var maximum: Int64?
  package var resetsMinimum = false
  package var resetsMaximum = false
  package var isCycle: Bool?
  package var cache: Int64?
  package var start: Int64?
  /// `RESTART`, with a value or from the start.
  package var restart: Int64??
  /// The least and greatest value of the sequence's type.
  package var bounds: ClosedRange<Int64> = Int64.min...Int64.max
  /// Whether the sequence is new, so that all that is not said has its default.
  package var isNew = false

  package init() {}
}

extension SequenceGenerator {
  /// Does what CREATE or ALTER SEQUENCE says.
  ///
  /// Source: `init_params` in sequence.c.
  package mutating func apply(_ change: SequenceChange) throws(SQLError) {
    if let increment = change.increment { self.increment = increment }
    let isRising = increment > 0
    if change.isNew || change.resetsMinimum { minimum = isRising ? 1 : change.bounds.lowerBound }
    if change.isNew || change.resetsMaximum { maximum = isRising ? change.bounds.upperBound : -1 }
    if let minimum = change.minimum { self.minimum = minimum }
    if let maximum = change.maximum { self.maximum = maximum }
    if let isCycle = change.isCycle { self.isCycle = isCycle }
    if let cache = change.cache { self.cache = cache }
    if let start = change.start {
      self.start = start
    } else if change.isNew {
      start = isRising ? minimum : maximum
    }
    if let restart = change.restart { first = restart ?? start }
    if let problem = problem(in: change) { throw SQLError(.invalidParameterValue, problem) }
  }

  private func problem(in change: SequenceChange) -> String? {
    if increment == 0 { return "INCREMENT must not be zero" }
    if !change.bounds.contains(maximum) {
      return "MAXVALUE (\(maximum)) is out of range for sequence data type"
    }
    if !change.bounds.contains(minimum) {
      return "MINVALUE (\(minimum)) is out of range for sequence data type"
    }
    if minimum >= maximum { return "MINVALUE (\(minimum)) must be less than MAXVALUE (\(maximum))" }
    if start < minimum { return "START value (\(start)) cannot be less than MINVALUE (\(minimum))" }
    if start > maximum {
      return "START value (\(start)) cannot be greater than MAXVALUE (\(maximum))"
    }
    if let first {
      if first < minimum {
        return "RESTART value (\(first)) cannot be less than MINVALUE (\(minimum))"
      }
      if first > maximum {
        return "RESTART value (\(first)) cannot be greater than MAXVALUE (\(maximum))"
      }
    }
    if cache < 1 { return "CACHE (\(cache)) must be greater than zero" }
    return nil
  }
}
