public import TensorCore

/// Zeros before and after the steps: `[batch, steps, channels] -> [batch, newSteps, channels]`. Keras: `ZeroPadding1D`.
public struct ZeroPadding1D: ZeroPaddingLayer {
  public static let kind = "ZeroPadding1D"
  public static let template = ZeroPadding1D()

  public var padding: Margins<1>
  public var dataFormat: DataFormat? = .channelsLast

  public init(padding: Margins<1> = 1) { self.padding = padding }

  var margins: [[Int]] { padding.array }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    try buildPadding(inputs: inputs)
  }
}

extension ZeroPadding1D: DialectSpelling {
  /// Keras 2 knows channels last alone.
  static func write(_ config: inout JSONObject, in dialect: KerasDialect) {
    if dialect == .keras2 { config["data_format"] = nil }
  }
}
