import Foundation
import Scheduler
import Synchronization

/// Files that a long search works with: checkpoints, and states for which memory has no room.
struct SearchFiles: Sendable {
  /// The words of a file; `nil` if it cannot be read.
  var words: @Sendable (_ path: String) -> ContiguousArray<UInt64>?
  /// Writes a file piece by piece and puts it in place of an earlier one when it is whole and on the disk.
  ///
  /// Returns what went wrong. The file is left as it was if `write` returns false.
  var replace:
    @Sendable (_ path: String, _ write: (_ sink: @escaping CheckpointSaving.Sink) -> Bool) ->
      String?
  /// Opens a new file in a folder that nobody else sees and that vanishes with the process; `nil` if that fails.
  var spill: @Sendable (_ folder: String) -> SpillFile?

  /// No files at all.
  static let none = SearchFiles(
    words: { _ in nil }, replace: { _, _ in "there are no files" }, spill: { _ in nil })

  /// The real ones.
  static let live = SearchFiles(
    words: { path in
      guard System.entry(at: path) == .file,
        let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
      else { return nil }
      // A word that is not whole spoils the checksum, as it should.
      let count = (data.count + 7) / 8
      return ContiguousArray(unsafeUninitializedCapacity: count) { buffer, initialized in
        buffer.initialize(repeating: 0)
        _ = data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
        initialized = count
      }
    },
    replace: { path, write in replace(path, write) },
    spill: { spill($0) })

  private static func replace(
    _ path: String, _ write: (_ sink: @escaping CheckpointSaving.Sink) -> Bool
  ) -> String? {
    let new = path + ".new"
    let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return reason() }
    var problem: String?
    let failure = Mutex<String?>(nil)
    let isWhole = write { bytes in
      if writeAll(bytes, to: descriptor, at: nil) { return true }
      failure.withLock { $0 = $0 ?? reason() }
      return false
    }
    if !isWhole { problem = failure.withLock { $0 } ?? "its contents are incomplete" }
    if problem == nil, fsync(descriptor) != 0 { problem = reason() }
    if close(descriptor) != 0, problem == nil { problem = reason() }
    if problem == nil, rename(new, path) != 0 { problem = reason() }
    if problem != nil {
      unlink(new)
      return problem
    }
    // The folder's entry, too, must be on the disk; a file system that cannot do that has no more to give.
    let folder = open(
      URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
    return nil
  }

  private static func spill(_ folder: String) -> SpillFile? {
    var name = Array((folder + "/racesim-XXXXXX").utf8CString)
    let descriptor = name.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map { mkstemp($0) } ?? -1
    }
    guard descriptor >= 0 else { return nil }
    // The file lives as long as it is open.
    unlink(name)
    return SpillFile(
      write: { bytes, place in writeAll(bytes, to: descriptor, at: place) },
      read: { bytes, place in
        var start = 0
        while start < bytes.count {
          let count = pread(
            descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start,
            off_t(place + start))
          if count <= 0 && (count == 0 || errno != EINTR) { return false }
          start += max(count, 0)
        }
        return true
      })
  }

  private static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at place: Int?
  ) -> Bool {
    var start = 0
    while start < bytes.count {
      let address = bytes.baseAddress.map { $0 + start }
      let left = bytes.count - start
      let count =
        place.map { pwrite(descriptor, address, left, off_t($0 + start)) }
        ?? write(descriptor, address, left)
      if count < 0 && errno != EINTR { return false }
      start += max(count, 0)
    }
    return true
  }

  /// What the last call of the system has failed with.
  private static func reason() -> String { String(cString: strerror(errno)) }
}
