/// `LIKE`: `%` stands for any text, `_` for one character, a backslash takes the next literally.
enum TextPattern {
  static func matches(_ text: String, _ pattern: String) throws(SQLError) -> Bool {
    let text = Array(text.unicodeScalars)
    let tokens = try tokens(pattern)
    // Greedy matching that goes back to the last `%` only.
    var place = 0
    var token = 0
    var lastAny: (token: Int, place: Int)?
    while place < text.count {
      if token < tokens.count, tokens[token] == .any {
        lastAny = (token, place)
        token += 1
      } else if token < tokens.count,
        tokens[token] == .one || tokens[token] == .exactly(text[place])
      {
        token += 1
        place += 1
      } else if let back = lastAny {
        place = back.place + 1
        token = back.token + 1
        lastAny = (back.token, place)
      } else {
        return false
      }
    }
    return tokens[token...].allSatisfy { $0 == .any }
  }

  /// The pattern with a backslash for an escape character of its own; none at all for an empty one
  /// (`do_like_escape` in like_match.c).
  static func escaping(_ pattern: String, with escape: String) throws(SQLError) -> String {
    let characters = Array(escape.unicodeScalars)
    guard characters.count <= 1 else {
      throw SQLError(
        .invalidEscapeSequence, "invalid escape string",
        hint: "Escape string must be empty or one character.")
    }
    guard characters.first != "\\" else { return pattern }
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in pattern.unicodeScalars {
      if scalar == characters.first, !isEscaped {
        result.append("\\")
        isEscaped = true
        continue
      }
      if scalar == "\\", !isEscaped { result.append("\\") }
      result.append(scalar)
      isEscaped = false
    }
    return String(result)
  }

  private enum Token: Equatable {
    case any, one
    case exactly(Unicode.Scalar)
  }

  private static func tokens(_ pattern: String) throws(SQLError) -> [Token] {
    var tokens: [Token] = []
    var isEscaped = false
    for scalar in pattern.unicodeScalars {
      if isEscaped {
        tokens.append(.exactly(scalar))
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        tokens.append(scalar == "%" ? .any : scalar == "_" ? .one : .exactly(scalar))
      }
    }
    if isEscaped {
      throw SQLError(.invalidEscapeSequence, "LIKE pattern must not end with escape character")
    }
    return tokens
  }
}

/// `format()`: `%s`, `%I`, `%L`, `%%`, with positions (`%2$s`) and widths (`%-10s`).
enum FormatPattern {
  static func format(_ pattern: String, _ arguments: [String?]) throws(SQLError) -> String {
    var result = ""
    let scalars = Array(pattern.unicodeScalars)
    var cursor = 0
    var next = 0
    while cursor < scalars.count {
      guard scalars[cursor] == "%" else {
        result.unicodeScalars.append(scalars[cursor])
        cursor += 1
        continue
      }
      cursor += 1
      if cursor < scalars.count, scalars[cursor] == "%" {
        result += "%"
        cursor += 1
        continue
      }
      let specifier = try Specifier(scalars, &cursor)
      if let position = specifier.position { next = position - 1 }
      guard next < arguments.count else {
        throw SQLError(.invalidParameterValue, "too few arguments for format()")
      }
      result += specifier.padded(try specifier.render(arguments[next]))
      next += 1
    }
    return result
  }

  private struct Specifier {
    var position: Int?
    var width = 0
    var isLeft = false
    var kind: Unicode.Scalar

    init(_ scalars: [Unicode.Scalar], _ cursor: inout Int) throws(SQLError) {
      func number() -> Int? {
        var digits = ""
        while cursor < scalars.count, scalars[cursor].value >= 48, scalars[cursor].value <= 57 {
          digits.unicodeScalars.append(scalars[cursor])
          cursor += 1
        }
        return digits.isEmpty ? nil : Int(digits) ?? Int.max
      }
      let first = number()
      if let first, cursor < scalars.count, scalars[cursor] == "$" {
        if first == 0 {
          throw SQLError(
            .invalidParameterValue,
            "format specifies argument 0, but arguments are numbered from 1")
        }
        position = first
        cursor += 1
      }
      if cursor < scalars.count, scalars[cursor] == "-" {
        isLeft = true
        cursor += 1
      }
      width = min((position == nil ? first : nil) ?? number() ?? 0, 1 << 20)
      guard cursor < scalars.count else {
        throw SQLError(
          .invalidParameterValue, "unterminated format() type specifier",
          hint: "For a single \"%\" use \"%%\".")
      }
      kind = scalars[cursor]
      cursor += 1
    }

    func render(_ argument: String?) throws(SQLError) -> String {
      switch kind {
      case "s": return argument ?? ""
      case "L": return argument.map(TextRoutines.quotedLiteral) ?? "NULL"
      case "I":
        guard let argument else {
          throw SQLError(
            .nullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
        }
        return TextRoutines.quotedIdentifier(argument)
      default:
        throw SQLError(
          .invalidParameterValue, "unrecognized format() type specifier \"\(kind)\"",
          hint: "For a single \"%\" use \"%%\".")
      }
    }

    func padded(_ text: String) -> String {
      let padding = String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
      return isLeft ? text + padding : padding + text
    }
  }
}

/// The words that an identifier must be quoted for.
enum ReservedWords {
  static func contains(_ word: String) -> Bool { words.contains(Substring(word)) }

  private static let words = Set(text.split { $0 == " " || $0 == "\n" })

  private static let text = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary
    bit boolean both case cast char character check coalesce collate collation column
    concurrently constraint create cross current_catalog current_date current_role
    current_schema current_time current_timestamp current_user dec decimal default deferrable
    desc distinct do else end except exists extract false fetch float for foreign freeze from
    full grant greatest group grouping having ilike in initially inner inout int integer
    intersect interval into is isnull join lateral leading least left like limit localtime
    localtimestamp national natural nchar none normalize not notnull null nullif numeric
    offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some
    substring symmetric table tablesample then time timestamp to trailing treat trim true
    union unique user using values varchar variadic verbose when where window with
    xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable
    """
}
