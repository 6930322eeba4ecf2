package import SQL

/// A scenario file with everything that it includes, block by block in the order written.
package struct ScenarioSyntax: Hashable, Sendable {
  /// The title of the file itself; of an included file when the file has none.
  package var title: TextSyntax?

  package var descriptions: [TextSyntax] = []
  package var includes: [IncludeSyntax] = []
  package var parameters: [ParameterSyntax] = []

  /// `schema { … }`: what the database knows.
  package var schemas: [StatementsSyntax] = []

  /// `world { … }`: tables outside the database.
  package var worlds: [StatementsSyntax] = []

  /// `data { … }`: the rows that are there at the start.
  package var data: [StatementsSyntax] = []

  package var clocks: [ClockSyntax] = []
  package var isolations: [IsolationSyntax] = []
  package var writers: [WriterSyntax] = []
  package var invariants: [InvariantSyntax] = []
  package var faults: [FaultSyntax] = []
  package var allowances: [AllowanceSyntax] = []
  package var checks: [CheckSyntax] = []
  package var expectations: [ExpectationSyntax] = []
  package var variants: [VariantSyntax] = []
  package var timelines: [TimelineSyntax] = []

  package init() {}
}

/// A title or a remark in double quotes.
package struct TextSyntax: Hashable, Sendable {
  package var text: String
  package var span: SourceSpan

  package init(_ text: String, at span: SourceSpan) {
    self.text = text
    self.span = span
  }
}

/// A whole number with its place.
package struct NumberSyntax: Hashable, Sendable {
  package var value: Int
  package var span: SourceSpan

  package init(_ value: Int, at span: SourceSpan) {
    self.value = value
    self.span = span
  }
}

/// How many of something there are: written out, or the value of a parameter.
package enum CountSyntax: Hashable, Sendable {
  case number(NumberSyntax)
  case parameter(ExpressionSyntax)
  /// `times many`: any number.
  case many(SourceSpan)

  package var span: SourceSpan {
    switch self {
    case .number(let number): number.span
    case .parameter(let parameter): parameter.span
    case .many(let span): span
    }
  }
}

/// `include 'path'`.
package struct IncludeSyntax: Hashable, Sendable {
  /// As written, relative to the including file.
  package var path: StringSyntax

  /// The file's index in the source map; `nil` when it could not be read.
  package var file: UInt16?

  package var span: SourceSpan

  package init(path: StringSyntax, file: UInt16? = nil, span: SourceSpan) {
    self.path = path
    self.file = file
    self.span = span
  }
}

/// `param name type = expression`, which SQL reads as `:name`.
package struct ParameterSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var type: TypeNameSyntax
  package var value: ExpressionSyntax
  package var span: SourceSpan

  package init(
    name: NameSyntax, type: TypeNameSyntax, value: ExpressionSyntax, span: SourceSpan
  ) {
    self.name = name
    self.type = type
    self.value = value
    self.span = span
  }
}

/// The statements of a `schema`, `world` or `data` block.
package struct StatementsSyntax: Hashable, Sendable {
  package var statements: [StatementSyntax]
  package var span: SourceSpan

  package init(statements: [StatementSyntax], span: SourceSpan) {
    self.statements = statements
    self.span = span
  }
}

/// `clock 'instant', …`, or `clock from 'first' to 'last' every 'step'`.
package struct ClockSyntax: Hashable, Sendable {
  /// The instants that the environment moves to.
  package enum Kind: Hashable, Sendable {
    case instants([StringSyntax])
    case range(from: StringSyntax, to: StringSyntax, every: StringSyntax)
  }

  package var kind: Kind
  package var span: SourceSpan

  package init(_ kind: Kind, at span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

/// `isolation level`.
package struct IsolationSyntax: Hashable, Sendable {
  package var level: IsolationLevelSyntax
  package var span: SourceSpan

  package init(level: IsolationLevelSyntax, span: SourceSpan) {
    self.level = level
    self.span = span
  }
}

/// `writer name[(parameters)] [options] ["label"] { program }`.
package struct WriterSyntax: Hashable, Sendable {
  package var name: NameSyntax

  /// The names that the program reads as `:name`.
  package var parameters: [NameSyntax] = []

  /// One session for every value.
  package var bindings: BindingsSyntax?

  /// `times N`, `times :name` or `times many`: that many identical sessions.
  package var times: CountSyntax?

  package var isolation: IsolationSyntax?
  package var retry: RetrySyntax?

  /// `restarts N`: how often a crashed or finished program runs again.
  package var restarts: CountSyntax?

  /// `restarts N on crash`: a program that has finished does not run again.
  package var restartsOnCrashOnly = false

  package var label: TextSyntax?
  package var program: ProgramSyntax
  package var span: SourceSpan

  package init(name: NameSyntax, program: ProgramSyntax, span: SourceSpan) {
    self.name = name
    self.program = program
    self.span = span
  }
}

/// `for name in first..last`, `for name in (a, b)`, or `for (x, y) in ((1, 2), (3, 4))`.
package struct BindingsSyntax: Hashable, Sendable {
  /// The values that are bound in turn.
  package enum Values: Hashable, Sendable {
    case range(ExpressionSyntax, ExpressionSyntax)

    /// One row for a session, as long as there are names.
    case list([[ExpressionSyntax]])
  }

  package var names: [NameSyntax]
  package var values: Values
  package var span: SourceSpan

  package init(names: [NameSyntax], values: Values, span: SourceSpan) {
    self.names = names
    self.values = values
    self.span = span
  }
}

/// `retry N on condition, …`, or `retry on condition, …`.
package struct RetrySyntax: Hashable, Sendable {
  /// Nil where it is tried again as often as it takes.
  package var count: CountSyntax?
  package var conditions: [ConditionSyntax]
  package var span: SourceSpan

  package init(count: CountSyntax?, conditions: [ConditionSyntax], span: SourceSpan) {
    self.count = count
    self.conditions = conditions
    self.span = span
  }
}

/// The statements of a writer.
package struct ProgramSyntax: Hashable, Sendable {
  package var statements: [ProceduralStatementSyntax]

  /// From brace to brace.
  package var span: SourceSpan

  package init(statements: [ProceduralStatementSyntax], span: SourceSpan) {
    self.statements = statements
    self.span = span
  }
}

/// `invariant name "text" { query }`, `always …` or `finally …`.
package struct InvariantSyntax: Hashable, Sendable {
  /// When it is checked.
  package enum Moment: String, Hashable, Sendable {
    /// After every commit and every change of the world.
    case always

    /// Where no session can step any more.
    case finally
  }

  package var moment: Moment
  package var name: NameSyntax
  package var text: TextSyntax?
  package var query: QuerySyntax
  package var span: SourceSpan

  package init(
    moment: Moment, name: NameSyntax, text: TextSyntax?, query: QuerySyntax, span: SourceSpan
  ) {
    self.moment = moment
    self.name = name
    self.text = text
    self.query = query
    self.span = span
  }
}

/// One line of `faults { … }`: `crash writer up to N`.
package struct FaultSyntax: Hashable, Sendable {
  /// Who is hit.
  package enum Target: Hashable, Sendable {
    case any
    case writer(NameSyntax)
  }

  package var target: Target

  /// `up to N`; 1 when not written.
  package var limit: NumberSyntax

  package var span: SourceSpan

  package init(target: Target, limit: NumberSyntax, span: SourceSpan) {
    self.target = target
    self.limit = limit
    self.span = span
  }
}

/// `allow …`: a built-in property that may fail.
package struct AllowanceSyntax: Hashable, Sendable {
  /// What may happen.
  package enum Kind: Hashable, Sendable {
    case deadlock

    /// A session that waits for ever.
    case stuck

    /// A session that goes on for ever.
    case endless

    /// An error that its writer does not handle; any error when the list is empty.
    case unhandledError([ConditionSyntax])
  }

  package var kind: Kind

  /// `in writer, …`: only there; everywhere when empty.
  package var writers: [NameSyntax]

  package var span: SourceSpan

  package init(kind: Kind, writers: [NameSyntax] = [], span: SourceSpan) {
    self.kind = kind
    self.writers = writers
    self.span = span
  }
}

/// `check serializable`.
package struct CheckSyntax: Hashable, Sendable {
  /// The properties that are checked on request.
  package enum Kind: String, Hashable, CaseIterable, Sendable {
    case serializable
  }

  package var kind: Kind
  package var span: SourceSpan

  package init(kind: Kind, span: SourceSpan) {
    self.kind = kind
    self.span = span
  }
}

/// `expect proved`, `expect violated name, …` or `expect inconclusive`.
package struct ExpectationSyntax: Hashable, Sendable {
  /// The verdict that must come out.
  package enum Verdict: Hashable, Sendable {
    case proved
    case inconclusive

    /// Exactly these are violated; any when the list is empty. The built-in properties are
    /// named `deadlock`, `stuck`, `endless`, `unhandled_error` and `serializable`.
    case violated([NameSyntax])
  }

  package var verdict: Verdict
  package var span: SourceSpan

  package init(verdict: Verdict, span: SourceSpan) {
    self.verdict = verdict
    self.span = span
  }
}

/// `variant "name" { changes }`.
package struct VariantSyntax: Hashable, Sendable {
  package var name: TextSyntax
  package var changes: [VariantChangeSyntax]
  package var span: SourceSpan

  package init(name: TextSyntax, changes: [VariantChangeSyntax], span: SourceSpan) {
    self.name = name
    self.changes = changes
    self.span = span
  }
}

/// One line of a variant.
package enum VariantChangeSyntax: Hashable, Sendable {
  /// `set name = expression`.
  case set(NameSyntax, ExpressionSyntax)

  /// `without locks`.
  case withoutLocks(SourceSpan)

  /// `without lock N`.
  case withoutLock(NumberSyntax)

  /// `without writer a, b`.
  case withoutWriters([NameSyntax])

  /// `only writers a, b`.
  case onlyWriters([NameSyntax])

  /// `without invariant a, b`.
  case withoutInvariants([NameSyntax])

  /// `only invariants a, b`.
  case onlyInvariants([NameSyntax])

  case isolation(IsolationSyntax)
  case clock(ClockSyntax)
  case faults([FaultSyntax])
  case allow(AllowanceSyntax)
  case check(CheckSyntax)
  case expect(ExpectationSyntax)
}

/// `timeline name ["text"] { entries [expect …] }`.
package struct TimelineSyntax: Hashable, Sendable {
  package var name: NameSyntax
  package var text: TextSyntax?
  package var entries: [TimelineEntrySyntax]
  package var expectation: ExpectationSyntax?
  package var span: SourceSpan

  package init(
    name: NameSyntax, text: TextSyntax?, entries: [TimelineEntrySyntax],
    expectation: ExpectationSyntax?, span: SourceSpan
  ) {
    self.name = name
    self.text = text
    self.entries = entries
    self.expectation = expectation
    self.span = span
  }
}

/// `at 'time' writer [how far]` or `at 'time' clock 'instant'`.
package struct TimelineEntrySyntax: Hashable, Sendable {
  /// What happens then.
  package enum Action: Hashable, Sendable {
    case move([SessionReferenceSyntax], Extent)
    case clock(StringSyntax)

    /// `token 'rs1_…'`: the schedule that the token stands for, whole.
    case token(StringSyntax)
  }

  /// How far a writer moves.
  package enum Extent: Hashable, Sendable {
    /// To its end, or until it waits; the default.
    case untilEndOrWait

    /// To its end: waiting is a mistake in the timeline.
    case completion

    case steps(NumberSyntax)

    /// Until it waits for a lock: ending first is a mistake in the timeline.
    case waiting
  }

  /// The label in the margin, which moves no clock; `nil` for an entry without `at`.
  package var time: StringSyntax?

  package var action: Action
  package var span: SourceSpan

  package init(time: StringSyntax?, action: Action, span: SourceSpan) {
    self.time = time
    self.action = action
    self.span = span
  }
}

/// A session by its writer: `confirm`, or `confirm(3)` / `verify(2)` for one of several.
package struct SessionReferenceSyntax: Hashable, Sendable {
  package var writer: NameSyntax

  /// The values in parentheses: what `for` bound, or the number of a `times` session.
  package var arguments: [ExpressionSyntax]

  package var span: SourceSpan

  package init(writer: NameSyntax, arguments: [ExpressionSyntax] = [], span: SourceSpan) {
    self.writer = writer
    self.arguments = arguments
    self.span = span
  }
}
