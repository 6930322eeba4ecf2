extension DiagnosticCode {
  /// The explanations of RS00xx.
  var syntaxExplanation: DiagnosticExplanation? {
    switch self {
    case .syntaxError:
      DiagnosticExplanation(
        "syntax error",
        "The text is no SQL, or no block of a scenario. The help says what could stand there.",
        wrong: "data { INSERT INTO seat VALUE (1); }",
        right: "data { INSERT INTO seat VALUES (1); }")
    case .unexpectedCharacter:
      DiagnosticExplanation(
        "unexpected character",
        "A character that SQL has no use for, often put in by a word processor or by psql.",
        wrong: "data { INSERT INTO seat VALUES (“a”); }",
        right: "data { INSERT INTO seat VALUES ('a'); }")
    case .unterminatedString:
      DiagnosticExplanation(
        "string literal is never closed",
        "A text ends at the next quote; a quote inside it is written twice.",
        wrong: "data { INSERT INTO seat VALUES ('it); }",
        right: "data { INSERT INTO seat VALUES ('it''s'); }")
    case .unterminatedIdentifier:
      DiagnosticExplanation(
        "name in quotes is never closed", "A name in double quotes ends at the next one.",
        wrong: "schema { CREATE TABLE \"seat (id int); }",
        right: "schema { CREATE TABLE \"seat\" (id int); }")
    case .unterminatedDollarQuote:
      DiagnosticExplanation(
        "text between dollar quotes is never closed",
        "The closing mark is spelt exactly as the opening one.",
        wrong:
          "schema { CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1 $Body$; }",
        right:
          "schema { CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT 1 $body$; }")
    case .unterminatedComment:
      DiagnosticExplanation(
        "comment is never closed", "Comments nest: every `/*` needs its own `*/`.",
        wrong: "/* one /* two */ data { }", right: "/* one /* two */ */ data { }")
    case .invalidUTF8:
      DiagnosticExplanation(
        "the file is not valid UTF-8",
        "Scenario files are read as UTF-8. The example is a file in Latin-1.",
        wrong: "description \"Z\\xFCrich\"   -- the byte FC", right: "description \"Zürich\"")
    case .nulByte:
      DiagnosticExplanation(
        "a NUL byte", "Text has no NUL bytes; the file is damaged or in UTF-16.",
        wrong: "data { INSERT INTO seat VALUES (\u{0}1); }",
        right: "data { INSERT INTO seat VALUES (1); }")
    case .nestedTooDeeply:
      DiagnosticExplanation(
        "nested too deeply",
        "Brackets, subqueries and blocks may nest 200 deep, and 500 operators may follow "
          + "one another.",
        wrong: "data { SELECT " + String(repeating: "(", count: 210) + "1; }",
        right: "data { SELECT (1); }")
    case .invalidNumber:
      DiagnosticExplanation(
        "not a number", "A number is followed by a space or a mark, not by letters.",
        wrong: "data { INSERT INTO seat VALUES (12ab); }",
        right: "data { INSERT INTO seat VALUES ('12ab'); }")
    case .invalidEscape:
      DiagnosticExplanation(
        "an escape that stands for no character",
        "`\\u` takes four hexadecimal digits and `\\U` eight; NUL cannot be in a text.",
        wrong: "data { INSERT INTO seat VALUES (E'\\u12'); }",
        right: "data { INSERT INTO seat VALUES (E'\\u0012'); }")
    case .emptyIdentifier:
      DiagnosticExplanation(
        "a name in quotes is empty", "Text goes between single quotes, names between double.",
        wrong: "data { INSERT INTO seat VALUES (\"\"); }",
        right: "data { INSERT INTO seat VALUES (''); }")
    case .unclosedParenthesis:
      DiagnosticExplanation(
        "a bracket is never closed", "Every `(` needs a `)` before the statement's `;`.",
        wrong: "data { INSERT INTO seat VALUES (1; }",
        right: "data { INSERT INTO seat VALUES (1); }")
    case .unclosedBlock:
      DiagnosticExplanation(
        "a block is never closed",
        "Every `{` needs its `}`, every IF its END IF, every LOOP its END LOOP.",
        wrong: "writer a { IF true THEN NULL; }",
        right: "writer a { IF true THEN NULL; END IF; }")
    case .fileTooLarge:
      DiagnosticExplanation(
        "the file is too large", "A file may have 16 MiB.",
        wrong: "-- a file of 17 MiB", right: "-- the same rows, made by generate_series")
    case .labelMismatch:
      DiagnosticExplanation(
        "END names another block", "The label behind END is that of the block or loop it ends.",
        wrong: "writer a { <<one>> LOOP EXIT; END LOOP two; }",
        right: "writer a { <<one>> LOOP EXIT; END LOOP one; }")
    default: nil
    }
  }
}
