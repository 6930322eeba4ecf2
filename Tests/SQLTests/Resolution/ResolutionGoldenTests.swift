import Foundation
import Store
import Testing

@testable import SQL

/// Scripts whose answers come from a PostgreSQL 15 server.
///
/// A script is SQL, each statement ended by a semicolon at the end of a line. Beside `name.sql` lies
/// `name.expected`, what `psql -qAtX` printed for it: rows with `|` between their columns, and ERROR for
/// a statement that failed, when it was read or when it ran. `bless` beside them asks a server again.
struct AnsweredScript: CustomTestStringConvertible, Sendable {
  let name: String

  var testDescription: String { name }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  static let all: [AnsweredScript] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".sql") }.sorted().map {
      AnsweredScript(name: String($0.dropLast(4)))
    }
  }()

  func read(_ suffix: String) throws -> String {
    let path = Self.folder.appendingPathComponent(name + suffix).path
    return try String(contentsOfFile: path, encoding: .utf8)
  }
}

@Suite("Answers of PostgreSQL")
struct ResolutionGoldenTests {
  @Test("scripts", arguments: AnsweredScript.all)
  func answers(_ script: AnsweredScript) throws {
    let source = try script.read(".sql")
    let expected = try script.read(".expected")
    let run = ScriptRun(source)
    let found = run.answers
    // Compare statement by statement, so that a difference names its statement.
    let lines = expected.components(separatedBy: "\n")
    let wanted = lines.split(separator: ";", omittingEmptySubsequences: false).map {
      $0.joined(separator: "\n")
    }
    for (index, answer) in found.enumerated() where index < wanted.count {
      #expect(
        answer.text == wanted[index], "\(answer.statement)\n\(run.messages[index] ?? "")")
    }
    #expect(found.count == wanted.count - 1)
  }
}

/// A script run in one session, each statement in a transaction of its own.
struct ScriptRun {
  private(set) var answers: [(statement: String, text: String)] = []
  private(set) var messages: [Int: String] = [:]

  init(_ source: String) {
    let statements = source.components(separatedBy: ";\n").filter {
      !$0.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty
    }
    var sources = SourceMap()
    let files = statements.map { SourceFile(path: "script", text: $0) }
    for file in files { _ = sources.add(file) }
    let builder = ProgramBuilder(sources: sources)
    var compiled: [Int: CompiledStatement] = [:]
    for (index, file) in files.enumerated() {
      let parsed = SQLReader.statements(in: file, index: UInt16(index))
      builder.diagnostics += parsed.diagnostics
      for statement in parsed.value {
        switch statement.kind {
        case .select, .insert, .update, .delete:
          let scope = Scope(variables: VariableScope(label: nil), access: .databaseOrWorld)
          compiled[index] = builder.statement(statement, in: scope)
        default: builder.define([statement], isWorld: false)
        }
      }
    }
    for diagnostic in builder.diagnostics where diagnostic.severity == .error {
      messages[Int(diagnostic.span.file)] = diagnostic.message
    }
    run(builder, statements, compiled)
  }

  private mutating func run(
    _ builder: ProgramBuilder, _ statements: [String], _ compiled: [Int: CompiledStatement]
  ) {
    var routines: [Int: RoutineID] = [:]
    for index in statements.indices {
      guard let statement = compiled[index] else { continue }
      var routine = Routine(name: "script", kind: .writer, parameters: [])
      routine.variables = VariableScope(label: nil).slots
      routine.instructions = [
        .beginImplicit, .statement(statement.index, .discard), .commitImplicit, .finish(nil),
      ]
      routine.spans = routine.instructions.map { _ in SourceSpan(file: 0, start: 0, end: 0) }
      routine.live = routine.instructions.map { _ in ~0 }
      routines[index] = RoutineID(builder.program.routines.count)
      builder.program.routines.append(routine)
    }
    let program = builder.program
    var executor = Executor(program: program, instants: [0], options: Executor.Options())
    executor.database = DatabaseState(schema: program.schema, sessionCount: 1)
    executor.recorder = Recorder(isOn: true)
    for (index, statement) in statements.enumerated() {
      if messages[index] != nil {
        answers.append((statement, "ERROR"))
        continue
      }
      let text = routines[index].map { execute($0, &executor, index) } ?? ""
      answers.append((statement, text))
    }
  }

  private mutating func execute(
    _ routine: RoutineID, _ executor: inout Executor, _ index: Int
  ) -> String {
    executor.recorder.events = []
    var result = executor.start(routine, arguments: [])
    while result == .yielded { result = executor.step() }
    if case .failed(let error) = result { return failed(error, index) }
    for event in executor.recorder.events {
      if case .failed(let error) = event { return failed(error, index) }
      guard case .finished(_, let columns, let rows) = event else { continue }
      let catalog = executor.program.types
      return rows.map { row in
        zip(row, columns).map { $0.formatted(as: $1.type, catalog: catalog) }
          .joined(separator: "|")
      }.joined(separator: "\n")
    }
    return ""
  }

  private mutating func failed(_ error: SQLError, _ index: Int) -> String {
    messages[index] = error.message
    return "ERROR"
  }
}
