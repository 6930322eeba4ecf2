import Postgres
import Reports
import SQL
import Scheduler
import Writers

/// A schedule that goes into a file for a server to run: a spec, or a script of psql.
struct FindingExport {
  var scenario: Scenario
  var model: Model
  var choices: [Choice]
  /// The schedule, told: for the file's heading and its name.
  var trace: Trace
  /// What a step of the schedule is.
  var options: MachineOptions

  /// The file's text; ends with a line feed.
  ///
  /// - Throws: Why a server cannot be led so.
  func text(as format: ExportFormat) throws(ScheduleExport.Refusal) -> String {
    guard options.granularity == .row else {
      throw ScheduleExport.Refusal(
        reason: "its steps are whole statements, and a server is led by those of --granularity row",
        span: nil)
    }
    let export = try ScheduleExport(
      scenario: scenario, model: model, steps: try steps(), heading: ExportFormat.heading(trace))
    switch format {
    case .spec: return try export.spec()
    case .psql: return export.bash()
    }
  }

  private func steps() throws(ScheduleExport.Refusal) -> [Replayer.Step] {
    var replayer: Replayer
    do throws(Diagnostic) {
      replayer = try Replayer(model: model, options: options)
    } catch {
      throw ScheduleExport.Refusal(reason: error.message, span: nil)
    }
    do throws(Divergence) {
      return try replayer.replay(choices)
    } catch {
      throw ScheduleExport.Refusal(reason: error.description, span: nil)
    }
  }

  // MARK: A folder of them

  /// `classics-seat-booking.no-lock.one_ticket_a_seat.spec`: the same for the same finding, whatever else
  /// is found.
  func fileName(_ format: ExportFormat) -> String {
    var path = trace.scenarioPath
    for prefix in ["./", "Scenarios/"] where path.hasPrefix(prefix) {
      path.removeFirst(prefix.count)
    }
    if path.hasSuffix(".race") { path.removeLast(".race".count) }
    let parts = [path, trace.variant, trace.finding?.name ?? ""].map(Self.slug)
    let stem = parts.filter { !$0.isEmpty }.joined(separator: ".")
    return stem + (format == .spec ? ".spec" : ".sh")
  }

  /// Letters, digits and underscores of a text, with hyphens between them.
  private static func slug(_ text: String) -> String {
    let words = text.lowercased().split { character in
      !(character.isASCII && (character.isLetter || character.isNumber || character == "_"))
    }
    var slug = ""
    for word in words where slug.count + word.count < 80 {
      slug += slug.isEmpty ? String(word) : "-" + word
    }
    return slug
  }

  /// Writes a file for each finding that a server can be led to; says which cannot be.
  ///
  /// - Returns: What went wrong with a file.
  static func write(
    _ exports: [FindingExport], as format: ExportFormat, into folder: String,
    _ command: RaceSimCommand
  ) -> String? {
    if let problem = command.files.makeFolder(folder) { return problem }
    var taken: Set<String> = []
    for export in exports {
      let finding = Summary.name(path: export.trace.scenarioPath, variant: export.trace.variant)
      var name = export.fileName(format)
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(number)-" + export.fileName(format)
        number += 1
      }
      do throws(ScheduleExport.Refusal) {
        let text = try export.text(as: format)
        if let problem = command.files.write(text, folder + "/" + name) {
          return "\(name): \(problem)"
        }
      } catch {
        command.warn(
          "\(export.trace.finding?.name ?? "") of \(finding) cannot be written as \(format.rawValue): "
            + error.reason)
      }
    }
    return nil
  }
}
