public import Layers
public import TensorCore

/// A. Karpathy: The unreasonable effectiveness of recurrent neural networks, 2015: two LSTM layers that predict the next
/// character. `[batch, time]` numbers of characters to `[batch, time, symbols]` probabilities; 3,320,514 parameters for 65
/// symbols. Characters go through a square embedding, which is what a one-hot vector through a matrix is.
public struct CharRNN: Sendable {
  /// How many characters there are; 65 in tiny-shakespeare.
  public var symbols = 65
  public var units = 512

  public init(symbols: Int = 65, units: Int = 512) { (self.symbols, self.units) = (symbols, units) }

  /// The layers, as recipes.
  public var layers: Sequential {
    Sequential(
      [
        InputLayer(shape: [nil], dtype: .int32),
        Embedding(inputDim: symbols, outputDim: symbols),
        LSTM(units: units, returnSequences: true),
        LSTM(units: units, returnSequences: true),
        Dense(units: symbols, activation: .softmax),
      ], name: "char_rnn")
  }

  /// A built model. Throws where a size is below 1.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(layers, start: .seed(seed)) }
}
