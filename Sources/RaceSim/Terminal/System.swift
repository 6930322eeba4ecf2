import Foundation
import Synchronization

/// The process and what surrounds it: streams, terminal, files, signals, clock.
enum System {
  /// Set by the first Ctrl-C; the second ends the process.
  static let isInterrupted = Atomic<Bool>(false)

  /// The console of the process.
  static func console() -> Console {
    Console(
      output: { write($0, to: STDOUT_FILENO) }, error: { write($0, to: STDERR_FILENO) },
      isOutputTerminal: isatty(STDOUT_FILENO) == 1, isErrorTerminal: isatty(STDERR_FILENO) == 1,
      terminalWidth: terminalWidth(), environment: ProcessInfo.processInfo.environment,
      monotonicSeconds: { monotonicSeconds() })
  }

  /// A closed pipe is an error of `write`, not the end of the process; Ctrl-C (or SIGTERM) asks a search to
  /// end, so that what it holds elsewhere is given back.
  static func installSignalHandlers() {
    signal(SIGPIPE, SIG_IGN)
    _ = isInterrupted.load(ordering: .relaxed)
    signal(SIGINT) { _ in
      System.isInterrupted.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
    signal(SIGTERM) { _ in
      System.isInterrupted.store(true, ordering: .relaxed)
      signal(SIGTERM, SIG_DFL)
    }
  }

  /// Writes to standard error.
  static func writeError(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Writes all of a text.
  ///
  /// A reader that has gone away ends the process quietly, as SIGPIPE would.
  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { buffer in
        Foundation.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count > 0 {
        start += count
      } else if errno == EINTR || errno == EAGAIN {
        continue
      } else {
        if descriptor == STDERR_FILENO { return }
        exit(errno == EPIPE ? 141 : 73)
      }
    }
  }

  private static func terminalWidth() -> Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  private static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
  }

  // MARK: Files

  /// What a path names.
  enum Entry { case file, folder, nothing }

  static func entry(at path: String) -> Entry {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return .nothing
    }
    return isFolder.boolValue ? .folder : .file
  }

  /// The bytes of a file; `nil` if it cannot be read.
  static func bytes(at path: String) -> [UInt8]? {
    guard entry(at: path) == .file, let data = FileManager.default.contents(atPath: path) else {
      return nil
    }
    return Array(data)
  }

  /// The names in a folder, sorted by their bytes.
  ///
  /// Links to folders are left out, as they may lead round in circles.
  static func names(in folder: String) -> [String] {
    let manager = FileManager.default
    let names = ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).filter { name in
      let path = folder + "/" + name
      let isLink = (try? manager.destinationOfSymbolicLink(atPath: path)) != nil
      return !isLink || entry(at: path) != .folder
    }
    return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }
}
