/// What a function of the catalogue does; several functions may do the same on several types.
enum Routine: Hashable, Sendable {
  case comparison(Comparison)
  case integer(IntegerRoutine)
  case numeric(NumericRoutine)
  case text(TextRoutine)
  case datetime(DatetimeRoutine)
  case json(JSONRoutine)

  init?(family: String, name: String) {
    let routine: Routine? =
      switch family {
      case "comparison": Comparison(rawValue: name).map { .comparison($0) }
      case "integer": IntegerRoutine(rawValue: name).map { .integer($0) }
      case "numeric": NumericRoutine(rawValue: name).map { .numeric($0) }
      case "text": TextRoutine(rawValue: name).map { .text($0) }
      case "datetime": DatetimeRoutine(rawValue: name).map { .datetime($0) }
      case "json": JSONRoutine(rawValue: name).map { .json($0) }
      default: nil
      }
    guard let routine else { return nil }
    self = routine
  }
}

enum Comparison: String, Sendable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

enum IntegerRoutine: String, Sendable {
  case add, subtract, multiply, divide, remainder, negate, identity, absolute
  case bitAnd, bitOr, bitXor, bitNot, shiftLeft, shiftRight, greatestDivisor
}

enum NumericRoutine: String, Sendable {
  case add, subtract, multiply, divide, remainder, power, negate, identity, absolute
  case ceiling, floor, round, truncate, squareRoot, sign, wholeQuotient, scale, trimScale
  case refused
}

enum TextRoutine: String, Sendable {
  case concatenate, like, notLike, iLike, notILike, likeEscape, length, byteLength, lower, upper
  case trimBoth, trimLeft, trimRight, substring, replace, position, left, right, padLeft, padRight
  case `repeat`, reverse, splitPart, concat, concatSeparated, format, md5, capitalize
  case character, code, startsWith, quoteLiteral, quoteIdentifier, quoteNullable, translate
  case hash, hashExtended, toHex, formatType, numberToText, bytesConcatenate, bytesLength, overlay
}

enum DatetimeRoutine: String, Sendable {
  case now, statementTimestamp, clockTimestamp, currentDate, localTimestamp, localTime
  case addInterval, subtractInterval, intervalAdd, addIntervalLocal, subtractIntervalLocal
  case intervalAddLocal
  case dateAddDays, daysAddDate, dateSubtractDays, dateSubtract, dateAddInterval
  case dateSubtractInterval, intervalAddDate, dateAddTime, timeAddDate
  case subtract, timeAddInterval, timeSubtractInterval, intervalAddTime, timeSubtract
  case sum, difference, negate, multiply, multiplied, divide
  case truncate, truncateLocal, truncateInterval, extract, extractLocal, extractDate, extractTime
  case extractInterval, makeInterval, makeDate, makeTimestamp, ageLocal, age, ageToday
  case ageTodayLocal, fromEpoch, justifyHours, justifyDays, justifyInterval
  case atZone, atZoneLocal, isFinite, isFiniteDate, isFiniteInterval
  case toText, toTextLocal
}

enum JSONRoutine: String, Sendable {
  case member, memberText, element, elementText, contains, containedIn, hasKey, concatenate
  case removeKey, removeElement, typeOf, arrayLength, buildObject, buildArray, toJSON
  case buildObjectText, buildArrayText, stripNulls, toJSONText
}
