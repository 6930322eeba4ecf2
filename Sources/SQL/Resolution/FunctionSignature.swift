package import Store

/// A function or procedure of the scenario, known by its head; its body is compiled later.
package struct FunctionSignature {
  /// An argument that a caller passes.
  package struct Parameter {
    package var name: String?
    package var type: DataType
    package var defaultValue: ExpressionSyntax?

    package init(name: String?, type: DataType, defaultValue: ExpressionSyntax?) {
      self.name = name
      self.type = type
      self.defaultValue = defaultValue
    }
  }

  package var name: String
  package var routine: RoutineID
  package var syntax: CreateFunctionSyntax
  package var span: SourceSpan
  /// IN and INOUT arguments.
  package var parameters: [Parameter]
  /// OUT and INOUT arguments, or the columns of RETURNS TABLE.
  package var outputs: [OutputColumn] = []
  /// `record` where there are several outputs, `void` for none.
  package var returnType: DataType = .void
  package var isSet = false
  /// Has parameters whose types are those of the arguments (`unknown` here): compiled for each call's types.
  package var isPolymorphic = false
  /// Compiled for calls with such arguments: what they give as constants.
  package var constants: [Int: Value]?

  /// Whether it returns rows, be it one: it stands in FROM.
  package var returnsRows: Bool { !isProcedure && (isSet || returnType == .record) }

  /// The columns of its rows.
  var rowColumns: [OutputColumn] {
    outputs.isEmpty ? [OutputColumn(name: name, type: returnType)] : outputs
  }

  package var isTrigger: Bool { returnType == .trigger }
  package var isProcedure: Bool { syntax.isProcedure }

  package var volatility: Volatility {
    switch syntax.volatility {
    case .volatile: .volatile
    case .stable: .stable
    case .immutable: .immutable
    }
  }
}
