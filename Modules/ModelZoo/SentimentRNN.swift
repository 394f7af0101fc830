public import Layers
public import TensorCore

/// Whether a text is favourable, as Keras's examples decide it: an embedding of its words, one recurrent layer, and the
/// probability. `[batch, time]` numbers of words to `[batch, 1]`; 1,411,713 parameters with an LSTM, 1,379,201 with a GRU.
/// A. Maas et al.: Learning word vectors for sentiment analysis, 2011, is where the task is from.
public struct SentimentRNN: Sendable {
  public enum Cell: Sendable { case lstm, gru }

  public var cell = Cell.lstm
  /// How many words there are.
  public var words = 10_000
  /// The length of embeddings and states.
  public var units = 128
  /// Whether 0 stands for padding, which is skipped.
  public var maskZero = false
  /// Of the result; `.linear` gives logits.
  public var activation = Activation.sigmoid

  public init(
    _ cell: Cell = .lstm, words: Int = 10_000, units: Int = 128, maskZero: Bool = false,
    activation: Activation = .sigmoid
  ) {
    (self.cell, self.words, self.units) = (cell, words, units)
    (self.maskZero, self.activation) = (maskZero, activation)
  }

  /// The layers, as recipes.
  public var layers: Sequential {
    Sequential(
      [
        InputLayer(shape: [nil], dtype: .int32),
        Embedding(inputDim: words, outputDim: units, maskZero: maskZero),
        recurrentLayer,
        Dense(units: 1, activation: activation),
      ], name: "sentiment_rnn")
  }

  private var recurrentLayer: any Layer {
    switch cell {
    case .lstm: LSTM(units: units)
    case .gru: GRU(units: units)
    }
  }

  /// A built model. Throws where a size is below 1.
  public func model(seed: UInt64 = 0) throws(CoreError) -> Model { try Model(layers, start: .seed(seed)) }
}
