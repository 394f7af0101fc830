internal import COneDNN
internal import TensorCore

/// `LSTMSequence` in bfloat16, without gradient, on a CPU with matrix units: there the library's is ahead of ours, which
/// computes in float32 (Docs/performance.md has the figures).
enum LSTMKernel {
  /// Of one sample, and of few units, ours is faster.
  private static let (leastBatch, leastUnits) = (8, 128)

  static func make(_ operation: LSTMSequence, _ request: KernelRequest) -> Kernel? {
    let options = operation.options
    let (x, units) = (request.inputs[0].shape, request.inputs[2].shape[0])
    guard cdnn_has_matrix_units() != 0, !request.isEmpty, request.isAll(.bfloat16), !options.keepsWorkspace,
      options.activation == .tanh, options.recurrentActivation == .sigmoid, options.hasBias, !options.hasInitialState,
      !options.hasMask, x[0] >= leastBatch, units >= leastUnits,
      // Its steps come out in the order of the input's.
      !(options.goBackwards && options.returnsSequences)
    else { return nil }
    let sizes = LSTMSizes(batch: x[0], steps: x[1], features: x[2], units: units, isBackwards: options.goBackwards)
    let primitive = PrimitiveCache.primitive(for: operation, request) { sizes.primitive(threads: request.threads) }
    guard let primitive, let run = LSTMRun(primitive, sizes, returnsSequences: options.returnsSequences, request)
    else { return nil }
    return Kernel(scratchByteCount: run.scratchByteCount, unreadInputs: run.unreadInputs) { run($0) }
  }
}

/// The tensors of one case, as the library names them.
private struct LSTMSizes: Sendable {
  let batch: Int
  let steps: Int
  let features: Int
  let units: Int
  let isBackwards: Bool

  /// Time comes first for the library, the batch for us.
  private func sequence(_ width: Int) -> cdnn_tensor {
    cdnn_tensor(CDNN_BFLOAT16, [steps, batch, width], strides: [width, steps * width, 1])
  }

  private var kernelSizes: [Int] { [1, 1, features, 4, units] }
  private var recurrentSizes: [Int] { [1, 1, units, 4, units] }
  var kernel: cdnn_tensor { cdnn_tensor(dense: CDNN_BFLOAT16, kernelSizes) }
  var recurrentKernel: cdnn_tensor { cdnn_tensor(dense: CDNN_BFLOAT16, recurrentSizes) }
  func bias(_ type: cdnn_type) -> cdnn_tensor { cdnn_tensor(dense: type, [1, 1, 4, units]) }
  func state(_ type: cdnn_type) -> cdnn_tensor { cdnn_tensor(dense: type, [1, 1, batch, units]) }
  var outputByteCount: Int { steps * batch * units * 2 }

  func primitive(threads: Int) -> Primitive? {
    var (source, destination) = (sequence(features), sequence(units))
    var (kernel, recurrent) = (
      cdnn_tensor(anyLayout: CDNN_BFLOAT16, kernelSizes), cdnn_tensor(anyLayout: CDNN_BFLOAT16, recurrentSizes)
    )
    // The bias and the cell's state are float32.
    var (bias, h, c) = (bias(CDNN_FLOAT32), state(CDNN_BFLOAT16), state(CDNN_FLOAT32))
    return Primitive(
      cdnn_lstm(
        &source, &kernel, &recurrent, &bias, &destination, &h, &c, isBackwards ? 1 : 0, Int32(clamping: threads)))
  }
}

/// What a run does: packs what is not packed, runs the primitive, and rounds the cell's state.
private struct LSTMRun: Sendable {
  private let sizes: LSTMSizes
  private let returnsSequences: Bool
  private let call: Call
  private let kernel: PackedWeights
  private let recurrentKernel: PackedWeights
  private let widening: Call
  private let narrowing: Call
  /// Where in the scratch memory what is.
  private let places: [Int]
  let scratchByteCount: Int

  init?(_ primitive: Primitive, _ sizes: LSTMSizes, returnsSequences: Bool, _ request: KernelRequest) {
    let threads = request.threads
    let kernel = PackedWeights(
      CDNN_WEIGHTS, of: primitive, plain: sizes.kernel, constant: request.constants[1], threads: threads)
    let recurrentKernel = PackedWeights(
      CDNN_RECURRENT_WEIGHTS, of: primitive, plain: sizes.recurrentKernel, constant: request.constants[2],
      threads: threads)
    guard let kernel, let recurrentKernel,
      let widening = Self.conversion(sizes.bias(CDNN_BFLOAT16), sizes.bias(CDNN_FLOAT32)),
      let narrowing = Self.conversion(sizes.state(CDNN_FLOAT32), sizes.state(CDNN_BFLOAT16))
    else { return nil }
    let fixed = [(CDNN_WEIGHTS, kernel.fixed), (CDNN_RECURRENT_WEIGHTS, recurrentKernel.fixed)]
    guard let call = Call(primitive, fixed: fixed.compactMap { slot, bytes in bytes.map { (slot, $0) } })
    else { return nil }
    (self.sizes, self.returnsSequences, self.call) = (sizes, returnsSequences, call)
    (self.kernel, self.recurrentKernel) = (kernel, recurrentKernel)
    (self.widening, self.narrowing) = (widening, narrowing)
    let conversions = max(widening.primitive.scratchByteCount, narrowing.primitive.scratchByteCount)
    let parts = [
      max(primitive.scratchByteCount, conversions), kernel.scratchByteCount, recurrentKernel.scratchByteCount,
      4 * sizes.units * 4, sizes.batch * sizes.units * 4, returnsSequences ? 0 : sizes.outputByteCount,
    ]
    var places = [0]
    for part in parts { places.append(places.last! + (part + 63) / 64 * 64) }
    (self.places, scratchByteCount) = (places, places.last!)
  }

  var unreadInputs: Set<Int> {
    Set((kernel.fixed == nil ? [] : [1]) + (recurrentKernel.fixed == nil ? [] : [2]))
  }

  private static func conversion(_ from: cdnn_tensor, _ to: cdnn_tensor) -> Call? {
    var (from, to) = (from, to)
    return Primitive(cdnn_reorder(&from, &to, 1)).flatMap { Call($0) }
  }

  func callAsFunction(_ arguments: borrowing KernelArguments) {
    let scratch = arguments.scratch!
    let (bias, c) = (scratch + places[3], scratch + places[4])
    convert(widening, arguments.inputs[3], bias, scratch)
    var raw = cdnn_arguments()
    raw.source = arguments.inputs[0]
    raw.weights = kernel(arguments.inputs[1], scratch: scratch + places[1])
    raw.recurrent_weights = recurrentKernel(arguments.inputs[2], scratch: scratch + places[2])
    raw.bias = UnsafeRawPointer(bias)
    raw.destination = returnsSequences ? arguments.outputs[0] : scratch + places[5]
    raw.final_state = arguments.outputs[1]
    raw.final_cell = c
    raw.scratch = scratch
    call.run(raw)
    convert(narrowing, c, arguments.outputs[2], scratch)
    if !returnsSequences {
      arguments.outputs[0].copyMemory(from: arguments.outputs[1], byteCount: sizes.batch * sizes.units * 2)
    }
  }

  private func convert(
    _ call: Call, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
  ) {
    var raw = cdnn_arguments()
    (raw.source, raw.destination, raw.scratch) = (from, to, scratch)
    call.run(raw)
  }
}
