import Reports
import Scheduler

/// `racesim report`: renders saved traces.
struct ReportCommand {
  private let command: RaceSimCommand
  private let arguments: Arguments

  init(_ command: RaceSimCommand, _ arguments: Arguments) {
    self.command = command
    self.arguments = arguments
  }

  func run() -> ExitStatus {
    let path = arguments.positionals.first ?? "-"
    guard let data = command.files.read(path) else {
      let isFolder = command.finder.entry(path) == .folder
      command.fail(
        "`\(path)` cannot be read: \(isFolder ? "it is a folder" : "there is no such file")")
      return .unreadableFile
    }
    let traces: [Trace]
    do throws(TraceReader.Problem) {
      traces = try TraceReader.traces(in: data)
    } catch {
      command.fail(
        "`\(path)` is not a trace: \(error)",
        notes: ["racesim replay --format json writes one, racesim check --format json several"])
      return .invalidScenario
    }
    guard !traces.isEmpty else {
      command.fail("`\(path)` holds no finding")
      return .nothing
    }
    let format = arguments.text("--to").flatMap(TraceFormat.init) ?? .text
    if format.isDocument {
      command.console.output(HTMLReport(traces: traces, sources: sources(of: traces)).text())
      return .success
    }
    if format == .svg, traces.count > 1 {
      command.fail(
        "`\(path)` holds \(traces.count) findings, and a picture shows one",
        notes: ["racesim replay --token … --format svg draws the one that the token names"])
      return .usage
    }
    let style = command.console.style(arguments)
    for (position, trace) in traces.enumerated() {
      guard let text = format.text(of: trace, style: style) else {
        command.fail("the trace of \(trace.steps.count) steps is too long for \(format.rawValue)")
        return .unwritableReport
      }
      command.console.output((position == 0 ? "" : "\n") + text)
    }
    return .success
  }

  /// The scenarios' files, as far as they can be read from here.
  private func sources(of traces: [Trace]) -> [String: String] {
    let paths = Set(traces.flatMap(\.steps).flatMap(\.entries).compactMap(\.path))
    return paths.reduce(into: [:]) { sources, path in
      sources[path] = command.files.read(path).map { String(decoding: $0, as: UTF8.self) }
    }
  }
}
