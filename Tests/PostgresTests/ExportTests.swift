import Foundation
import SQL
import Scheduler
import Testing
import Writers

@testable import Postgres

/// Schedules as files that a server runs.
@Suite("Exports", .serialized)
struct ExportTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func export(_ text: String, _ order: String, variant: Int = 0) throws -> ScheduleExport {
    let scenario = try ScenarioFixture.compile(text)
    let model = scenario.models[variant]
    return try ScheduleExport(
      scenario: scenario, model: model, steps: try ScenarioFixture.steps(order, of: model),
      heading: ["Two withdrawals"])
  }

  /// The function has read the balance when the other takes the money.
  private func lostUpdate() throws -> ScheduleExport {
    let text = ScenarioFixture.withdrawals.replacing("balance <> 20", with: "balance = 20")
    return try export(text, "inside outside outside outside inside inside", variant: 1)
  }

  /// A writer waits for ever when the schedule ends, and another stands within a function.
  private static let unfinished = """
    scenario "Unfinished"
    schema { CREATE TABLE t (a int PRIMARY KEY, b text); }
    data { INSERT INTO t VALUES (1, 'it''s'); }
    writer x { BEGIN; UPDATE t SET b = 'x' WHERE a = 1; COMMIT; }
    writer y { UPDATE t SET b = 'y' WHERE a = 1; }
    invariant never { SELECT a FROM t WHERE b = 'it''s' }
    expect violated never
    """

  private func golden(_ text: String, _ name: String) throws {
    let url = Self.root.appending(path: "Tests/PostgresTests/Golden/\(name)")
    if ProcessInfo.processInfo.environment["RACESIM_BLESS"] == "1" {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
      return
    }
    #expect(try String(contentsOf: url, encoding: .utf8) == text, "\(name) differs")
  }

  @Test("golden files, the same twice")
  func files() throws {
    try golden(try lostUpdate().spec(), "withdrawals.spec")
    try golden(try lostUpdate().bash(), "withdrawals.psql")
    #expect(try lostUpdate().spec() == lostUpdate().spec())
    try golden(try export(Self.unfinished, "x y").spec(), "unfinished.spec")
  }

  @Test("our own reader takes the spec")
  func readable() throws {
    let text = try lostUpdate().spec()
    let file = SourceFile(path: "a.spec", text: text)
    #expect(SpecReader.read(file).diagnostics.map(\.message) == [])
  }

  @Test("what a spec cannot hold is refused, and a script holds it")
  func braces() throws {
    let text = ScenarioFixture.withdrawals.replacing(
      "UPDATE account SET balance = v_balance - :amount WHERE id = 1;",
      with: "UPDATE account SET balance = v_balance - :amount WHERE id = 1 AND '}' = '}';")
    let found = try export(text, "outside outside outside")
    let refusal = #expect(throws: ScheduleExport.Refusal.self) { try found.spec() }
    #expect(refusal?.reason.contains("holds a `}`, which ends a block of a spec") == true)
    #expect(found.bash().contains("AND '}' = '}'"))
  }

  // MARK: On a server

  private static let isolationtester: String? = {
    guard let programs = try? ServerPrograms.find(environment: ProcessInfo.processInfo.environment)
    else { return nil }
    let path = URL(fileURLWithPath: programs.folder).deletingLastPathComponent()
      .appending(path: "lib/pgxs/src/test/isolation/isolationtester").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()

  private static let psql: String? = ["/usr/bin/psql", "/usr/local/bin/psql"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// What a program prints, both streams, and its exit code.
  private func run(
    _ program: String, _ arguments: [String], input: String
  ) throws -> (text: String, status: Int32) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "racesim-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "input")
    try Data(input.utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["60", program] + arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  @Test(
    "isolationtester runs the spec, and the rule returns its row",
    .enabled(if: LiveServer.isInstalled && isolationtester != nil))
  func onIsolationtester() throws {
    let server = try LiveServer.shared.get().server
    let program = try #require(Self.isolationtester)
    let lost = try run(program, [server.target], input: try lostUpdate().spec())
    #expect(lost.status == 0)
    #expect(lost.text.contains("step breaks_nothing_lost: "))
    #expect(!lost.text.contains("(0 rows)") && !lost.text.contains("ERROR"), "\(lost.text)")
    let open = try run(
      program, [server.target], input: try export(Self.unfinished, "x y").spec())
    #expect(open.status == 0)
    #expect(open.text.contains("<waiting ...>"))
    #expect(open.text.contains("step breaks_never: "))
  }

  @Test(
    "bash and psql run the script, and it says whether the end is as simulated",
    .enabled(if: LiveServer.isInstalled && psql != nil))
  func onPsql() throws {
    let server = try LiveServer.shared.get().server
    let script = try lostUpdate().bash()
    let arguments = ["-s", "--", "-d", server.target]
    let good = try run("/bin/bash", arguments, input: script)
    #expect(good.status == 0, "\(good.text)")
    #expect(good.text.contains("\nreproduced\n"))
    // The data are others: the rule returns nothing.
    let other = script.replacing("VALUES (1, 100,", with: "VALUES (1, 180,")
    #expect(other != script)
    let bad = try run("/bin/bash", arguments, input: other.replacing("<> 20", with: "< 0"))
    #expect(bad.status == 1)
    #expect(bad.text.contains("not reproduced"))
  }
}
