/// The packed states that a breadth-first search has met and not yet gone on from, first in, first out.
///
/// States lie one after the other in big chunks, each behind its number of words:
///
///     chunk 0  [ 3 | a a a | 2 | b b | 4 | c c c c ]      ← read from here
///     chunk 1  [ 2 | d d | 3 | …                  ]      may lie in a file (``spill(to:)``)
///     chunk 2  [ 2 | e e | …                              ← written here
///
/// A chunk that has been read is used again for writing, so the arena is as big as the widest pair of
/// neighbouring levels, and a search in its stride allocates nothing.
package struct StateArena: ~Copyable {
  private struct Chunk {
    /// `nil` while the chunk lies in the file.
    var words: UnsafeMutablePointer<UInt64>?
    var capacity: Int
    var used = 0
    /// Where in the file it lies, in bytes; -1 if it does not.
    var place = -1
  }

  /// The number of states that are waiting.
  package private(set) var count = 0
  /// The memory in use.
  package private(set) var byteCount = 0
  /// Chunks could not be read back from the file; the states in them are lost.
  package private(set) var hasLost = false
  private var chunks: ContiguousArray<Chunk> = []
  /// The chunk that is read, and the place of the next state in it.
  private var first = 0
  private var cursor = 0
  /// The last chunk in which a state's place was given to the caller.
  private var pinned = -1
  private var spare: ContiguousArray<Chunk> = []
  private let chunkCapacity: Int

  private var file: SpillFile?
  private var fileEnd = 0
  /// Places in the file that are free again, each as big as a chunk.
  private var freePlaces: ContiguousArray<Int> = []

  /// - Parameter chunkCapacity: The number of words of a chunk; a larger state gets a chunk of its own.
  package init(chunkCapacity: Int = 1 << 16) { self.chunkCapacity = chunkCapacity }

  deinit {
    for index in first..<max(first, chunks.count) { chunks[index].words?.deallocate() }
    for chunk in spare { chunk.words?.deallocate() }
  }

  package var isEmpty: Bool { count == 0 }

  package mutating func append(_ words: ContiguousArray<UInt64>) {
    words.withUnsafeBufferPointer { append($0) }
  }

  package mutating func append(_ words: UnsafeBufferPointer<UInt64>) {
    let needed = words.count + 1
    if chunks.count == first || !hasRoom(needed) { addChunk(capacity: needed) }
    let last = chunks.count - 1
    guard let start = chunks[last].words else { preconditionFailure("the last chunk is in a file") }
    let target = start + chunks[last].used
    target.initialize(to: UInt64(words.count))
    if let base = words.baseAddress { (target + 1).update(from: base, count: words.count) }
    chunks[last].used += needed
    count += 1
  }

  private func hasRoom(_ needed: Int) -> Bool {
    let last = chunks[chunks.count - 1]
    return last.words != nil && last.capacity - last.used >= needed
  }

  /// Takes the oldest state out; the words are there only inside `body`.
  package mutating func takeFirst<Result>(
    _ body: (UnsafeBufferPointer<UInt64>) -> Result
  ) -> Result? {
    guard count > 0 else { return nil }
    let (chunk, offset) = place(after: first, cursor)
    guard let words = load(chunk) else { return nil }
    let start = words + offset
    let result = body(UnsafeBufferPointer(start: start + 1, count: Int(start.pointee)))
    removeFirst(1)
    return result
  }

  /// Gives the places of the oldest states, each at its number of words; they stay there until some are removed.
  ///
  /// So many, or as many as lie in a few chunks.
  package mutating func first(
    _ number: Int, into states: inout ContiguousArray<UnsafePointer<UInt64>>
  ) {
    precondition(number <= count, "there are \(count) states, not \(number)")
    states.removeAll(keepingCapacity: true)
    var (chunk, offset) = (first, cursor)
    while states.count < number {
      (chunk, offset) = place(after: chunk, offset)
      if chunk >= first + Self.chunksAtOnce { return }
      pinned = chunk
      guard let words = load(chunk) else { return }
      states.append(UnsafePointer(words + offset))
      offset += Int(words[offset]) + 1
    }
  }

  private static let chunksAtOnce = 4

  /// Forgets the oldest states.
  package mutating func removeFirst(_ number: Int) {
    precondition(number <= count, "there are \(count) states, not \(number)")
    for _ in 0..<number {
      while cursor == chunks[first].used { retireFirst() }
      guard let words = load(first) else { return }
      cursor += Int(words[cursor]) + 1
    }
    count -= number
    pinned = -1
  }

  /// Shows all states but some of the oldest, in order, each behind its number of words, in pieces.
  package func forEachRun(skipping number: Int, _ body: (UnsafeBufferPointer<UInt64>) -> Void)
    -> Bool
  {
    var (left, offset) = (number, cursor)
    for index in first..<max(first, chunks.count) {
      let chunk = chunks[index]
      var loaded: UnsafeMutablePointer<UInt64>?
      defer { loaded?.deallocate() }
      if chunk.words == nil {
        loaded = read(chunk)
        if loaded == nil { return false }
      }
      guard let words = chunk.words ?? loaded else { return false }
      while left > 0 && offset < chunk.used {
        offset += Int(words[offset]) + 1
        left -= 1
      }
      if offset < chunk.used {
        body(UnsafeBufferPointer(start: words + offset, count: chunk.used - offset))
      }
      offset = 0
    }
    return true
  }

  /// The chunk and the place in it of the state that comes at a place or, if a chunk ends there, after it.
  private func place(after chunk: Int, _ offset: Int) -> (chunk: Int, offset: Int) {
    var (chunk, offset) = (chunk, offset)
    while offset == chunks[chunk].used {
      chunk += 1
      offset = 0
    }
    return (chunk, offset)
  }

  private mutating func addChunk(capacity: Int) {
    if capacity <= chunkCapacity, let chunk = spare.popLast() {
      chunks.append(chunk)
      return
    }
    let capacity = max(capacity, chunkCapacity)
    chunks.append(Chunk(words: .allocate(capacity: capacity), capacity: capacity))
    byteCount += capacity * 8
  }

  private mutating func retireFirst() {
    var chunk = chunks[first]
    if chunk.place >= 0 { freePlaces.append(chunk.place) }
    chunk.used = 0
    chunk.place = -1
    if chunk.words != nil, chunk.capacity == chunkCapacity, file == nil {
      spare.append(chunk)
    } else if let words = chunk.words {
      words.deallocate()
      byteCount -= chunk.capacity * 8
    }
    first += 1
    cursor = 0
    // The entries before `first` are forgotten now and then, not one by one.
    if first >= 64 && first * 2 >= chunks.count {
      chunks.removeFirst(first)
      first = 0
    }
  }

  // MARK: In a file

  /// Moves chunks into a file, all but the last and those that are being read; what cannot be written stays.
  package mutating func spill(to file: SpillFile) {
    self.file = file
    for chunk in spare {
      chunk.words?.deallocate()
      byteCount -= chunk.capacity * 8
    }
    spare.removeAll()
    let start = max(first, pinned) + 1
    guard start < chunks.count - 1 else { return }
    for index in start..<chunks.count - 1 {
      guard let words = chunks[index].words, chunks[index].capacity == chunkCapacity else {
        continue
      }
      let place = freePlaces.popLast() ?? fileEnd
      let bytes = UnsafeRawBufferPointer(start: words, count: chunks[index].used * 8)
      guard file.write(bytes, place) else {
        if place != fileEnd { freePlaces.append(place) }
        return
      }
      if place == fileEnd { fileEnd += chunkCapacity * 8 }
      words.deallocate()
      chunks[index].words = nil
      chunks[index].place = place
      byteCount -= chunkCapacity * 8
    }
  }

  /// A chunk's words, read back if they lie in the file; `nil` if that fails.
  private mutating func load(_ index: Int) -> UnsafeMutablePointer<UInt64>? {
    if let words = chunks[index].words { return words }
    guard let words = read(chunks[index]) else {
      hasLost = true
      return nil
    }
    chunks[index].words = words
    freePlaces.append(chunks[index].place)
    chunks[index].place = -1
    byteCount += chunks[index].capacity * 8
    return words
  }

  private func read(_ chunk: Chunk) -> UnsafeMutablePointer<UInt64>? {
    guard let file else { return nil }
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: chunk.capacity)
    let bytes = UnsafeMutableRawBufferPointer(start: words, count: chunk.used * 8)
    if file.read(bytes, chunk.place) { return words }
    words.deallocate()
    return nil
  }
}

/// A file for states that have no room in memory: written and read in big pieces, at places in bytes.
package struct SpillFile: Sendable {
  /// Returns whether all could be written.
  package var write: @Sendable (_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Bool
  /// Fills the bytes with what was written there; returns whether that went well.
  package var read: @Sendable (_ bytes: UnsafeMutableRawBufferPointer, _ place: Int) -> Bool

  package init(
    write: @escaping @Sendable (_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Bool,
    read: @escaping @Sendable (_ bytes: UnsafeMutableRawBufferPointer, _ place: Int) -> Bool
  ) {
    self.write = write
    self.read = read
  }
}
