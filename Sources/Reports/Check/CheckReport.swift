package import Scheduler

/// Everything that a check found: what each report for tools is rendered from.
package struct CheckReport: Sendable {
  /// A violation with its shortest run.
  package struct Finding: Sendable {
    package var trace: Trace
    /// The scenario expects it.
    package var isExpected: Bool
    /// Interleavings that break the property, if they were counted.
    package var violatingInterleavings: String?

    package init(trace: Trace, isExpected: Bool, violatingInterleavings: String? = nil) {
      self.trace = trace
      self.isExpected = isExpected
      self.violatingInterleavings = violatingInterleavings
    }

    /// The property that is broken.
    package var property: String { trace.finding?.name ?? "" }
    /// `lost update (P4)`; empty for what has no name.
    package var anomaly: String { trace.finding?.anomalyName ?? "" }
  }

  /// One model: the scenario as written or a variant.
  package struct Model: Sendable {
    package var row: Summary.Row
    /// What the scenario is called.
    package var title: String
    /// All properties that were checked, in the order of the file.
    package var properties: [String]
    /// One for each property that is broken, shortest first.
    package var findings: [Finding]

    package init(
      row: Summary.Row, title: String = "", properties: [String], findings: [Finding]
    ) {
      self.row = row
      self.title = title
      self.properties = properties
      self.findings = findings
    }

    /// `Scenarios/seats.race (no lock)`.
    package var name: String { Summary.name(path: row.path, variant: row.variant) }

    /// The finding about a property.
    package func finding(_ property: String) -> Finding? {
      findings.first { $0.property == property }
    }

    /// What is wrong besides findings that nobody expected: an expectation that was not met, a bound.
    package var complaint: String? {
      switch row.judgement.status {
      case .ok, .expected: return nil
      case .bounded:
        var bound = row.exploration.bound.map { "bound: \($0)" } ?? "inconclusive"
        if let text = ParametricText(row.exploration)?.line, !text.isEmpty { bound += "; \(text)" }
        return row.judgement.remark.isEmpty ? bound : "\(bound); \(row.judgement.remark)"
      case .failed:
        return row.judgement.remark.isEmpty ? nil : row.judgement.remark
      }
    }
  }

  /// A timeline that was run.
  package struct Timeline: Sendable {
    package var name: String
    package var path: String
    package var steps: Int
    package var broken: [String]
    /// What is not as the timeline expects; empty if all is.
    package var remark: String

    package init(name: String, path: String, steps: Int, broken: [String], remark: String) {
      self.name = name
      self.path = path
      self.steps = steps
      self.broken = broken
      self.remark = remark
    }

    /// `breaks nothing`, `breaks funds_safe`, or what is not as expected.
    package var outcome: String {
      if !remark.isEmpty { return remark }
      return broken.isEmpty ? "breaks nothing" : "breaks \(broken.joined(separator: ", "))"
    }
  }

  /// What was done, one after the other.
  package enum Entry: Sendable {
    case model(Model)
    case timeline(Timeline)
  }

  /// In the order of the check: files, then their models and timelines.
  package var entries: [Entry] = []
  /// How many models were to be checked.
  package var plannedModels = 0
  /// Files with errors.
  package var invalidPaths: [String] = []
  package var counts = Summary.Counts()
  package var status = ExitStatus.success
  /// The version of the command.
  package var version: String

  package init(version: String) { self.version = version }

  package var models: [Model] {
    entries.compactMap { if case .model(let model) = $0 { model } else { nil } }
  }

  package var timelines: [Timeline] {
    entries.compactMap { if case .timeline(let timeline) = $0 { timeline } else { nil } }
  }

  /// The files that were checked, each once, in order.
  package var paths: [String] {
    var seen: Set<String> = []
    return (models.map(\.row.path) + invalidPaths).filter { seen.insert($0).inserted }
  }
}

extension Trace.Finding {
  /// `lost update (P4)`, `P4` or `logic error`; empty for what has no name or only the property's own.
  package var anomalyName: String {
    guard let anomaly, anomaly != name else { return anomalyCode ?? "" }
    return anomalyCode.map { "\(anomaly) (\($0))" } ?? anomaly
  }

  /// `lost update (P4): bob overwrote …`; never empty.
  package var headline: String {
    let parts = [anomalyName, explanation].filter { !$0.isEmpty }
    return parts.isEmpty ? "\(name) is violated" : parts.joined(separator: ": ")
  }
}
