/// One statement of a PL/pgSQL body or of a writer program.
package struct ProceduralStatementSyntax: Hashable, Sendable {
  package var kind: ProceduralStatementKind

  /// `<<label>>` before a block or a loop.
  package var label: NameSyntax?

  package var span: SourceSpan

  package init(_ kind: ProceduralStatementKind, label: NameSyntax? = nil, at span: SourceSpan) {
    self.kind = kind
    self.label = label
    self.span = span
  }
}

/// The statements of PL/pgSQL that RaceSim knows.
package indirect enum ProceduralStatementKind: Hashable, Sendable {
  /// A SQL statement, which includes the transaction commands, `SELECT … INTO` and
  /// `… RETURNING … INTO`.
  case sql(StatementSyntax)

  case block(BlockSyntax)

  /// `DECLARE name type …;` between the statements of a writer.
  case declare(DeclarationSyntax)

  /// `variable := value` or `record.field := value`.
  case assign(QualifiedNameSyntax, ExpressionSyntax)

  /// `IF … ELSIF … ELSE … END IF`.
  case ifElse([BranchSyntax], otherwise: [ProceduralStatementSyntax]?)

  /// `CASE operand WHEN a, b THEN …`, or `CASE WHEN condition THEN …` without an operand.
  case caseOf(
    ExpressionSyntax?, [CaseArmSyntax], otherwise: [ProceduralStatementSyntax]?)

  case loop([ProceduralStatementSyntax])
  case whileLoop(ExpressionSyntax, [ProceduralStatementSyntax])
  case forRange(ForRangeSyntax)

  /// `FOR target, … IN query LOOP`.
  case forQuery([QualifiedNameSyntax], QuerySourceSyntax, [ProceduralStatementSyntax])

  /// `EXIT [label] [WHEN condition]`.
  case exit(label: NameSyntax?, condition: ExpressionSyntax?)

  /// `CONTINUE [label] [WHEN condition]`.
  case next(label: NameSyntax?, condition: ExpressionSyntax?)

  /// `RETURN [expression]`; in a writer the value is its outcome.
  case returnValue(ExpressionSyntax?)

  /// `RETURN NEXT [expression]`.
  case returnNext(ExpressionSyntax?)

  /// `RETURN QUERY query`.
  case returnQuery(QuerySourceSyntax)

  case raise(RaiseSyntax)

  /// `ASSERT condition [, message]`.
  case assert(ExpressionSyntax, message: ExpressionSyntax?)

  /// `EXECUTE text [INTO [STRICT] targets] [USING values]`, in an isolation spec.
  case dynamic(ExpressionSyntax, into: IntoSyntax?, values: [ExpressionSyntax])

  /// `PERFORM query`: the query is what stands after PERFORM, read as after SELECT.
  case perform(QuerySyntax)

  case getDiagnostics(GetDiagnosticsSyntax)

  /// `OPEN`, `FETCH`, `CLOSE`, and the loop over a cursor.
  case cursor(CursorActionSyntax)

  /// `NULL;`.
  case null
}

/// What PL/pgSQL does with a cursor.
package enum CursorActionSyntax: Hashable, Sendable {
  /// `OPEN name [(arguments)]`, or `OPEN name FOR query`.
  case open(NameSyntax, QuerySyntax?, arguments: [ExpressionSyntax])

  /// `FETCH name INTO targets`; `MOVE name` without targets.
  case fetch(NameSyntax, into: IntoSyntax?)

  case close(NameSyntax)

  /// `FOR record IN name [(arguments)] LOOP`.
  case loop(
    NameSyntax, over: NameSyntax, arguments: [ExpressionSyntax], [ProceduralStatementSyntax])
}

/// `name CURSOR [(arguments)] FOR query`.
package struct CursorDefinitionSyntax: Hashable, Sendable {
  /// An argument of a cursor.
  package struct Argument: Hashable, Sendable {
    package var name: NameSyntax
    package var type: TypeNameSyntax
  }

  package var arguments: [Argument]
  package var query: QuerySyntax
}

/// The rows that a loop runs over, or RETURN QUERY returns.
package enum QuerySourceSyntax: Hashable, Sendable {
  case query(QuerySyntax)

  /// INSERT, UPDATE or DELETE with RETURNING.
  case statement(StatementSyntax)

  /// `EXECUTE text [USING values]`.
  case dynamic(ExpressionSyntax, values: [ExpressionSyntax])
}

/// `[DECLARE …] BEGIN … [EXCEPTION …] END`.
package struct BlockSyntax: Hashable, Sendable {
  package var label: NameSyntax?
  package var declarations: [DeclarationSyntax]
  package var statements: [ProceduralStatementSyntax]
  package var handlers: [ExceptionHandlerSyntax]
  package var span: SourceSpan

  package init(
    label: NameSyntax? = nil, declarations: [DeclarationSyntax],
    statements: [ProceduralStatementSyntax], handlers: [ExceptionHandlerSyntax],
    span: SourceSpan
  ) {
    self.label = label
    self.declarations = declarations
    self.statements = statements
    self.handlers = handlers
    self.span = span
  }
}

/// `name [CONSTANT] type [NOT NULL] [:= value]`.
package struct DeclarationSyntax: Hashable, Sendable {
  /// What a variable holds.
  package enum Kind: Hashable, Sendable {
    case type(TypeNameSyntax)
    case record

    /// `name ALIAS FOR other`.
    case alias(QualifiedNameSyntax)

    /// A cursor; without a query where it is a `refcursor`.
    case cursor(CursorDefinitionSyntax?)
  }

  package var name: NameSyntax
  package var kind: Kind
  package var isConstant: Bool
  package var isNotNull: Bool
  package var value: ExpressionSyntax?
  package var span: SourceSpan

  package init(
    name: NameSyntax, kind: Kind, isConstant: Bool = false, isNotNull: Bool = false,
    value: ExpressionSyntax? = nil, span: SourceSpan
  ) {
    self.name = name
    self.kind = kind
    self.isConstant = isConstant
    self.isNotNull = isNotNull
    self.value = value
    self.span = span
  }
}

/// `WHEN condition [OR condition] THEN …`.
package struct ExceptionHandlerSyntax: Hashable, Sendable {
  package var conditions: [ConditionSyntax]
  package var statements: [ProceduralStatementSyntax]
  package var span: SourceSpan

  package init(
    conditions: [ConditionSyntax], statements: [ProceduralStatementSyntax], span: SourceSpan
  ) {
    self.conditions = conditions
    self.statements = statements
    self.span = span
  }
}

/// A condition by its name (`unique_violation`, `others`) or by `SQLSTATE '23505'`.
package enum ConditionSyntax: Hashable, Sendable {
  case name(NameSyntax)
  case sqlstate(StringSyntax)

  /// Where it stands.
  package var span: SourceSpan {
    switch self {
    case .name(let name): name.span
    case .sqlstate(let code): code.span
    }
  }
}

/// `IF` or `ELSIF` with its statements.
package struct BranchSyntax: Hashable, Sendable {
  package var condition: ExpressionSyntax
  package var statements: [ProceduralStatementSyntax]

  package init(condition: ExpressionSyntax, statements: [ProceduralStatementSyntax]) {
    self.condition = condition
    self.statements = statements
  }
}

/// `WHEN value, … THEN …` of a CASE statement.
package struct CaseArmSyntax: Hashable, Sendable {
  package var values: [ExpressionSyntax]
  package var statements: [ProceduralStatementSyntax]

  package init(values: [ExpressionSyntax], statements: [ProceduralStatementSyntax]) {
    self.values = values
    self.statements = statements
  }
}

/// `FOR i IN [REVERSE] low..high [BY step] LOOP`.
package struct ForRangeSyntax: Hashable, Sendable {
  package var variable: NameSyntax
  package var isReverse: Bool
  package var low: ExpressionSyntax
  package var high: ExpressionSyntax
  package var step: ExpressionSyntax?
  package var body: [ProceduralStatementSyntax]

  package init(
    variable: NameSyntax, isReverse: Bool, low: ExpressionSyntax, high: ExpressionSyntax,
    step: ExpressionSyntax?, body: [ProceduralStatementSyntax]
  ) {
    self.variable = variable
    self.isReverse = isReverse
    self.low = low
    self.high = high
    self.step = step
    self.body = body
  }
}

/// `RAISE [level] ['format' [, argument …]] [USING …]` in all its forms.
package struct RaiseSyntax: Hashable, Sendable {
  /// How loud; only `exception` is an error.
  package enum Level: String, Hashable, CaseIterable, Sendable {
    case debug, log, info, notice, warning, exception
  }

  /// What is raised.
  package enum Subject: Hashable, Sendable {
    /// `RAISE;` in a handler: the error once more.
    case again

    /// A format whose `%` stand for the arguments.
    case format(StringSyntax, [ExpressionSyntax])

    /// A condition's name or `SQLSTATE '…'`.
    case condition(ConditionSyntax)

    /// Only options: `RAISE USING ERRCODE = …`.
    case options
  }

  /// One `name = value` after USING.
  package struct Option: Hashable, Sendable {
    /// The items that USING may set.
    package enum Name: String, Hashable, CaseIterable, Sendable {
      case message, detail, hint, errcode, column, constraint, datatype, table, schema
    }

    package var name: Name
    package var value: ExpressionSyntax

    package init(name: Name, value: ExpressionSyntax) {
      self.name = name
      self.value = value
    }
  }

  package var level: Level
  package var subject: Subject
  package var options: [Option]

  package init(level: Level, subject: Subject, options: [Option]) {
    self.level = level
    self.subject = subject
    self.options = options
  }
}

/// `GET [CURRENT | STACKED] DIAGNOSTICS variable = item, …`.
package struct GetDiagnosticsSyntax: Hashable, Sendable {
  /// One assignment.
  package struct Item: Hashable, Sendable {
    package var target: QualifiedNameSyntax

    /// `row_count`, `returned_sqlstate`, `message_text`, …, as written but in lower case.
    package var item: NameSyntax

    package init(target: QualifiedNameSyntax, item: NameSyntax) {
      self.target = target
      self.item = item
    }
  }

  package var isStacked: Bool
  package var items: [Item]

  package init(isStacked: Bool, items: [Item]) {
    self.isStacked = isStacked
    self.items = items
  }
}
