import Foundation

/// Files that are read and written besides scenarios: reports and saved traces.
struct Files: Sendable {
  /// The contents; `nil` if they cannot be read.
  ///
  /// `-` is standard input.
  var read: @Sendable (_ path: String) -> Data?
  /// Writes a file whole, in place of one that may be there; returns what went wrong.
  var write: @Sendable (_ text: String, _ path: String) -> String?
  /// Adds to the end of a file; returns what went wrong.
  var append: @Sendable (_ text: String, _ path: String) -> String?

  /// Writes a new file, with the folders around it; returns what went wrong.
  ///
  /// A file that is there stays as it is.
  var create: @Sendable (_ text: String, _ path: String) -> String? = { _, _ in
    "there are no files"
  }

  /// Why a file could not be written, found out without writing it.
  var obstacle: @Sendable (_ path: String) -> String? = { _ in nil }
  /// Why files could not be written into a folder, which is made if it is not there.
  var folderObstacle: @Sendable (_ path: String) -> String? = { _ in nil }
  /// Makes a folder and those around it; returns what went wrong.
  var makeFolder: @Sendable (_ path: String) -> String? = { _ in "there are no files" }

  /// The real ones.
  static let live = Files(
    read: { path in
      path == "-"
        ? FileHandle.standardInput.readDataToEndOfFile()
        : System.entry(at: path) == .file ? FileManager.default.contents(atPath: path) : nil
    },
    write: { text, path in
      do {
        // A device or a pipe is written to, not replaced.
        let options: Data.WritingOptions = Self.isSpecial(path) ? [] : .atomic
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: options)
        return nil
      } catch {
        return Self.reason(error, path)
      }
    },
    append: { text, path in
      do {
        if System.entry(at: path) == .nothing { try Data().write(to: URL(fileURLWithPath: path)) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        return nil
      } catch {
        return Self.reason(error, path)
      }
    },
    create: { text, path in
      let url = URL(fileURLWithPath: path)
      do {
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url, options: .withoutOverwriting)
        return nil
      } catch {
        return Self.reason(error, path)
      }
    },
    obstacle: { Self.obstacle($0) },
    folderObstacle: { path in
      // Folders that are not there are made: what counts is the first that is.
      var folder = URL(fileURLWithPath: path)
      while System.entry(at: folder.path) == .nothing, folder.path != "/" {
        folder.deleteLastPathComponent()
      }
      guard System.entry(at: folder.path) == .folder else {
        return "\(folder.path) is a file, and a folder is wanted"
      }
      return FileManager.default.isWritableFile(atPath: folder.path)
        ? nil : "\(folder.path) is write-protected"
    },
    makeFolder: { path in
      do {
        try FileManager.default.createDirectory(
          at: URL(fileURLWithPath: path), withIntermediateDirectories: true)
        return nil
      } catch {
        return Self.reason(error, path)
      }
    })

  /// Whether a path names something that is neither a file nor a folder, such as `/dev/stdout`.
  private static func isSpecial(_ path: String) -> Bool {
    let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let type = try? FileManager.default.attributesOfItem(atPath: place)[.type] as? FileAttributeType
    return type.map { $0 != .typeRegular && $0 != .typeDirectory } ?? false
  }

  private static func obstacle(_ path: String) -> String? {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if System.entry(at: path) == .folder { return "it is a folder" }
    if System.entry(at: folder) != .folder { return "there is no folder \(folder)" }
    return FileManager.default.isWritableFile(
      atPath: System.entry(at: path) == .file ? path : folder)
      ? nil : "it is write-protected"
  }

  /// No files at all.
  static let none = Files(
    read: { _ in nil }, write: { _, _ in "there are no files" },
    append: { _, _ in "there are no files" })

  private static func reason(_ error: any Error, _ path: String) -> String {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if System.entry(at: path) == .folder { return "it is a folder" }
    if System.entry(at: folder) != .folder { return "there is no folder \(folder)" }
    return (error as NSError).localizedDescription
  }
}
