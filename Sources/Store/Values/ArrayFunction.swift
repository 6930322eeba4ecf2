/// What one can do with arrays, beside comparing them.
///
/// Arrays have one dimension, and their first element the number 1; others are refused where they would come about.
package enum ArrayFunction: UInt8, Hashable, Sendable, CaseIterable {
  /// `ARRAY[…]`.
  case make
  /// `a[i]`, and `a[i:j]`.
  case element, slice
  /// `a[i] := v`: the array with another element.
  case assign
  /// `array_length`, `array_lower`, `array_upper` of a dimension; `array_ndims`.
  case length, lower, upper, dimensions
  case cardinality
  case append, prepend, concatenate
  case remove, replace, position, positions
  /// `@>`, `<@`, `&&`.
  case contains, containedIn, overlaps
  /// `array_to_string`, of texts; `string_to_array`.
  case join, split
  /// `trim_array`.
  case trim
  /// `#>`, `#>>` and `jsonb_set`: documents and their parts by paths.
  case jsonPath, jsonPathText, jsonSet
  /// A document's elements, as documents or as texts.
  case jsonElements, jsonElementTexts
  /// The array of FOREACH, which must not be NULL.
  case looped

  /// Whether any NULL argument makes the result NULL.
  var isStrict: Bool {
    switch self {
    case .element, .slice, .length, .lower, .upper, .dimensions, .cardinality, .contains,
      .containedIn, .overlaps, .trim, .jsonPath, .jsonPathText, .jsonSet,
      .jsonElements, .jsonElementTexts:
      true
    case .make, .assign, .append, .prepend, .concatenate, .remove, .replace, .position, .positions,
      .join, .split, .looped:
      false
    }
  }
}
