/// Functions on `json` and `jsonb`.
enum JSONRoutines {
  static func call(
    _ routine: JSONRoutine, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    switch routine {
    case .buildObject, .buildObjectText, .buildArray, .buildArrayText, .toJSON, .toJSONText:
      return try build(routine, arguments, context)
    default: break
    }
    let text = arguments[0].asJSON ?? "null"
    let json = try JSONReader.read(text, isBinary: true)
    switch routine {
    case .member, .memberText:
      let found = json.member(arguments[1].asText ?? "")
      return value(found, in: text, asText: routine == .memberText)
    case .element, .elementText:
      let found = json.element(Int(arguments[1].asInteger ?? 0))
      return value(found, in: text, asText: routine == .elementText)
    case .contains: return Value(json.contains(try read(arguments[1])))
    case .containedIn: return Value(try read(arguments[1]).contains(json))
    case .hasKey: return Value(hasKey(json, arguments[1].asText ?? ""))
    case .concatenate: return try concatenate(json, try read(arguments[1]))
    case .removeKey: return try removeKey(json, arguments[1].asText ?? "")
    case .removeElement: return try removeElement(json, Int(arguments[1].asInteger ?? 0))
    case .typeOf: return Value(text: json.typeName)
    case .arrayLength:
      guard case .array(let elements) = json.kind else {
        let kind = json.isContainer ? "a non-array" : "a scalar"
        throw SQLError(.invalidParameterValue, "cannot get array length of \(kind)")
      }
      return Value(integer: elements.count)
    default: return Value(json: stripped(json).normalized.text)
    }
  }

  private static func read(_ value: Value) throws(SQLError) -> JSON {
    try JSONReader.read(value.asJSON ?? "null", isBinary: true)
  }

  /// A part of a document, as written there; its text for `->>`, with JSON's null as NULL.
  private static func value(_ found: JSON?, in text: String, asText: Bool) -> Value {
    guard let found else { return .null }
    let source = String(decoding: Array(text.utf8)[found.source], as: UTF8.self)
    guard asText else { return Value(json: source) }
    switch found.kind {
    case .null: return .null
    case .string(let string): return Value(text: string)
    case .boolean, .number, .array, .object: return Value(text: source)
    }
  }

  /// What `jsonb_agg` and, with keys, `jsonb_object_agg` have collected.
  static func collected(_ elements: [Value], keys: [String]) throws(SQLError) -> Value {
    let texts = elements.map { $0.asJSON ?? "null" }
    let members = zip(keys, texts).map { "\(JSON.quoted($0)): \($1)" }
    let text =
      keys.isEmpty
      ? "[" + texts.joined(separator: ", ") + "]" : "{" + members.joined(separator: ", ") + "}"
    return Value(json: try JSONReader.read(text, isBinary: true).normalized.text)
  }

  /// `jsonb_array_elements` and its like.
  static func elements(_ document: Value, asText: Bool) throws(SQLError) -> [Value] {
    let text = document.asJSON ?? "null"
    let json = try JSONReader.read(text, isBinary: true)
    guard case .array(let elements) = json.kind else {
      let kind = json.isContainer ? "an object" : "a scalar"
      throw SQLError(.invalidParameterValue, "cannot extract elements from \(kind)")
    }
    return elements.map { value($0, in: text, asText: asText) }
  }

  /// `#>` and `#>>`.
  static func part(_ document: Value, _ path: [Value], asText: Bool) throws(SQLError) -> Value {
    let text = document.asJSON ?? "null"
    var found: JSON? = try JSONReader.read(text, isBinary: true)
    for step in path {
      guard let key = step.asText else { return .null }
      switch found?.kind {
      case .object?: found = found?.member(key)
      case .array?: found = Int(key).flatMap { found?.element($0) }
      default: return .null
      }
    }
    return value(found, in: text, asText: asText)
  }

  /// `jsonb_set` (`setPath` in jsonfuncs.c).
  static func setting(
    _ document: Value, _ path: [Value], to new: Value, creates: Bool
  ) throws(SQLError) -> Value {
    let json = try read(document)
    guard json.isContainer else {
      throw SQLError(.invalidParameterValue, "cannot set path in scalar")
    }
    if path.isEmpty { return document }
    return Value(
      json: try setting(json, path, 0, to: try read(new), creates: creates).normalized.text)
  }

  private static func setting(
    _ json: JSON, _ path: [Value], _ level: Int, to new: JSON, creates: Bool
  ) throws(SQLError) -> JSON {
    guard let key = path[level].asText else {
      throw SQLError(
        .nullValueNotAllowed, "path element at position \(level + 1) is null")
    }
    let isLast = level == path.count - 1
    switch json.kind {
    case .object(var members):
      guard let index = members.lastIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) else {
        return isLast && creates ? JSON(.object(members + [(key, new)])) : json
      }
      members[index].value =
        isLast
        ? new
        : try setting(members[index].value, path, level + 1, to: new, creates: creates)
      return JSON(.object(members))
    case .array(var elements):
      guard let number = Int(key) else {
        throw SQLError(
          .invalidTextRepresentation,
          "path element at position \(level + 1) is not an integer: \"\(key)\"")
      }
      let index = number < 0 ? elements.count + number : number
      if elements.indices.contains(index) {
        elements[index] =
          isLast
          ? new : try setting(elements[index], path, level + 1, to: new, creates: creates)
      } else if isLast, creates {
        elements.insert(new, at: index < 0 ? 0 : elements.count)
      }
      return JSON(.array(elements))
    case .null, .boolean, .number, .string: return json
    }
  }

  private static func hasKey(_ json: JSON, _ key: String) -> Bool {
    switch json.kind {
    case .object: json.member(key) != nil
    case .array(let elements):
      elements.contains {
        if case .string(let string) = $0.kind { return string.utf8.elementsEqual(key.utf8) }
        return false
      }
    case .string(let string): string.utf8.elementsEqual(key.utf8)
    case .null, .boolean, .number: false
    }
  }

  private static func concatenate(_ left: JSON, _ right: JSON) throws(SQLError) -> Value {
    let result: JSON
    switch (left.kind, right.kind) {
    case (.object(let first), .object(let second)): result = JSON(.object(first + second))
    case (.array(let first), .array(let second)): result = JSON(.array(first + second))
    case (.array(let first), _): result = JSON(.array(first + [right]))
    case (_, .array(let second)): result = JSON(.array([left] + second))
    default: result = JSON(.array([left, right]))
    }
    return Value(json: result.normalized.text)
  }

  private static func removeKey(_ json: JSON, _ key: String) throws(SQLError) -> Value {
    switch json.kind {
    case .object(let members):
      let kept = members.filter { !$0.key.utf8.elementsEqual(key.utf8) }
      return Value(json: JSON(.object(kept)).normalized.text)
    case .array(let elements):
      let kept = elements.filter {
        if case .string(let string) = $0.kind { return !string.utf8.elementsEqual(key.utf8) }
        return true
      }
      return Value(json: JSON(.array(kept)).normalized.text)
    case .null, .boolean, .number, .string:
      throw SQLError(.invalidParameterValue, "cannot delete from scalar")
    }
  }

  private static func removeElement(_ json: JSON, _ position: Int) throws(SQLError) -> Value {
    guard case .array(var elements) = json.kind else {
      throw SQLError(
        .invalidParameterValue,
        json.isContainer
          ? "cannot delete from object using integer index" : "cannot delete from scalar")
    }
    let index = position < 0 ? elements.count + position : position
    if elements.indices.contains(index) { elements.remove(at: index) }
    return Value(json: JSON(.array(elements)).normalized.text)
  }

  private static func stripped(_ json: JSON) -> JSON {
    switch json.kind {
    case .object(let members):
      let kept = members.filter {
        if case .null = $0.value.kind { return false }
        return true
      }
      return JSON(.object(kept.map { ($0.key, stripped($0.value)) }))
    case .array(let elements): return JSON(.array(elements.map(stripped)))
    case .null, .boolean, .number, .string: return json
    }
  }

  // MARK: Building

  private static func build(
    _ routine: JSONRoutine, _ arguments: Span<Value>, _ context: EvaluationContext
  ) throws(SQLError) -> Value {
    var texts: [String] = []
    for index in arguments.indices { texts.append(jsonText(arguments[index], context)) }
    let isBinary: Bool
    let text: String
    switch routine {
    case .buildObject, .buildObjectText:
      isBinary = routine == .buildObject
      text = try object(arguments, texts, isBinary, context)
    case .buildArray, .buildArrayText:
      isBinary = routine == .buildArray
      text = "[" + texts.joined(separator: ", ") + "]"
    default:
      if arguments[0].isNull { return .null }
      isBinary = routine == .toJSON
      text = texts[0]
    }
    guard isBinary else { return Value(json: text) }
    return Value(json: try JSONReader.read(text, isBinary: true).normalized.text)
  }

  private static func object(
    _ arguments: Span<Value>, _ texts: [String], _ isBinary: Bool, _ context: EvaluationContext
  ) throws(SQLError) -> String {
    guard arguments.count % 2 == 0 else {
      throw SQLError(
        .invalidParameterValue, "argument list must have even number of elements",
        hint: "The arguments of \(isBinary ? "jsonb" : "json")_build_object() must consist of "
          + "alternating keys and values.")
    }
    var members: [String] = []
    for index in stride(from: 0, to: arguments.count, by: 2) {
      guard !arguments[index].isNull else {
        throw SQLError(
          .invalidParameterValue,
          isBinary
            ? "argument \(index + 1): key must not be null"
            : "argument \(index + 1) cannot be null",
          hint: isBinary ? nil : "Object keys should be text.")
      }
      let text = texts[index]
      let key = text.hasPrefix("\"") ? text : JSON.quoted(text)
      members.append("\(key) : \(texts[index + 1])")
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private static func jsonText(_ value: Value, _ context: EvaluationContext) -> String {
    switch value.tag {
    case .null: return "null"
    case .boolean: return value.isTrue ? "true" : "false"
    case .integer, .bigInteger: return value.formatted(as: .bigint)
    case .numeric, .bigNumeric:
      let number = value.asNumeric ?? .zero
      return number.isFinite ? number.description : JSON.quoted(number.description)
    case .json: return value.asJSON ?? "null"
    case .array:
      let elements = (value.asElements ?? []).map { jsonText($0, context) }
      return "[" + elements.joined(separator: ",") + "]"
    case .date: return JSON.quoted(value.formatted(as: .date))
    case .timestamp, .bigTimestamp:
      var options = context.options
      options.dateStyle = .iso
      let text = value.formatted(as: .timestamptz, options: options)
      let hasMinutes = text.utf8.suffix(3).first == UInt8(ascii: ":")
      return JSON.quoted(
        TextRoutines.replaced(text, " ", "T")
          + (hasMinutes || Timestamp.isInfinite(value.asTimestamp ?? 0) ? "" : ":00"))
    default: return JSON.quoted(value.asText ?? value.formatted(as: .text))
    }
  }
}
