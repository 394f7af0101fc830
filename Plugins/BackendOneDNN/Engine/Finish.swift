internal import COneDNN
internal import TensorCore

/// What is left to do around a product whose result is `[rows, columns]`: the residual goes into the result first, for the
/// library to add to; an activation that the library does not have is applied afterwards.
struct Finish: Sendable {
  let epilogue: cdnn_epilogue
  private let activation: FusableActivation
  private let isFused: Bool
  private let residualIndex: Int?
  private let rows: Int
  private let columns: Int
  private let threads: Int

  init(_ activation: FusableActivation, residualIndex: Int?, hasFiniteWeights: Bool, _ request: KernelRequest) {
    let fused = activation.fused(hasFiniteWeights: hasFiniteWeights)
    var epilogue = fused ?? cdnn_epilogue(has_sum: 0, activation: CDNN_LINEAR, alpha: 0, beta: 0)
    epilogue.has_sum = residualIndex == nil ? 0 : 1
    (self.epilogue, isFused) = (epilogue, fused != nil)
    (self.activation, self.residualIndex) = (activation, residualIndex)
    let output = request.outputs[0].shape
    (columns, threads) = (output[-1], request.threads)
    rows = output.elementCount / output[-1]
  }

  /// The result may be computed over the residual.
  var mayOverwriteInput: [Int: Int] { residualIndex.map { [0: $0] } ?? [:] }

  /// Before the product.
  func begin(_ arguments: borrowing KernelArguments) {
    guard let residualIndex else { return }
    let (from, to) = (arguments.inputs[residualIndex], arguments.outputs[0])
    guard from != UnsafeRawPointer(to) else { return }
    let byteCount = rows * columns * MemoryLayout<Float>.stride
    Execution.parallel(count: byteCount, grain: 1 << 16, threads: threads) { range in
      (to + range.lowerBound).copyMemory(from: from + range.lowerBound, byteCount: range.count)
    }
  }

  /// After the product.
  func end(_ arguments: borrowing KernelArguments) {
    guard !isFused else { return }
    let values = arguments.outputs[0].assumingMemoryBound(to: Float.self)
    activation.finish(values, bias: nil, rows: rows, columns: columns, threads: threads)
  }
}

extension KernelRequest {
  /// Whether an input is constant and all its elements are finite.
  func isFiniteConstant(_ index: Int) -> Bool {
    guard let tensor = constants[index], tensor.dtype == .float32 else { return false }
    return tensor.withScalars(of: Float.self) { scalars in
      // Infinities and NaN have all bits of the exponent set: adding one to it carries into the sign.
      scalars.reduce(into: UInt32(0)) { $0 |= ($1.bitPattern & 0x7f80_0000) &+ 0x0080_0000 } >> 31 == 0
    }
  }
}
