public import TensorCore

/// `[batch, ...] -> [batch, product of the rest]`. Keras: `Flatten`.
public struct Flatten: Layer {
  public static let kind = "Flatten"
  public static let template = Flatten()

  public var dataFormat: DataFormat? = .channelsLast

  public init(dataFormat: DataFormat = .channelsLast) { self.dataFormat = dataFormat }

  public func build(_ scope: inout BuildScope, inputs: [TensorSpec]) throws(CoreError) -> Forward {
    let input = try expectOneInput(inputs, ranks: 1...Shape.maximumRank)
    let format = input.rank > 2 ? dataFormat ?? .channelsLast : .channelsLast
    return Forward { x, _ in
      let x = format.toChannelsLast(x)
      return x.reshaped(Shape([x.shape[0], x.shape[1..<x.rank].elementCount]))
    }
  }
}
