/// The packed states that a breadth-first search has met and not yet gone on from, first in, first out.
///
/// States lie one after the other in big chunks, each behind its number of words:
///
///     chunk 0  [ 3 | a a a | 2 | b b | 4 | c c c c ]      ← read from here
///     chunk 1  [ 2 | d d | …                              ← written here
///
/// A chunk that has been read is used again for writing, so the arena is as big as the widest pair of
/// neighbouring levels, and a search in its stride allocates nothing.
package struct StateArena: ~Copyable {
  private struct Chunk {
    var words: UnsafeMutablePointer<UInt64>
    var capacity: Int
    var used = 0
  }

  /// The number of states that are waiting.
  package private(set) var count = 0
  /// The memory in use.
  package private(set) var byteCount = 0
  private var chunks: ContiguousArray<Chunk> = []
  /// The chunk that is read, and the place of the next state in it.
  private var first = 0
  private var cursor = 0
  private var spare: ContiguousArray<Chunk> = []
  private let chunkCapacity: Int

  /// - Parameter chunkCapacity: The number of words of a chunk; a larger state gets a chunk of its own.
  package init(chunkCapacity: Int = 1 << 16) { self.chunkCapacity = chunkCapacity }

  deinit {
    for index in first..<max(first, chunks.count) { chunks[index].words.deallocate() }
    for chunk in spare { chunk.words.deallocate() }
  }

  package var isEmpty: Bool { count == 0 }

  package mutating func append(_ words: ContiguousArray<UInt64>) {
    let needed = words.count + 1
    if chunks.isEmpty || chunks[chunks.count - 1].capacity - chunks[chunks.count - 1].used < needed
    {
      addChunk(capacity: needed)
    }
    let last = chunks.count - 1
    let target = chunks[last].words + chunks[last].used
    target.initialize(to: UInt64(words.count))
    words.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { (target + 1).update(from: base, count: source.count) }
    }
    chunks[last].used += needed
    count += 1
  }

  /// Takes the oldest state out; the words are there only inside `body`.
  package mutating func takeFirst<Result>(
    _ body: (UnsafeBufferPointer<UInt64>) -> Result
  ) -> Result? {
    guard count > 0 else { return nil }
    while cursor == chunks[first].used { retireFirst() }
    let start = chunks[first].words + cursor
    let length = Int(start.pointee)
    let result = body(UnsafeBufferPointer(start: start + 1, count: length))
    cursor += length + 1
    count -= 1
    return result
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
    chunk.used = 0
    if chunk.capacity == chunkCapacity {
      spare.append(chunk)
    } else {
      chunk.words.deallocate()
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
}
