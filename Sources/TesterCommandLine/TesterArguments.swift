import Foundation

/// The command line of a program that tests with random cases.
package struct TesterArguments {
  private let program: String
  private let usage: String
  private var words: ArraySlice<String>

  /// - Parameters:
  ///   - program: Its name, for what it complains of.
  ///   - usage: What it says when it is asked, or where a word does not fit.
  package init(program: String, usage: String) {
    self.program = program
    self.usage = usage
    words = CommandLine.arguments.dropFirst()
  }

  /// The next word; `nil` at the end.
  ///
  /// `-h` and `--help` are answered here.
  package mutating func next() -> String? {
    let word = words.popFirst()
    if word == "-h" || word == "--help" {
      print(usage)
      exit(0)
    }
    return word
  }

  /// The word behind an option.
  package mutating func value(of option: String) -> String {
    guard let value = words.popFirst() else { refuse("\(option) wants a value") }
    return value
  }

  /// The number behind an option, at most a thousand million.
  package mutating func number(of option: String) -> Int {
    let text = value(of: option)
    guard let number = Int(text), number >= 0, number <= 1_000_000_000 else {
      fail("\(option) wants a number, not `\(text)`", 64)
    }
    return number
  }

  /// Ends the program because of the command line, and says what it takes.
  package func refuse(_ message: String) -> Never { fail("\(message)\n\(usage)", 64) }

  /// Ends the program.
  package func fail(_ message: String, _ status: Int32) -> Never {
    FileHandle.standardError.write(Data("\(program): \(message)\n".utf8))
    exit(status)
  }
}
