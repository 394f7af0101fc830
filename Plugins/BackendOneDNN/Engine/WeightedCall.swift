internal import COneDNN
internal import TensorCore

/// A primitive with weights that come in Keras's layout and are wanted in the library's own.
struct WeightedCall: Sendable {
  private let call: Call
  private let weights: PackedWeights
  private let weightsOffset: Int
  let scratchByteCount: Int

  /// The second input, where it is constant and a copy of it is read instead.
  var unreadInputs: Set<Int> { weights.fixed != nil ? [1] : [] }

  /// - Parameters:
  ///   - primitive: what to run; its weights are in `CDNN_WEIGHTS`.
  ///   - plain: the layout of the weights as they come.
  ///   - constant: the weights where they never change.
  ///   - threads: how many copy.
  init?(_ primitive: Primitive, plain: cdnn_tensor, constant: Tensor?, threads: Int) {
    let weights = PackedWeights(CDNN_WEIGHTS, of: primitive, plain: plain, constant: constant, threads: threads)
    guard let weights,
      let call = Call(primitive, fixed: weights.fixed.map { [(CDNN_WEIGHTS, $0)] } ?? [])
    else { return nil }
    (self.call, self.weights) = (call, weights)
    weightsOffset = (primitive.scratchByteCount + 63) / 64 * 64
    scratchByteCount = weightsOffset + weights.scratchByteCount
  }

  /// Runs with `weights` as they come; `arguments` has everything else.
  func run(_ arguments: cdnn_arguments, weights plain: UnsafeRawPointer, scratch: UnsafeMutableRawPointer?) {
    var arguments = arguments
    arguments.scratch = scratch
    arguments.weights = weights(plain, scratch: scratch.map { $0 + weightsOffset })
    call.run(arguments)
  }
}
