/// The five-character code of an SQL error, packed into an integer.
package struct SQLState: Hashable, Sendable {
  /// The code's characters as the digits of a number of base 36.
  private let packed: UInt32

  /// Reads a code of five digits and capital letters.
  package init?(_ code: String) {
    guard let packed = Self.pack(code) else { return nil }
    self.packed = packed
  }

  private init(constant code: StaticString) {
    guard let packed = Self.pack("\(code)") else {
      preconditionFailure("\(code) is no SQLSTATE")
    }
    self.packed = packed
  }

  private static func pack(_ code: String) -> UInt32? {
    guard code.utf8.count == 5 else { return nil }
    var packed: UInt32 = 0
    for byte in code.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        packed = packed * 36 + UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        packed = packed * 36 + UInt32(byte - UInt8(ascii: "A")) + 10
      default: return nil
      }
    }
    return packed
  }

  /// The number that stands for the code, for packing it into a word.
  package var rawValue: UInt32 { packed }

  /// The code of a number that ``rawValue`` gave.
  package init(rawValue: UInt32) {
    precondition(rawValue < 36 * 36 * 36 * 36 * 36, "\(rawValue) is no SQLSTATE")
    packed = rawValue
  }

  /// The five characters.
  package var code: String {
    var rest = packed
    var digits: [UInt8] = []
    for _ in 0..<5 {
      let digit = UInt8(rest % 36)
      digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
      rest /= 36
    }
    return String(decoding: digits.reversed(), as: UTF8.self)
  }

  /// Whether the code stands for its whole class.
  package var isClass: Bool { packed % (36 * 36 * 36) == 0 }

  /// The first two characters, as a number.
  package var classPrefix: UInt32 { packed / (36 * 36 * 36) }
}

extension SQLState: CustomStringConvertible {
  package var description: String { code }
}

extension SQLState {
  package static let noData = SQLState(constant: "02000")
  package static let featureNotSupported = SQLState(constant: "0A000")
  package static let caseNotFound = SQLState(constant: "20000")
  package static let cardinalityViolation = SQLState(constant: "21000")
  package static let stringDataRightTruncation = SQLState(constant: "22001")
  package static let sequenceGeneratorLimitExceeded = SQLState(constant: "2200H")
  package static let numericValueOutOfRange = SQLState(constant: "22003")
  package static let nullValueNotAllowed = SQLState(constant: "22004")
  package static let invalidDatetimeFormat = SQLState(constant: "22007")
  package static let datetimeFieldOverflow = SQLState(constant: "22008")
  package static let invalidTimeZoneDisplacement = SQLState(constant: "22009")
  package static let substringError = SQLState(constant: "22011")
  package static let divisionByZero = SQLState(constant: "22012")
  package static let intervalFieldOverflow = SQLState(constant: "22015")
  package static let invalidEscapeSequence = SQLState(constant: "22025")
  package static let invalidArgumentForLogarithm = SQLState(constant: "2201E")
  package static let invalidArgumentForPower = SQLState(constant: "2201F")
  package static let characterNotInRepertoire = SQLState(constant: "22021")
  package static let invalidParameterValue = SQLState(constant: "22023")
  package static let invalidCursorName = SQLState(constant: "34000")
  package static let duplicateCursor = SQLState(constant: "42P03")
  package static let untranslatableCharacter = SQLState(constant: "22P05")
  package static let invalidTextRepresentation = SQLState(constant: "22P02")
  package static let integrityConstraintViolation = SQLState(constant: "23000")
  package static let notNullViolation = SQLState(constant: "23502")
  package static let foreignKeyViolation = SQLState(constant: "23503")
  package static let uniqueViolation = SQLState(constant: "23505")
  package static let checkViolation = SQLState(constant: "23514")
  package static let triggeredDataChangeViolation = SQLState(constant: "27000")
  package static let activeSQLTransaction = SQLState(constant: "25001")
  package static let readOnlySQLTransaction = SQLState(constant: "25006")
  package static let noActiveSQLTransaction = SQLState(constant: "25P01")
  package static let inFailedSQLTransaction = SQLState(constant: "25P02")
  package static let invalidTransactionTermination = SQLState(constant: "2D000")
  package static let functionExecutedNoReturn = SQLState(constant: "2F005")
  package static let dependentObjectsStillExist = SQLState(constant: "2BP01")
  package static let insufficientPrivilege = SQLState(constant: "42501")
  package static let invalidSavepoint = SQLState(constant: "3B001")
  package static let serializationFailure = SQLState(constant: "40001")
  package static let deadlockDetected = SQLState(constant: "40P01")
  package static let syntaxError = SQLState(constant: "42601")
  package static let duplicateColumn = SQLState(constant: "42701")
  package static let duplicateFunction = SQLState(constant: "42723")
  package static let invalidTableDefinition = SQLState(constant: "42P16")
  package static let wrongObjectType = SQLState(constant: "42809")
  package static let undefinedColumn = SQLState(constant: "42703")
  package static let duplicateObject = SQLState(constant: "42710")
  package static let undefinedObject = SQLState(constant: "42704")
  package static let ambiguousFunction = SQLState(constant: "42725")
  package static let datatypeMismatch = SQLState(constant: "42804")
  package static let cannotCoerce = SQLState(constant: "42846")
  package static let undefinedFunction = SQLState(constant: "42883")
  package static let undefinedTable = SQLState(constant: "42P01")
  package static let programLimitExceeded = SQLState(constant: "54000")
  package static let objectNotInPrerequisiteState = SQLState(constant: "55000")
  package static let objectInUse = SQLState(constant: "55006")
  package static let lockNotAvailable = SQLState(constant: "55P03")
  package static let queryCanceled = SQLState(constant: "57014")
  package static let raiseException = SQLState(constant: "P0001")
  package static let noDataFound = SQLState(constant: "P0002")
  package static let tooManyRows = SQLState(constant: "P0003")
  package static let assertFailure = SQLState(constant: "P0004")
  package static let duplicateTable = SQLState(constant: "42P07")
  package static let idleInTransactionSessionTimeout = SQLState(constant: "25P03")
  package static let invalidSQLStatementName = SQLState(constant: "26000")
  package static let duplicatePreparedStatement = SQLState(constant: "42P05")
  /// Not PostgreSQL's: a step gives up its work and will do it again.
  package static let suspended = SQLState(constant: "XXRS0")
  package static let internalError = SQLState(constant: "XX000")
}
