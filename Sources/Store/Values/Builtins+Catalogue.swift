extension Builtins {
  /// What a line takes at one place.
  enum Parameter: Hashable, Sendable {
    case type(DataType)
    case any
    case enumeration
  }

  /// A function or operator with one set of argument types.
  struct Line: Sendable {
    var name: String
    var isOperator: Bool
    var parameters: [Parameter]
    /// Whether the last parameter takes any number of arguments, none included.
    var isVariadic = false
    /// How many parameters at the end may be left out.
    var optionalCount = 0
    var result: DataType
    var routine: Routine
    var isStrict = true
    var volatility = Volatility.immutable
    var usesTime = false

    var isComparison: Bool {
      if case .comparison = routine { return true }
      return false
    }

    func takes(_ count: Int) -> Bool {
      if isVariadic { return count >= parameters.count - 1 }
      return count <= parameters.count && count >= parameters.count - optionalCount
    }

    func parameter(_ index: Int) -> Parameter {
      parameters[min(index, parameters.count - 1)]
    }

    func isExact(_ index: Int, _ type: DataType) -> Bool {
      switch parameter(index) {
      case .type(let wanted): wanted == type
      case .any: false
      case .enumeration: false
      }
    }

    func category(_ index: Int) -> TypeCategory {
      switch parameter(index) {
      case .type(let wanted): wanted.category
      case .any: .pseudo
      case .enumeration: .enumeration
      }
    }

    /// What an argument of any type is cast to: text, unless the routine sees what it is.
    func argumentType(any type: DataType) -> DataType {
      switch (routine, type.kind) {
      case (.json, .array(let element)):
        .array(of: argumentType(any: DataType(element).withoutModifiers))
      case (.text(let routine), .boolean) where routine != .concatenate: .boolean
      case (.json, .boolean), (.json, .smallint), (.json, .integer), (.json, .bigint),
        (.json, .numeric), (.json, .json), (.json, .jsonb), (.json, .timestamptz), (.json, .date):
        type
      default: .text
      }
    }

    /// JSON writes a `timestamp` in a form of its own, which its value alone does not tell.
    func takesAny(_ type: DataType) -> Bool {
      if case .json = routine {
        if let element = type.element { return takesAny(element) }
        return type != .timestamp && type != .bytea && type != .record
      }
      return true
    }

    /// The one enum type among the arguments, where the line takes enums.
    func enumType(among types: [DataType]) -> DataType? {
      guard parameters.contains(.enumeration) else { return nil }
      return types.first(where: \.isEnum)
    }
  }

  /// Every function and operator; a place in it is a function's `id`.
  static let catalogue: [Line] =
    comparisons
    + [
      ("integer", integerTable), ("numeric", numericTable), ("text", textTable),
      ("datetime", datetimeTable), ("json", jsonTable),
    ].flatMap { family, table in
      table.split(separator: "\n").map { line(family: family, $0) }
    }

  static let functionLines = index(operators: false)
  static let operatorLines = index(operators: true)

  private static func index(operators: Bool) -> [String: [Int]] {
    var index: [String: [Int]] = [:]
    for (id, line) in catalogue.enumerated() where line.isOperator == operators {
      index[line.name, default: []].append(id)
    }
    return index
  }

  private static let abbreviations: [Substring: Parameter] = [
    "b": .type(.boolean), "i2": .type(.smallint), "i4": .type(.integer), "i8": .type(.bigint),
    "n": .type(.numeric), "f": .type(.doublePrecision), "t": .type(.text), "c": .type(.char),
    "tz": .type(.timestamptz), "ts": .type(.timestamp), "d": .type(.date), "tm": .type(.time),
    "iv": .type(.interval), "u": .type(.uuid), "j": .type(.json), "jb": .type(.jsonb),
    "by": .type(.bytea), "any": .any, "enum": .enumeration,
  ]

  /// Reads `op + i4 i4 -> i4 add` or `fn concat any* -> t concat nonstrict stable`.
  ///
  /// `*` after a type makes it variadic, `?` optional.
  private static func line(family: String, _ text: Substring) -> Line {
    let words = text.split(separator: " ")
    guard let arrow = words.indices.dropFirst(2).first(where: { words[$0] == "->" }),
      words.count >= arrow + 3,
      let routine = Routine(family: family, name: String(words[arrow + 2])),
      case .type(let result)? = abbreviations[words[arrow + 1]]
    else { preconditionFailure("the catalogue has a line that cannot be read: \(text)") }
    var line = Line(
      name: String(words[1]), isOperator: words[0] == "op", parameters: [], result: result,
      routine: routine)
    for word in words[2..<arrow] {
      let isMarked = word.hasSuffix("*") || word.hasSuffix("?")
      guard let parameter = abbreviations[isMarked ? word.dropLast() : word] else {
        preconditionFailure("the catalogue names an unknown type: \(text)")
      }
      line.parameters.append(parameter)
      if word.hasSuffix("*") { line.isVariadic = true }
      if word.hasSuffix("?") { line.optionalCount += 1 }
    }
    for flag in words[(arrow + 3)...] {
      switch flag {
      case "nonstrict": line.isStrict = false
      case "stable": line.volatility = .stable
      case "volatile": line.volatility = .volatile
      case "time": line.usesTime = true
      default: preconditionFailure("the catalogue has an unknown flag: \(text)")
      }
    }
    return line
  }

  private static let comparisons: [Line] = {
    let symbols: [(String, Comparison)] = [
      ("=", .equal), ("<>", .notEqual), ("<", .less), ("<=", .lessOrEqual), (">", .greater),
      (">=", .greaterOrEqual),
    ]
    let plain: [DataType] = [
      .boolean, .numeric, .doublePrecision, .text, .char, .timestamptz, .timestamp, .date, .time,
      .interval, .uuid, .jsonb, .bytea,
    ]
    var pairs = plain.map { [Parameter.type($0), .type($0)] }
    for left in [DataType.smallint, .integer, .bigint] {
      for right in [DataType.smallint, .integer, .bigint] {
        pairs.append([.type(left), .type(right)])
      }
    }
    pairs.append([.enumeration, .enumeration])
    return symbols.flatMap { symbol, comparison in
      pairs.map {
        Line(
          name: symbol, isOperator: true, parameters: $0, result: .boolean,
          routine: .comparison(comparison))
      }
    }
  }()

  private static let integerTable: String = {
    var lines: [String] = []
    let types = ["i2", "i4", "i8"]
    let operations = [("+", "add"), ("-", "subtract"), ("*", "multiply"), ("/", "divide")]
    for (symbol, routine) in operations {
      for (first, left) in types.enumerated() {
        for (second, right) in types.enumerated() {
          lines.append("op \(symbol) \(left) \(right) -> \(types[max(first, second)]) \(routine)")
        }
      }
    }
    for type in types {
      lines += [
        "op % \(type) \(type) -> \(type) remainder", "fn mod \(type) \(type) -> \(type) remainder",
        "op - \(type) -> \(type) negate", "op + \(type) -> \(type) identity",
        "op @ \(type) -> \(type) absolute", "fn abs \(type) -> \(type) absolute",
        "op & \(type) \(type) -> \(type) bitAnd", "op | \(type) \(type) -> \(type) bitOr",
        "op # \(type) \(type) -> \(type) bitXor", "op ~ \(type) -> \(type) bitNot",
        "op << \(type) i4 -> \(type) shiftLeft", "op >> \(type) i4 -> \(type) shiftRight",
      ]
    }
    for type in ["i4", "i8"] { lines.append("fn gcd \(type) \(type) -> \(type) greatestDivisor") }
    return lines.joined(separator: "\n")
  }()

  private static let numericTable = """
    op + n n -> n add
    op - n n -> n subtract
    op * n n -> n multiply
    op / n n -> n divide
    op % n n -> n remainder
    op ^ n n -> n power
    op - n -> n negate
    op + n -> n identity
    op @ n -> n absolute
    op + f f -> f refused
    op - f f -> f refused
    op * f f -> f refused
    op / f f -> f refused
    op ^ f f -> f refused
    op - f -> f refused
    op + f -> f refused
    op @ f -> f refused
    fn mod n n -> n remainder
    fn div n n -> n wholeQuotient
    fn power n n -> n power
    fn pow n n -> n power
    fn abs n -> n absolute
    fn ceil n -> n ceiling
    fn ceiling n -> n ceiling
    fn floor n -> n floor
    fn round n -> n round
    fn round n i4 -> n round
    fn trunc n -> n truncate
    fn trunc n i4 -> n truncate
    fn sqrt n -> n squareRoot
    fn sign n -> n sign
    fn scale n -> i4 scale
    fn trim_scale n -> n trimScale
    fn power f f -> f refused
    fn pow f f -> f refused
    fn abs f -> f refused
    fn ceil f -> f refused
    fn ceiling f -> f refused
    fn floor f -> f refused
    fn round f -> f refused
    fn trunc f -> f refused
    fn sqrt f -> f refused
    fn sign f -> f refused
    """

  private static let textTable = """
    op || t t -> t concatenate
    op || t any -> t concatenate stable
    op || any t -> t concatenate stable
    op || by by -> by bytesConcatenate
    op ~~ t t -> b like
    op !~~ t t -> b notLike
    op ~~* t t -> b iLike
    op !~~* t t -> b notILike
    fn like_escape t t -> t likeEscape
    op ^@ t t -> b startsWith
    fn length t -> i4 length
    fn length by -> i4 bytesLength
    fn char_length t -> i4 length
    fn character_length t -> i4 length
    fn octet_length t -> i4 byteLength
    fn octet_length by -> i4 bytesLength
    fn lower t -> t lower
    fn upper t -> t upper
    fn initcap t -> t capitalize
    fn btrim t t? -> t trimBoth
    fn trim t t? -> t trimBoth
    fn ltrim t t? -> t trimLeft
    fn rtrim t t? -> t trimRight
    fn substring t i4 i4? -> t substring
    fn substr t i4 i4? -> t substring
    fn overlay t t i4 i4? -> t overlay
    fn replace t t t -> t replace
    fn translate t t t -> t translate
    fn position t t -> i4 position
    fn strpos t t -> i4 position
    fn left t i4 -> t left
    fn right t i4 -> t right
    fn lpad t i4 t? -> t padLeft
    fn rpad t i4 t? -> t padRight
    fn repeat t i4 -> t repeat
    fn reverse t -> t reverse
    fn split_part t t i4 -> t splitPart
    fn concat any* -> t concat nonstrict stable
    fn concat_ws t any* -> t concatSeparated nonstrict stable
    fn format t any* -> t format nonstrict stable
    fn md5 t -> t md5
    fn md5 by -> t md5
    fn chr i4 -> t character
    fn ascii t -> i4 code
    fn starts_with t t -> b startsWith
    fn quote_literal t -> t quoteLiteral
    fn quote_ident t -> t quoteIdentifier
    fn quote_nullable t -> t quoteNullable nonstrict
    fn hashtext t -> i4 hash
    fn hashtextextended t i8 -> i8 hashExtended
    fn to_hex i4 -> t toHex
    fn to_hex i8 -> t toHex
    fn to_char i4 t -> t numberToText stable
    fn to_char i8 t -> t numberToText stable
    fn to_char n t -> t numberToText stable
    """

  private static let datetimeTable = """
    fn now -> tz now stable time
    fn transaction_timestamp -> tz now stable time
    fn current_timestamp -> tz now stable time
    fn statement_timestamp -> tz statementTimestamp stable time
    fn clock_timestamp -> tz clockTimestamp volatile time
    fn current_date -> d currentDate stable time
    fn localtimestamp -> ts localTimestamp stable time
    fn localtime -> tm localTime stable time
    op + tz iv -> tz addInterval stable
    op - tz iv -> tz subtractInterval stable
    op + iv tz -> tz intervalAdd stable
    op + ts iv -> ts addIntervalLocal
    op - ts iv -> ts subtractIntervalLocal
    op + iv ts -> ts intervalAddLocal
    op + d i4 -> d dateAddDays
    op + i4 d -> d daysAddDate
    op - d i4 -> d dateSubtractDays
    op - d d -> i4 dateSubtract
    op + d iv -> ts dateAddInterval
    op - d iv -> ts dateSubtractInterval
    op + iv d -> ts intervalAddDate
    op + d tm -> ts dateAddTime
    op + tm d -> ts timeAddDate
    op - tz tz -> iv subtract
    op - ts ts -> iv subtract
    op + tm iv -> tm timeAddInterval
    op - tm iv -> tm timeSubtractInterval
    op + iv tm -> tm intervalAddTime
    op - tm tm -> iv timeSubtract
    op + iv iv -> iv sum
    op - iv iv -> iv difference
    op - iv -> iv negate
    op * iv f -> iv multiply
    op * f iv -> iv multiplied
    op / iv f -> iv divide
    fn date_trunc t tz -> tz truncate stable
    fn date_trunc t tz t -> tz truncate stable
    fn date_trunc t ts -> ts truncateLocal
    fn date_trunc t iv -> iv truncateInterval
    fn extract t tz -> n extract stable
    fn extract t ts -> n extractLocal
    fn extract t d -> n extractDate
    fn extract t tm -> n extractTime
    fn extract t iv -> n extractInterval
    fn date_part t tz -> f extract stable
    fn date_part t ts -> f extractLocal
    fn date_part t iv -> f extractInterval
    fn make_interval i4? i4? i4? i4? i4? i4? f? -> iv makeInterval
    fn make_date i4 i4 i4 -> d makeDate
    fn make_timestamp i4 i4 i4 i4 i4 f -> ts makeTimestamp
    fn age tz tz -> iv age stable
    fn age ts ts -> iv ageLocal
    fn age tz -> iv ageToday stable time
    fn age ts -> iv ageTodayLocal stable time
    fn to_timestamp f -> tz fromEpoch
    fn justify_hours iv -> iv justifyHours
    fn justify_days iv -> iv justifyDays
    fn justify_interval iv -> iv justifyInterval
    fn timezone t tz -> ts atZone
    fn timezone t ts -> tz atZoneLocal
    fn isfinite tz -> b isFinite
    fn isfinite ts -> b isFinite
    fn isfinite d -> b isFiniteDate
    fn isfinite iv -> b isFiniteInterval
    fn to_char tz t -> t toText stable
    fn to_char ts t -> t toTextLocal stable
    """

  private static let jsonTable = """
    op -> jb t -> jb member
    op -> j t -> j member
    op -> jb i4 -> jb element
    op -> j i4 -> j element
    op ->> jb t -> t memberText
    op ->> j t -> t memberText
    op ->> jb i4 -> t elementText
    op ->> j i4 -> t elementText
    op @> jb jb -> b contains
    op <@ jb jb -> b containedIn
    op ? jb t -> b hasKey
    op || jb jb -> jb concatenate
    op - jb t -> jb removeKey
    op - jb i4 -> jb removeElement
    fn jsonb_typeof jb -> t typeOf
    fn json_typeof j -> t typeOf
    fn jsonb_array_length jb -> i4 arrayLength
    fn json_array_length j -> i4 arrayLength
    fn jsonb_build_object any* -> jb buildObject nonstrict stable
    fn jsonb_build_array any* -> jb buildArray nonstrict stable
    fn json_build_object any* -> j buildObjectText nonstrict stable
    fn json_build_array any* -> j buildArrayText nonstrict stable
    fn to_jsonb any -> jb toJSON stable
    fn to_json any -> j toJSONText stable
    fn jsonb_strip_nulls jb -> jb stripNulls
    """
}
