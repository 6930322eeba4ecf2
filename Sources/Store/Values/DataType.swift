/// An SQL type with its modifiers, such as `numeric(10,2)`.
package struct DataType: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case boolean
    case smallint
    case integer
    case bigint
    /// Unlimited where the precision is nil.
    case numeric(precision: Int?, scale: Int)
    case text
    /// Unlimited where the length is nil.
    case varchar(Int?)
    /// `character(n)`; without a limit where the length is nil.
    case char(Int?)
    /// Digits of the fraction of a second, 6 where nil.
    case timestamptz(Int?)
    case timestamp(Int?)
    case date
    case time(Int?)
    case interval
    case uuid
    case json
    case jsonb
    case bytea
    /// The type at a position of the ``TypeCatalog``.
    case enumeration(Int)
    /// An array of one dimension, of elements that are no arrays.
    indirect case array(Kind)
    case void
    case record
    /// The type of a quoted literal, and of NULL, before something gives it another.
    case unknown
    case trigger
    /// Stored, compared, cast and shown, but not computed with.
    case doublePrecision
  }

  package let kind: Kind

  package init(_ kind: Kind) { self.kind = kind }

  package static let boolean = DataType(.boolean)
  package static let smallint = DataType(.smallint)
  package static let integer = DataType(.integer)
  package static let bigint = DataType(.bigint)
  package static let numeric = DataType(.numeric(precision: nil, scale: 0))
  package static let text = DataType(.text)
  package static let varchar = DataType(.varchar(nil))
  package static let char = DataType(.char(nil))
  package static let timestamptz = DataType(.timestamptz(nil))
  package static let timestamp = DataType(.timestamp(nil))
  package static let date = DataType(.date)
  package static let time = DataType(.time(nil))
  package static let interval = DataType(.interval)
  package static let uuid = DataType(.uuid)
  package static let json = DataType(.json)
  package static let jsonb = DataType(.jsonb)
  package static let bytea = DataType(.bytea)
  package static let void = DataType(.void)
  package static let record = DataType(.record)
  package static let unknown = DataType(.unknown)
  package static let trigger = DataType(.trigger)
  package static let doublePrecision = DataType(.doublePrecision)

  package static func array(of element: DataType) -> DataType { DataType(.array(element.kind)) }

  /// The type of an array's elements; `nil` for other types.
  package var element: DataType? {
    if case .array(let kind) = kind { return DataType(kind) }
    return nil
  }

  package static func enumeration(_ number: Int) -> DataType { DataType(.enumeration(number)) }

  /// The type without its modifiers, as functions see it.
  package var withoutModifiers: DataType {
    switch kind {
    case .numeric: .numeric
    case .varchar: .varchar
    case .char: .char
    case .timestamptz: .timestamptz
    case .timestamp: .timestamp
    case .time: .time
    case .array(let element): .array(of: DataType(element).withoutModifiers)
    case .boolean, .smallint, .integer, .bigint, .text, .date, .interval, .uuid, .json, .jsonb,
      .bytea, .enumeration, .void, .record, .unknown, .trigger, .doublePrecision:
      self
    }
  }

  package var isInteger: Bool {
    switch kind {
    case .smallint, .integer, .bigint: true
    default: false
    }
  }

  package var isNumber: Bool {
    switch kind {
    case .smallint, .integer, .bigint, .numeric: true
    default: false
    }
  }

  /// Whether this is `text`, `character varying` or `character`.
  package var isString: Bool {
    switch kind {
    case .text, .varchar, .char: true
    default: false
    }
  }

  package var isEnum: Bool {
    if case .enumeration = kind { return true }
    return false
  }
}
