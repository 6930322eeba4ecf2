/// The sort of PostgreSQL's executor, which decides the order of rows that ORDER BY leaves open: the quicksort of
/// Bentley and McIlroy with a look for sorted input and an insertion sort below seven elements
/// (`sort_template.h`).
enum ServerSort {
  /// Sorts in place; `compare` is negative, zero or positive as its first argument is less, equal or greater.
  static func sort(_ items: inout ArraySlice<Int>, by compare: (Int, Int) -> Int) {
    var range = items.startIndex..<items.endIndex
    while range.count >= 7 {
      let isSorted = range.dropFirst().allSatisfy { compare(items[$0 - 1], items[$0]) <= 0 }
      if isSorted { return }
      let (less, greater) = partition(&items, range, compare)
      // The smaller side first, as there; each is sorted by itself, so that the order of the two is no matter.
      let (small, large) = less.count <= greater.count ? (less, greater) : (greater, less)
      sort(&items[small], by: compare)
      range = large
    }
    insertionSort(&items, range, compare)
  }

  private static func insertionSort(
    _ items: inout ArraySlice<Int>, _ range: Range<Int>, _ compare: (Int, Int) -> Int
  ) {
    for end in range.dropFirst() {
      var place = end
      while place > range.lowerBound, compare(items[place - 1], items[place]) > 0 {
        items.swapAt(place - 1, place)
        place -= 1
      }
    }
  }

  /// Puts what is less than an element before it and its equals, and what is greater behind.
  private static func partition(
    _ items: inout ArraySlice<Int>, _ range: Range<Int>, _ compare: (Int, Int) -> Int
  ) -> (less: Range<Int>, greater: Range<Int>) {
    let start = range.lowerBound
    let end = range.upperBound
    items.swapAt(start, pivot(items, range, compare))
    // Equals gather at both ends.
    var leftEquals = start + 1
    var left = start + 1
    var right = end - 1
    var rightEquals = end - 1
    while true {
      while left <= right {
        let order = compare(items[left], items[start])
        if order > 0 { break }
        if order == 0 {
          items.swapAt(leftEquals, left)
          leftEquals += 1
        }
        left += 1
      }
      while left <= right {
        let order = compare(items[right], items[start])
        if order < 0 { break }
        if order == 0 {
          items.swapAt(right, rightEquals)
          rightEquals -= 1
        }
        right -= 1
      }
      if left > right { break }
      items.swapAt(left, right)
      left += 1
      right -= 1
    }
    let front = min(leftEquals - start, left - leftEquals)
    exchange(&items, start, left - front, front)
    let back = min(rightEquals - right, end - rightEquals - 1)
    exchange(&items, left, end - back, back)
    return (start..<start + (left - leftEquals), end - (rightEquals - right)..<end)
  }

  private static func exchange(_ items: inout ArraySlice<Int>, _ a: Int, _ b: Int, _ count: Int) {
    for offset in 0..<count { items.swapAt(a + offset, b + offset) }
  }

  /// Where the element stands that the others are held against.
  private static func pivot(
    _ items: ArraySlice<Int>, _ range: Range<Int>, _ compare: (Int, Int) -> Int
  ) -> Int {
    func median(_ a: Int, _ b: Int, _ c: Int) -> Int {
      if compare(items[a], items[b]) < 0 {
        if compare(items[b], items[c]) < 0 { return b }
        return compare(items[a], items[c]) < 0 ? c : a
      }
      if compare(items[b], items[c]) > 0 { return b }
      return compare(items[a], items[c]) < 0 ? a : c
    }
    let count = range.count
    var first = range.lowerBound
    var middle = first + count / 2
    var last = range.upperBound - 1
    guard count > 7 else { return middle }
    if count > 40 {
      let step = count / 8
      first = median(first, first + step, first + 2 * step)
      middle = median(middle - step, middle, middle + step)
      last = median(last - 2 * step, last - step, last)
    }
    return median(first, middle, last)
  }
}
