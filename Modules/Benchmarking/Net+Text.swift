internal import Layers
internal import TensorCore
internal import Training

extension Net {
  private static let key = RandomKey(seed: 0)

  /// Sequences of 100 of 10,000 words through a recurrent layer of 128 units to one logit.
  private static func sentiment(_ recurrent: any Layer) -> Net {
    Net(
      make: { () throws(CoreError) in
        try Model(
          Sequential([
            InputLayer(shape: [100], dtype: .int32), Embedding(inputDim: 10_000, outputDim: 128), recurrent,
            Dense(units: 1),
          ]))
      },
      data: { batch in
        (
          .randomIntegers([batch, 100], in: 0...9_999, dtype: .int32, key: key),
          .randomIntegers([batch, 1], in: 0...1, dtype: .int32, key: key).cast(to: .float32)
        )
      },
      loss: BinaryCrossentropy(fromLogits: true))
  }

  static let lstm = sentiment(LSTM(units: 128))

  static let gru = sentiment(GRU(units: 128))

  /// The next of 65 symbols after each of 100.
  static let charRNN = Net(
    make: { () throws(CoreError) in
      try Model(
        Sequential([
          InputLayer(shape: [100], dtype: .int32), Embedding(inputDim: 65, outputDim: 65),
          LSTM(units: 512, returnSequences: true), LSTM(units: 512, returnSequences: true), Dense(units: 65),
        ]))
    },
    data: { batch in
      (
        .randomIntegers([batch, 100], in: 0...64, dtype: .int32, key: key),
        .randomIntegers([batch, 100], in: 0...64, dtype: .int32, key: key)
      )
    },
    loss: SparseCategoricalCrossentropy(fromLogits: true))
}
