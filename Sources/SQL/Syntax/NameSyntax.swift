/// One identifier: folded to lower case unless it was quoted.
package struct NameSyntax: Hashable, Sendable {
  package var text: String
  package var span: SourceSpan

  /// Whether it was written in double quotes.
  package var isQuoted: Bool

  package init(_ text: String, at span: SourceSpan, isQuoted: Bool = false) {
    self.text = text
    self.span = span
    self.isQuoted = isQuoted
  }
}

/// One or more identifiers with dots between them: `orders`, `public.orders`, `o.status`.
package struct QualifiedNameSyntax: Hashable, Sendable {
  /// The parts in the order written; never empty.
  package var parts: [NameSyntax]
  /// A table's name behind ONLY: without the rows of those that inherit from it.
  package var isOnly = false

  package init(_ parts: [NameSyntax]) {
    precondition(!parts.isEmpty, "a qualified name has at least one part")
    self.parts = parts
  }

  /// The last part.
  package var last: NameSyntax { parts[parts.count - 1] }

  /// The parts before the last.
  package var qualifiers: ArraySlice<NameSyntax> { parts.dropLast() }

  /// The whole name's span.
  package var span: SourceSpan { parts[0].span.through(last.span) }

  /// The parts with dots between them.
  package var text: String { parts.map(\.text).joined(separator: ".") }
}

/// A type as written: `int`, `numeric(10, 2)`, `timestamp with time zone`, `text[]`, `orders.id%TYPE`.
package struct TypeNameSyntax: Hashable, Sendable {
  /// What a name stands for.
  package enum Kind: Hashable, Sendable {
    /// The type of that name. Spellings of several words are one name in PostgreSQL's
    /// `format_type` form: `double precision`, `timestamp with time zone`,
    /// `time without time zone`, `character varying`, `bit varying`.
    case named(QualifiedNameSyntax)

    /// `table.column%TYPE` or `variable%TYPE`.
    case typeOf(QualifiedNameSyntax)

    /// `table%ROWTYPE`.
    case rowOf(QualifiedNameSyntax)
  }

  package var kind: Kind

  /// The numbers in parentheses: `numeric(10, 2)`.
  package var modifiers: [Int]

  /// How many `[]` follow.
  package var arrayDimensions: Int

  /// `SETOF`.
  package var isSet: Bool

  package var span: SourceSpan

  package init(
    kind: Kind, modifiers: [Int] = [], arrayDimensions: Int = 0, isSet: Bool = false,
    span: SourceSpan
  ) {
    self.kind = kind
    self.modifiers = modifiers
    self.arrayDimensions = arrayDimensions
    self.isSet = isSet
    self.span = span
  }
}

/// Text between quotes, decoded, with the place of its content for a body that is parsed later.
package struct StringSyntax: Hashable, Sendable {
  package var text: String

  /// The whole literal with its quotes.
  package var span: SourceSpan

  package init(_ text: String, at span: SourceSpan) {
    self.text = text
    self.span = span
  }
}
