/// PostgreSQL's interval: months, days and microseconds, none of which turns into another.
package struct Interval: Hashable, Sendable {
  package var months: Int32
  package var days: Int32
  package var microseconds: Int64

  package init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }

  /// What intervals compare by: a month counts 30 days, a day 24 hours.
  package var comparisonKey: Int128 {
    let days = Int128(months) * 30 + Int128(self.days)
    return days * Int128(Timestamp.microsecondsPerDay) + Int128(microseconds)
  }
}
