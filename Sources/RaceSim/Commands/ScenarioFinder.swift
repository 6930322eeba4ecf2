/// Finds scenario files.
struct ScenarioFinder {
  /// A scenario file, and whether it was named by itself.
  struct Found: Hashable {
    var path: String
    var isNamed: Bool
  }

  var entry: (String) -> System.Entry
  var names: (String) -> [String]

  /// A finder that looks at the disk.
  static var live: ScenarioFinder {
    ScenarioFinder(entry: System.entry(at:), names: System.names(in:))
  }

  /// Where to look if no path is given.
  static let defaultPath = "Scenarios"

  /// The files that paths name, in their order; those in folders by path, each file once.
  func find(
    _ paths: [String], suffix: String = ".race"
  ) -> (found: [Found], missing: [String]) {
    var found: [Found] = []
    var missing: [String] = []
    var seen: Set<String> = []
    func add(_ path: String, isNamed: Bool) {
      if seen.insert(path).inserted { found.append(Found(path: path, isNamed: isNamed)) }
    }
    for path in paths.isEmpty ? [Self.defaultPath] : paths {
      switch entry(path) {
      case .file: add(path, isNamed: true)
      case .folder:
        var trimmed = path
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
        for file in files(in: trimmed, depth: 0, suffix) { add(file, isNamed: false) }
      case .nothing: missing.append(path)
      }
    }
    return (found, missing)
  }

  /// The scenario files below a folder, by path.
  ///
  /// Hidden folders are passed over.
  private func files(in folder: String, depth: Int, _ suffix: String) -> [String] {
    guard depth < 32 else { return [] }
    var result: [String] = []
    for name in names(folder) where !name.hasPrefix(".") {
      let path = folder == "." ? name : folder == "/" ? "/" + name : folder + "/" + name
      switch entry(path) {
      case .folder: result += files(in: path, depth: depth + 1, suffix)
      case .file where name.hasSuffix(suffix): result.append(path)
      case .file, .nothing: break
      }
    }
    return result.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }
}

/// Patterns of file names.
enum Glob {
  /// Whether a text matches: `*` stands for any letters, `?` for one.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let text = Array(text)
    let pattern = Array(pattern)
    var position = 0
    var index = 0
    var star: (index: Int, position: Int)?
    while position < text.count {
      if index < pattern.count, pattern[index] == "*" {
        star = (index, position)
        index += 1
      } else if index < pattern.count, pattern[index] == "?" || pattern[index] == text[position] {
        position += 1
        index += 1
      } else if let last = star {
        star = (last.index, last.position + 1)
        index = last.index + 1
        position = last.position + 1
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == "*" }
  }
}
