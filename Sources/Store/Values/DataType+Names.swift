extension DataType {
  /// The type's name as PostgreSQL's `format_type` prints it; an enum's needs the catalog.
  package var name: String { name(in: TypeCatalog()) }

  /// The type's name as PostgreSQL's `format_type` prints it.
  package func name(in catalog: TypeCatalog) -> String {
    switch kind {
    case .boolean: "boolean"
    case .smallint: "smallint"
    case .integer: "integer"
    case .bigint: "bigint"
    case .numeric(let precision, let scale):
      precision.map { "numeric(\($0),\(scale))" } ?? "numeric"
    case .text: "text"
    case .varchar(let length): length.map { "character varying(\($0))" } ?? "character varying"
    case .char(let length): length.map { "character(\($0))" } ?? "character"
    case .timestamptz(let digits): "timestamp\(Self.parenthesized(digits)) with time zone"
    case .timestamp(let digits): "timestamp\(Self.parenthesized(digits)) without time zone"
    case .date: "date"
    case .time(let digits): "time\(Self.parenthesized(digits)) without time zone"
    case .interval: "interval"
    case .uuid: "uuid"
    case .json: "json"
    case .jsonb: "jsonb"
    case .bytea: "bytea"
    case .enumeration(let number):
      number < catalog.enums.count ? catalog.enums[number].name : "enum \(number)"
    case .array(let element): DataType(element).name(in: catalog) + "[]"
    case .void: "void"
    case .record: "record"
    case .unknown: "unknown"
    case .trigger: "trigger"
    case .doublePrecision: "double precision"
    }
  }

  private static func parenthesized(_ digits: Int?) -> String { digits.map { "(\($0))" } ?? "" }

  /// Looks up a type by an SQL name or alias, in lower case, with the modifiers that followed it.
  ///
  /// The name is as written, its words separated by one space: `timestamp with time zone`. Nil
  /// where there is no such type, and where it does not take these modifiers. Enum types are the
  /// caller's to look up, in its catalog.
  package init?(named name: String, modifiers: [Int] = []) {
    guard let kind = Self.kind(named: name, modifiers) else { return nil }
    self.init(kind)
  }

  private static func kind(named name: String, _ modifiers: [Int]) -> Kind? {
    switch name {
    case "numeric", "decimal", "dec": return numericKind(modifiers)
    case "varchar", "character varying", "char varying":
      return modified(modifiers, within: 1...10_485_760) { .varchar($0) }
    case "char", "character", "bpchar", "nchar", "national character", "national char":
      let unlimited: Int? = name == "bpchar" ? nil : 1
      return modified(modifiers, within: 1...10_485_760) { .char($0 ?? unlimited) }
    case "timestamptz", "timestamp with time zone":
      return modified(modifiers, within: 0...6) { .timestamptz($0 == 6 ? nil : $0) }
    case "timestamp", "timestamp without time zone":
      return modified(modifiers, within: 0...6) { .timestamp($0 == 6 ? nil : $0) }
    case "time", "time without time zone":
      return modified(modifiers, within: 0...6) { .time($0 == 6 ? nil : $0) }
    case "float":
      return modifiers.first.map { (25...53).contains($0) } ?? true ? .doublePrecision : nil
    default:
      return modifiers.isEmpty ? plainKinds[name] : nil
    }
  }

  private static func numericKind(_ modifiers: [Int]) -> Kind? {
    switch modifiers.count {
    case 0: return .numeric(precision: nil, scale: 0)
    case 1, 2:
      let scale = modifiers.count == 2 ? modifiers[1] : 0
      guard (1...1000).contains(modifiers[0]), (-1000...1000).contains(scale) else { return nil }
      return .numeric(precision: modifiers[0], scale: scale)
    default: return nil
    }
  }

  private static func modified(
    _ modifiers: [Int], within limits: ClosedRange<Int>, _ make: (Int?) -> Kind
  ) -> Kind? {
    guard let first = modifiers.first else { return make(nil) }
    return modifiers.count == 1 && limits.contains(first) ? make(first) : nil
  }

  private static let plainKinds: [String: Kind] = [
    "boolean": .boolean, "bool": .boolean,
    "smallint": .smallint, "int2": .smallint,
    "integer": .integer, "int": .integer, "int4": .integer,
    "bigint": .bigint, "int8": .bigint,
    "text": .text, "date": .date, "interval": .interval, "uuid": .uuid,
    "json": .json, "jsonb": .jsonb, "bytea": .bytea,
    "double precision": .doublePrecision, "float8": .doublePrecision,
    "void": .void, "record": .record, "unknown": .unknown, "trigger": .trigger,
  ]

  /// Names of PostgreSQL's types that are refused, with what to tell the user.
  package static let unsupportedNames: [String: String] = {
    let float = "single precision is not simulated; use `double precision` or `numeric`"
    let zoned = "use `timestamptz`, or `time`"
    return [
      "real": float, "float4": float,
      "money": "`money` depends on the locale; use `numeric`",
      "timetz": zoned, "time with time zone": zoned,
      "xml": "use `text`", "inet": "use `text`", "cidr": "use `text`", "macaddr": "use `text`",
      "citext": "use `text` and `lower()`",
      "bit": "use `bytea`, or `boolean` columns", "bit varying": "use `bytea`",
      "varbit": "use `bytea`", "hstore": "use `jsonb`",
      "tsvector": "full-text search is not supported",
      "tsquery": "full-text search is not supported",
      "point": "geometric types are not supported", "box": "geometric types are not supported",
      "polygon": "geometric types are not supported",
      "int4range": "use two columns", "int8range": "use two columns",
      "numrange": "use two columns", "tsrange": "use two columns", "tstzrange": "use two columns",
      "daterange": "use two columns",
      "oid": "use `bigint`", "xid": "use `bigint`", "name": "use `text`", "regclass": "use `text`",
    ]
  }()
}
