import Scheduler

/// The models of a check, by folder and file: what each came to, and links to its findings.
///
/// A table for each folder, readable without a script; the script adds a search and a choice of verdicts.
struct HTMLOverview {
  private let report: CheckReport
  /// The number of the run that shows a finding, by the positions of model and finding; `nil` for those
  /// left out.
  private let runNumber: (_ model: Int, _ finding: Int) -> Int?

  init(_ report: CheckReport, runNumber: @escaping (_ model: Int, _ finding: Int) -> Int?) {
    self.report = report
    self.runNumber = runNumber
  }

  /// What a model or a timeline came to.
  private enum Verdict: String, CaseIterable {
    case failed, errors, bound, expected, proved

    /// As the chips say it.
    var title: String {
      switch self {
      case .failed: "failed"
      case .errors: "with errors"
      case .bound: "inconclusive"
      case .expected: "as expected"
      case .proved: "proved"
      }
    }
  }

  /// A line of the overview.
  private struct Entry {
    var verdict: Verdict
    var name: String
    /// Markup.
    var outcome: String
    var states = ""
    /// What the search finds.
    var words: String
  }

  private struct File {
    var path: String
    var title = ""
    var entries: [Entry] = []
  }

  // MARK: Text

  func text() -> String {
    let files = self.files
    let all = files.flatMap(\.entries)
    var text = "<section class=\"overview\" id=\"all\">\n" + proportions(all)
    text += "<div class=\"tools\" hidden></div>\n"
    var folder: String?
    for file in files {
      let parts = Self.split(file.path)
      if parts.folder != folder {
        if folder != nil { text += "</table></div>\n" }
        folder = parts.folder
        text += "<div class=\"folder\"><table>"
        text += "<caption>\(XMLText.escaped(parts.folder.isEmpty ? "." : parts.folder))</caption>"
        text += "<thead class=\"hidden\"><tr><th scope=\"col\">verdict</th>"
        text += "<th scope=\"col\">model</th><th scope=\"col\">outcome</th>"
        text += "<th scope=\"col\">states</th></tr></thead>\n"
      }
      text += rows(of: file, named: parts.name)
    }
    if folder != nil { text += "</table></div>\n" }
    return text + "<p class=\"none\" hidden>nothing matches</p></section>\n"
  }

  /// How much of all came to what, as a bar and in words.
  private func proportions(_ entries: [Entry]) -> String {
    var bar = ""
    var words = ""
    var start = 0
    for verdict in Verdict.allCases {
      let count = entries.filter { $0.verdict == verdict }.count
      guard count > 0 else { continue }
      bar +=
        "<rect class=\"v-\(verdict.rawValue)\" x=\"\(start)\" width=\"\(count)\" height=\"1\"/>"
      start += count
      words += "<li class=\"v-\(verdict.rawValue)\"><b>\(grouped(String(count)))</b> "
      words += "\(verdict.title)</li>"
    }
    guard start > 0 else { return "" }
    return "<svg class=\"bar\" viewBox=\"0 0 \(start) 1\" preserveAspectRatio=\"none\" "
      + "aria-hidden=\"true\">\(bar)</svg>\n<ul class=\"totals\">\(words)</ul>\n"
  }

  private func rows(of file: File, named name: String) -> String {
    var text = "<tbody><tr class=\"file\"><th scope=\"rowgroup\" colspan=\"4\">"
    text += "\(XMLText.escaped(name))"
    if !file.title.isEmpty { text += " <small>\(XMLText.escaped(file.title))</small>" }
    text += "</th></tr>\n"
    for entry in file.entries {
      text += "<tr class=\"model\" data-verdict=\"\(entry.verdict.rawValue)\" "
      text += "data-words=\"\(XMLText.attribute(entry.words.lowercased()))\">"
      text += "<td class=\"v v-\(entry.verdict.rawValue)\">\(Self.badge(entry.verdict))</td>"
      text += "<td class=\"name\">\(XMLText.escaped(entry.name))</td>"
      text += "<td class=\"outcome\">\(entry.outcome)</td>"
      text += "<td class=\"num\">\(entry.states)</td></tr>\n"
    }
    return text + "</tbody>\n"
  }

  private static func badge(_ verdict: Verdict) -> String {
    switch verdict {
    case .failed: "FAIL"
    case .errors: "errors"
    case .bound: "bound"
    case .expected: "expected"
    case .proved: "ok"
    }
  }

  /// The folder and the file's name.
  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path.visible) }
    let name = path[path.index(after: slash)...]
    return (String(path[..<slash]).visible, String(name).visible)
  }

  // MARK: Entries

  private var files: [File] {
    var files = report.invalidPaths.map { path in
      let entry = Entry(
        verdict: .errors, name: "", outcome: "<span class=\"bad\">the file has errors</span>",
        words: "\(path) errors")
      return File(path: path, entries: [entry])
    }
    func add(_ entry: Entry, _ path: String, _ title: String) {
      let index =
        files.firstIndex { $0.path == path }
        ?? {
          files.append(File(path: path))
          return files.count - 1
        }()
      if !title.isEmpty { files[index].title = title }
      files[index].entries.append(entry)
    }
    var position = 0
    for item in report.entries {
      switch item {
      case .model(let model):
        add(entry(model, at: position), model.row.path, model.title)
        position += 1
      case .timeline(let timeline): add(entry(timeline), timeline.path, "")
      }
    }
    return files
  }

  private func entry(_ model: CheckReport.Model, at position: Int) -> Entry {
    let exploration = model.row.exploration
    let verdict: Verdict =
      switch model.row.judgement.status {
      case .ok: .proved
      case .expected: .expected
      case .failed: .failed
      case .bounded: .bound
      }
    var outcomes = model.findings.enumerated().map { index, finding in
      self.outcome(finding, run: runNumber(position, index))
    }
    if outcomes.isEmpty {
      let ink = exploration.verdict == .proved ? "good" : "warning"
      outcomes.append(
        "<span class=\"\(ink)\">\(XMLText.escaped(exploration.verdict.rawValue))</span>")
    }
    if exploration.verdict != .inconclusive, let text = ParametricText(exploration) {
      outcomes.append("<span class=\"dim\">\(XMLText.escaped(text.scope))</span>")
    }
    if let complaint = model.complaint {
      let ink = verdict == .bound ? "warning" : "bad"
      outcomes.append("<span class=\"\(ink)\">\(XMLText.escaped(complaint))</span>")
    }
    let name = model.row.variant.isEmpty ? "as written" : model.row.variant
    let found = model.findings.flatMap { [$0.property, $0.anomaly] }
    return Entry(
      verdict: verdict, name: name, outcome: outcomes.joined(separator: " "),
      states: (exploration.bound == nil ? "" : "≥ ") + counted(exploration.states, "state"),
      words: ([model.row.path, name] + found).joined(separator: " "))
  }

  private func outcome(_ finding: CheckReport.Finding, run: Int?) -> String {
    let anomaly = finding.anomaly
    var said = "<b>\(XMLText.escaped(finding.property))</b>"
    if !anomaly.isEmpty, anomaly != finding.property { said += " \(XMLText.escaped(anomaly))" }
    let ink = finding.isExpected ? "hit" : "hit bad"
    guard let run else { return "<span class=\"\(ink)\">\(said)</span>" }
    return "<a class=\"\(ink)\" href=\"#f=\(run)\">\(said)</a>"
  }

  private func entry(_ timeline: CheckReport.Timeline) -> Entry {
    let isGood = timeline.remark.isEmpty
    let ink = isGood ? "dim" : "bad"
    return Entry(
      verdict: isGood ? .expected : .failed, name: "timeline \(timeline.name)",
      outcome: "<span class=\"\(ink)\">\(XMLText.escaped(timeline.outcome))</span>",
      states: counted(timeline.steps, "step"),
      words: "\(timeline.path) timeline \(timeline.name)")
  }
}
