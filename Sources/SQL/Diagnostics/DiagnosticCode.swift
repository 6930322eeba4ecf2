/// The kinds of mistakes, each with a code that never changes its meaning.
///
/// `RS00xx` lexing and syntax, `RS01xx` names and types, `RS02xx` what is not simulated,
/// `RS03xx` scenario blocks, `RS04xx` warnings.
package enum DiagnosticCode: String, CaseIterable, Sendable {
  // Lexing and syntax.
  case syntaxError = "RS0001"
  case unexpectedCharacter = "RS0002"
  case unterminatedString = "RS0003"
  case unterminatedIdentifier = "RS0004"
  case unterminatedDollarQuote = "RS0005"
  case unterminatedComment = "RS0006"
  case invalidUTF8 = "RS0007"
  case nulByte = "RS0008"
  case nestedTooDeeply = "RS0009"
  case invalidNumber = "RS0010"
  case invalidEscape = "RS0011"
  case emptyIdentifier = "RS0012"
  case unclosedParenthesis = "RS0013"
  case unclosedBlock = "RS0014"
  case fileTooLarge = "RS0015"
  case labelMismatch = "RS0016"

  // Names and types.
  case unknownTable = "RS0101"
  case duplicateName = "RS0102"
  case ambiguousName = "RS0103"
  case unknownColumn = "RS0104"
  case unknownFunction = "RS0105"
  case typeMismatch = "RS0106"
  case unknownType = "RS0107"
  case unknownParameter = "RS0108"
  case unknownVariable = "RS0109"
  case wrongArgumentCount = "RS0110"
  case notGrouped = "RS0111"
  case invalidLiteral = "RS0112"
  case columnCountMismatch = "RS0113"
  case unknownConstraint = "RS0114"
  case unknownLabel = "RS0115"
  case misplacedAggregate = "RS0116"
  case unknownCondition = "RS0117"
  case unknownOperator = "RS0118"
  case noMatchingUniqueKey = "RS0119"
  case invalidReturn = "RS0120"
  case notAssignable = "RS0121"
  case unknownSetting = "RS0122"
  case invalidDefinition = "RS0123"
  case invalidReference = "RS0124"

  // What is not simulated.
  case unsupportedStatement = "RS0201"
  case unsupportedExpression = "RS0202"
  case unsupportedType = "RS0203"
  case unsupportedFunction = "RS0204"
  case unsupportedClause = "RS0205"
  case unsupportedDynamicSQL = "RS0206"
  case unsupportedCursor = "RS0207"
  case unsupportedWindow = "RS0208"
  case unsupportedRecursion = "RS0209"
  case unsupportedLanguage = "RS0210"
  case unsupportedOperator = "RS0211"

  // Scenario blocks.
  case unknownBlock = "RS0301"
  case duplicateBlock = "RS0302"
  case missingBlock = "RS0303"
  case unknownWriter = "RS0304"
  case unknownInvariant = "RS0305"
  case unknownOption = "RS0306"
  case invalidClock = "RS0307"
  case includeNotFound = "RS0308"
  case includeCycle = "RS0309"
  case invalidRange = "RS0310"
  case misplacedStatement = "RS0311"
  case worldAndDatabase = "RS0312"
  case limitExceeded = "RS0313"
  case invalidTimeline = "RS0314"
  case unknownLock = "RS0315"
  case failingSetup = "RS0316"
  case contradiction = "RS0317"

  // Warnings.
  case neverAtRisk = "RS0401"
  case unusedParameter = "RS0402"
  case statementIgnored = "RS0403"
  case missingExpectation = "RS0404"
  case neverRuns = "RS0405"
  case missingTitle = "RS0406"
  case neverCommitted = "RS0407"

  /// How a diagnostic of this kind is reported, unless its author says otherwise.
  package var severity: Diagnostic.Severity {
    rawValue.hasPrefix("RS04") ? .warning : .error
  }
}
