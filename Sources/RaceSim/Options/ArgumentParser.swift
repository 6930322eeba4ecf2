import SQL

/// A command line that does not fit the table.
struct UsageError: Error, Hashable {
  var message: String
  /// The command that was meant; `nil` if that is not known.
  var command: String?
}

/// A command line, read.
struct Arguments {
  var command: Command
  var positionals: [String] = []
  /// No command is named: options of the whole program may stand here.
  private var isTop = false
  private var flags: Set<String> = []
  private var values: [String: [String]] = [:]

  init(command: Command) { self.command = command }

  func has(_ name: String) -> Bool { flags.contains(name) }
  func text(_ name: String) -> String? { values[name]?.first }
  /// All values of an option that may be given several times, in order.
  func texts(_ name: String) -> [String] { values[name] ?? [] }

  /// The options that may be given.
  private var options: [Option] {
    command.allOptions + (isTop ? CommandTable.generators : [])
  }

  /// A number, a duration in milliseconds or a size in bytes; checked when it was parsed.
  func number(_ name: String) -> Int? {
    guard let text = text(name), let option = command.allOptions.first(where: { $0.name == name })
    else { return nil }
    switch option.kind {
    case .number: return ValueReader.number(text)
    case .duration: return ValueReader.milliseconds(text)
    case .size: return ValueReader.bytes(text)
    case .flag, .text, .choice, .destination: return nil
    }
  }

  // MARK: Parsing

  /// Reads the words after the program's name.
  ///
  /// `isFile`: Whether a word that names no command is a path.
  static func parse(
    _ words: [String], isFile: (String) -> Bool
  ) throws(UsageError) -> Arguments {
    var words = words[...]
    var arguments = Arguments(command: CommandTable.check)
    if let first = words.first, !first.hasPrefix("-") {
      if first == "help" {
        words.removeFirst()
        let names = CommandTable.commands.map(\.name)
        guard let name = words.first, !name.hasPrefix("-") else {
          arguments.flags = ["--help", "--top"]
          return arguments
        }
        guard let named = CommandTable.commands.first(where: { $0.name == name }) else {
          let meant = didYouMean(name, among: names).map { ". Did you mean '\($0)'?" }
          throw UsageError(message: "Unknown command '\(name)'" + (meant ?? ""))
        }
        arguments.command = named
        arguments.flags = ["--help"]
        return arguments
      }
      if let named = CommandTable.commands.first(where: { $0.name == first }) {
        arguments.command = named
        words.removeFirst()
      } else if !isFile(first), !first.contains("/"), !first.hasSuffix(".race"),
        let meant = didYouMean(first, among: CommandTable.commands.map(\.name))
      {
        throw UsageError(message: "Unknown command '\(first)'. Did you mean '\(meant)'?")
      }
    } else {
      arguments.isTop = true
      if words.contains("--help") || words.contains("-h") { arguments.flags.insert("--top") }
    }
    try arguments.read(words)
    return arguments
  }

  private mutating func read(_ words: ArraySlice<String>) throws(UsageError) {
    var rest = words
    while let word = rest.popFirst() {
      if word == "--" {
        positionals += rest
        break
      }
      if word.hasPrefix("--") {
        try readLong(word, &rest)
      } else if word.hasPrefix("-"), word.count > 1 {
        try readShort(word, &rest)
      } else {
        positionals.append(word)
      }
    }
    if has("--help") || has("--version") { return }
    let takes = command.arguments.first
    if positionals.isEmpty, let takes, !takes.isOptional {
      throw error("Missing expected argument '<\(takes.name)>'")
    }
    if positionals.count > 1, !(takes?.isRepeating ?? false) {
      throw error("Unexpected argument '\(positionals[1])'")
    }
  }

  private mutating func readLong(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = options.first(where: { $0.name == name }) else {
      throw unknown(name, among: options.map(\.name))
    }
    let given = parts.count > 1 ? String(parts[1]) : nil
    try take(option, as: name, given: given, &rest)
  }

  private mutating func readShort(
    _ word: String, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    for letter in word.dropFirst() {
      let name = "-\(letter)"
      guard let option = options.first(where: { $0.short == name }) else {
        throw unknown(name, among: [])
      }
      try take(option, as: name, given: nil, &rest)
    }
  }

  private mutating func take(
    _ option: Option, as name: String, given: String?, _ rest: inout ArraySlice<String>
  ) throws(UsageError) {
    guard let placeholder = option.placeholder else {
      guard given == nil else { throw error("The option '\(name)' takes no value") }
      flags.insert(option.name)
      return
    }
    guard let value = given ?? rest.popFirst() else {
      throw error("Missing value for '\(name) \(placeholder)'")
    }
    if let problem = Self.problem(value, option.kind) {
      throw error("The value '\(value)' is invalid for '\(name) \(placeholder)'\(problem)")
    }
    guard values[option.name] == nil || option.isRepeating else {
      throw error("The option '\(name)' is given twice")
    }
    values[option.name, default: []].append(value)
  }

  /// What is wrong with a value, after a colon; `nil` if nothing is.
  private static func problem(_ value: String, _ kind: Option.Kind) -> String? {
    switch kind {
    case .flag, .text: return nil
    case .number(_, let range):
      guard ValueReader.isNumber(value) else { return ": not a whole number" }
      // More digits than a number can have are out of every range.
      let number = ValueReader.number(value) ?? Int.max
      return range.contains(number)
        ? nil : ": it must be \(range.lowerBound) to \(range.upperBound)"
    case .duration:
      return ValueReader.milliseconds(value) == nil ? ": write it as 500ms, 90s, 10m or 2h" : nil
    case .size:
      return ValueReader.bytes(value) == nil ? ": write it as 512m or 4g" : nil
    case .choice(let words):
      if words.contains(value) { return nil }
      if let meant = didYouMean(value, among: words) { return ". Did you mean '\(meant)'?" }
      return ": it must be \(Self.choice(words))"
    case .destination(let kinds):
      let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let kind = String(parts[0])
      guard kinds.contains(kind) else {
        if let meant = didYouMean(kind, among: kinds) { return ". Did you mean '\(meant)'?" }
        return ": the kind must be \(Self.choice(kinds))"
      }
      if parts.count > 1, !parts[1].isEmpty { return nil }
      let what =
        ExportFormat(rawValue: kind) == nil
        ? "the file's path after it, as \(kind)=report.\(kind)"
        : "a folder after it, as \(kind)=races"
      return ": write \(what)"
    }
  }

  /// `auto, always or never`.
  private static func choice(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }

  private func unknown(_ name: String, among candidates: [String]) -> UsageError {
    if let meant = didYouMean(name, among: candidates) {
      return error("Unknown option '\(name)'. Did you mean '\(meant)'?")
    }
    return error("Unknown option '\(name)'")
  }

  private func error(_ message: String) -> UsageError {
    UsageError(message: message, command: command.name)
  }
}

/// Reads numbers with units.
enum ValueReader {
  /// A whole number; underscores may group its digits.
  static func number(_ text: String) -> Int? {
    isNumber(text) ? Int(text.filter { $0 != "_" }) : nil
  }

  /// Whether the text is a whole number, however large.
  static func isNumber(_ text: String) -> Bool {
    let digits = text.filter { $0 != "_" }
    return !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) }
  }

  /// `500ms`, `90s`, `10m`, `2h`; seconds without a unit.
  static func milliseconds(_ text: String) -> Int? {
    scaled(text, [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("", 1000)])
  }

  /// `512m`, `4g`, `100k`; bytes without a unit.
  static func bytes(_ text: String) -> Int? {
    let text = text.lowercased()
    let bare = text.hasSuffix("ib") ? String(text.dropLast(2)) : text
    return scaled(
      bare.hasSuffix("b") ? String(bare.dropLast()) : bare,
      [("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30), ("t", 1 << 40), ("", 1)])
  }

  private static func scaled(_ text: String, _ units: [(suffix: String, factor: Int)]) -> Int? {
    for unit in units where text.hasSuffix(unit.suffix) {
      guard let count = number(String(text.dropLast(unit.suffix.count))) else { continue }
      let (product, overflow) = count.multipliedReportingOverflow(by: unit.factor)
      return overflow || product == 0 ? nil : product
    }
    return nil
  }
}
