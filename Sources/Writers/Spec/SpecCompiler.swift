package import SQL
import Store

/// Compiles the SQL of a spec.
///
/// All definitions come first, in the order of the file: a table that setup creates and teardown drops is
/// there for good, and empty at the start of each permutation.
package enum SpecCompiler {
  /// - Returns: `nil` for the spec if there is a mistake in it.
  package static func compile(
    _ spec: Spec, sources: SourceMap
  ) -> (compiled: CompiledSpec?, diagnostics: [Diagnostic]) {
    var compilation = SpecCompilation(spec: spec, sources: sources)
    let compiled = compilation.compile()
    let errors = compilation.diagnostics.filter { $0.severity == .error }.inFileOrder
    return (errors.isEmpty ? compiled : nil, errors)
  }

  /// Reads and compiles a file.
  package static func compile(
    _ file: SourceFile
  ) -> (compiled: CompiledSpec?, diagnostics: [Diagnostic], sources: SourceMap) {
    let sources = SourceMap(file)
    let parsed = SpecReader.read(file)
    guard parsed.isUsable else { return (nil, parsed.diagnostics, sources) }
    let (compiled, diagnostics) = compile(parsed.value, sources: sources)
    return (compiled, diagnostics, sources)
  }

  /// Reads a file, and compiles it into a scenario: each session is a writer that runs its setup and then
  /// all of its steps in the order of the file.
  package static func scenario(
    _ file: SourceFile
  ) -> (scenario: Scenario?, diagnostics: [Diagnostic], sources: SourceMap) {
    let sources = SourceMap(file)
    let parsed = SpecReader.read(file)
    guard parsed.isUsable else { return (nil, parsed.diagnostics, sources) }
    var compilation = SpecCompilation(spec: parsed.value, sources: sources)
    let scenario = compilation.compileScenario(path: file.path)
    let errors = compilation.diagnostics.filter { $0.severity == .error }.inFileOrder
    return (errors.isEmpty ? scenario : nil, errors, sources)
  }

  /// What a spec's definitions are before its first step, for runs that compile statements when they begin; and what
  /// each session has prepared, the control connection last.
  static func builder(of compiled: CompiledSpec) -> (ProgramBuilder, [ClientContext]) {
    var compilation = SpecCompilation(
      spec: compiled.spec, sources: compiled.model.program.sources)
    let contexts = compilation.prepareSteps()
    return (compilation.builder, contexts)
  }

  /// The server's clock, which stands still: 2025-01-01 00:00 UTC.
  static let instant: Int64 = 9132 * 86_400 * 1_000_000
}
