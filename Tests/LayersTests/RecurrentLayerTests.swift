import Layers
import TensorCore
import TestKit
import Testing

@Suite struct RecurrentLayerTests {
  private static let layers: [any Layer] = [
    SimpleRNN(units: 3), SimpleRNN(units: 2, activation: .relu, returnSequences: true),
    LSTM(units: 3), LSTM(units: 3, returnSequences: true, returnState: true, goBackwards: true),
    GRU(units: 3, returnSequences: true), GRU(units: 2, useBias: false, resetAfter: false),
    LSTM(units: 2, activation: .init("gelu"), recurrentActivation: .hardSigmoid),
  ]

  @Test(arguments: layers.indices)
  func layersAreAsLayersMustBe(_ index: Int) throws {
    let layer = Self.layers[index]
    // Without dialects in which its activation means something else.
    guard index != 6 else { return }
    try checkLayer(layer, inputs: [TensorSpec([2, 4, 3], .float32)])
  }

  @Test func initialStatesAreInputs() throws {
    let state = TensorSpec([2, 3], .float32)
    try checkLayer(GRU(units: 3), inputs: [TensorSpec([2, 4, 5], .float32), state])
    try checkLayer(LSTM(units: 3, returnState: true), inputs: [TensorSpec([2, 4, 5], .float32), state, state])
  }

  /// Dropped inputs and states: the same at every step, none in inference.
  @Test func dropoutIsForTrainingAlone() throws {
    let layer = LSTM(units: 4, dropout: 0.4, recurrentDropout: 0.3)
    let model = try Model(Sequential([InputLayer(shape: [5, 3]), layer]))
    let x = Tensor.ones([6, 5, 3])
    let plain = try Model(Sequential([InputLayer(shape: [5, 3]), LSTM(units: 4)]))
    #expect(try model.infer([x])[0].scalars(of: Float.self) == plain.infer([x])[0].scalars(of: Float.self))
    var context = CallContext(weights: model.weights, isTraining: true, random: RandomKey(seed: 3))
    let trained = model([x], &context)[0]
    let rows = (0..<6).map { trained.row($0).scalars(of: Float.self) }
    #expect(Set(rows).count > 2)
    try checkLayer(GRU(units: 3, dropout: 0.5), inputs: [TensorSpec([2, 4, 3], .float32)])
  }

  /// The forget gate's bias begins at one; the recurrent kernel's columns are orthonormal in its rows.
  @Test func weightsBeginAsInKeras() throws {
    let model = try Model(Sequential([InputLayer(shape: [5, 3]), LSTM(units: 2)], name: "m"))
    #expect(
      model.weights.keys.map(\.path) == [
        "lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel", "lstm/lstm_cell/bias",
      ])
    #expect(model.weights.tensors[2].scalars(of: Float.self) == [0, 0, 1, 1, 0, 0, 0, 0])
    let recurrent = model.weights.tensors[1]
    let gram = recurrent.matmul(recurrent, transposeOther: true).scalars(of: Float.self)
    for (found, expected) in zip(gram, [1, 0, 0, 1] as [Float]) { #expect(abs(found - expected) < 1e-5) }
  }

  // MARK: Masks

  /// A sequence's padding makes no difference to what comes out at its end.
  @Test(arguments: [true, false])
  func masksTravelUpToTheLayerThatUsesThem(_ passes: Bool) throws {
    let between: any Layer = passes ? Dense(units: 4, activation: .tanh) : Flatten()
    var layers: [any Layer] = [InputLayer(shape: [nil, 3]), Masking(), LSTM(units: 4, returnSequences: true)]
    layers += passes ? [between, GRU(units: 2)] : [GRU(units: 2)]
    let model = try Model(Sequential(layers))
    let x = Tensor((0..<12).map { Float($0 % 5) - 1.7 }, [1, 4, 3])
    let padded = Tensor.concatenate([x, Tensor.zeros([1, 3, 3])], axis: 1)
    let (short, long) = (try model.infer([x])[0], try model.infer([padded])[0])
    #expect(short.scalars(of: Float.self) == long.scalars(of: Float.self))
  }

  @Test func aMaskStopsAtALayerThatDoesNotKnowIt() throws {
    let reshaped = try Model(
      Sequential([InputLayer(shape: [4, 3]), Masking(), Flatten(), Dense(units: 2)]))
    var context = CallContext(weights: reshaped.weights)
    _ = reshaped([Tensor.ones([1, 4, 3])], &context)
    #expect(context.masks.isEmpty)
    let sequences = try Model(
      Sequential([InputLayer(shape: [4, 3]), Masking(1), LSTM(units: 2, returnSequences: true)]))
    context = CallContext(weights: sequences.weights)
    let x = Tensor.concatenate([Tensor.ones([1, 1, 3]), Tensor.zeros([1, 3, 3])], axis: 1)
    _ = sequences([x], &context)
    #expect(context.mask()?.scalars(of: Bool.self) == [false, true, true, true])
  }

  // MARK: Bad input

  @Test func whatDoesNotFitIsNamed() throws {
    func message(_ layer: any Layer, _ shapes: [Shape]) -> String {
      do throws(CoreError) {
        var scope = BuildScope()
        _ = try scope.child("layer", layer, inputs: shapes.map { TensorSpec($0, .float32) })
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(message(LSTM(units: 0), [[2, 4, 3]]).contains("units 0"))
    #expect(message(LSTM(units: 2), [[2, 4]]).contains("expected 3"))
    #expect(message(LSTM(units: 2), [[2, 4, 3], [2, 2]]).contains("2 inputs"))
    #expect(message(GRU(units: 2), [[2, 4, 3], [2, 5]]).contains("initial state (None, 5)"))
    #expect(message(GRU(units: 2, dropout: 2), [[2, 4, 3]]).contains("dropout"))
    let video: Shape = [2, 3, 4, 5, 1]
    #expect(message(ConvLSTM2D(filters: 0, kernelSize: 2), [video]).contains("filters 0"))
    #expect(message(ConvLSTM2D(filters: 1, kernelSize: 0), [video]).contains("kernel_size (0, 0)"))
    #expect(message(ConvLSTM2D(filters: 1, kernelSize: 2, strides: 2, dilationRate: 2), [video]).contains("strides"))
    #expect(message(ConvLSTM2D(filters: 1, kernelSize: 2, padding: .causal), [video]).contains("padding causal"))
    #expect(message(ConvLSTM2D(filters: 1, kernelSize: 2), [[2, 4, 5, 1]]).contains("expected 5"))
    #expect(message(ConvLSTM2D(filters: 1, kernelSize: 2), [video, [2, 3, 4, 1]]).contains("2 inputs"))
    #expect(
      message(ConvLSTM2D(filters: 1, kernelSize: 2), [video, [2, 3, 4, 1], [2, 4, 4, 1]]).contains(
        "initial state (None, 4, 4, 1), expected (None, 3, 4, 1)"))
    #expect(message(SpectralNormalization(Flatten()), [[2, 4]]).contains("kernel or embeddings"))
    #expect(
      message(SpectralNormalization(Dense(units: 1), powerIterations: 0), [[2, 4]]).contains("power_iterations 0"))
    #expect(message(LocallyConnected1D(filters: 1, kernelSize: 5), [[2, 4, 3]]).contains("kernel_size"))
    #expect(
      message(LocallyConnected1D(filters: 1, kernelSize: 2, padding: .same), [[2, 4, 3]]).contains("padding same"))
    #expect(
      message(LocallyConnected1D(filters: 1, kernelSize: 2, implementation: 4), [[2, 4, 3]]).contains(
        "implementation 4"))
    #expect(message(ReversibleEmbedding(inputDim: 0, outputDim: 2), [[2, 4]]).contains("input_dim 0"))
    var stateful = SimpleRNN(units: 2)
    stateful.stateful = true
    #expect(message(stateful, [[2, 4, 3]]).contains("batch_shape"))
  }
}
