internal import COneDNN
internal import TensorCore

/// What is left to do around a product whose result is `[rows, columns]`: the residual goes into the result first, for the
/// library to add to; an activation that the library does not have is applied afterwards, in float32.
struct Finish: Sendable {
  let epilogue: cdnn_epilogue
  /// What the product writes: the output, or float32 in scratch memory where a bfloat16 result is still to be activated.
  let destinationType: cdnn_type
  private let activation: FusableActivation
  private let isFused: Bool
  private let residualIndex: Int?
  private let rows: Int
  private let columns: Int
  private let threads: Int
  /// Between the float32 result and the bfloat16 output, and from the residual to the former.
  private let narrowing: Call?
  private let widening: Call?

  /// - Parameters:
  ///   - activation: the function to apply to the result.
  ///   - residualIndex: which input is the residual.
  ///   - hasFiniteWeights: whether the weights are known to be finite.
  ///   - type: the element type of operands and output.
  ///   - request: the specs.
  init?(
    _ activation: FusableActivation, residualIndex: Int?, hasFiniteWeights: Bool, type: cdnn_type,
    _ request: KernelRequest
  ) {
    let fused = activation.fused(hasFiniteWeights: hasFiniteWeights)
    var epilogue = fused ?? cdnn_epilogue(has_sum: 0, activation: CDNN_LINEAR, alpha: 0, beta: 0)
    epilogue.has_sum = residualIndex == nil ? 0 : 1
    (self.epilogue, isFused) = (epilogue, fused != nil)
    (self.activation, self.residualIndex) = (activation, residualIndex)
    let output = request.outputs[0].shape
    (columns, threads) = (output[-1], request.threads)
    rows = output.elementCount / output[-1]
    destinationType = isFused ? type : CDNN_FLOAT32
    guard destinationType != type else {
      (narrowing, widening) = (nil, nil)
      return
    }
    let narrow = cdnn_tensor(dense: type, [rows, columns])
    let wide = cdnn_tensor(dense: CDNN_FLOAT32, [rows, columns])
    guard let narrowing = Self.conversion(wide, narrow, threads), let widening = Self.conversion(narrow, wide, threads)
    else { return nil }
    (self.narrowing, self.widening) = (narrowing, widening)
  }

  private static func conversion(_ from: cdnn_tensor, _ to: cdnn_tensor, _ threads: Int) -> Call? {
    let primitive = withUnsafePointer(to: from) { from in
      withUnsafePointer(to: to) { Primitive(cdnn_reorder(from, $0, Int32(clamping: threads))) }
    }
    return primitive.flatMap { Call($0) }
  }

  /// The result may be computed over the residual.
  var mayOverwriteInput: [Int: Int] { residualIndex.map { [0: $0] } ?? [:] }

  /// Where the float32 result lies behind the scratch memory of the product.
  private func offset(_ productScratch: Int) -> Int {
    let own = max(narrowing?.primitive.scratchByteCount ?? 0, widening?.primitive.scratchByteCount ?? 0)
    return (max(productScratch, own) + 63) / 64 * 64
  }

  /// Bytes of scratch memory for a product that wants `productScratch` itself.
  func scratchByteCount(_ productScratch: Int) -> Int {
    narrowing == nil ? productScratch : offset(productScratch) + rows * columns * MemoryLayout<Float>.stride
  }

  /// Before the product: returns where it is to write.
  func begin(_ arguments: borrowing KernelArguments, productScratch: Int) -> UnsafeMutableRawPointer {
    var destination = arguments.outputs[0]
    if narrowing != nil, let scratch = arguments.scratch { destination = scratch + offset(productScratch) }
    guard let residualIndex else { return destination }
    let residual = arguments.inputs[residualIndex]
    if let widening {
      convert(widening, residual, destination, arguments.scratch)
    } else if residual != UnsafeRawPointer(destination) {
      copy(residual, destination)
    }
    return destination
  }

  /// After the product, which wrote to `destination`.
  func end(_ arguments: borrowing KernelArguments, _ destination: UnsafeMutableRawPointer) {
    guard !isFused else { return }
    let values = destination.assumingMemoryBound(to: Float.self)
    activation.finish(values, bias: nil, rows: rows, columns: columns, threads: threads)
    if let narrowing { convert(narrowing, destination, arguments.outputs[0], arguments.scratch) }
  }

  private func copy(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer) {
    let byteCount = rows * columns * (destinationType == CDNN_FLOAT32 ? 4 : 2)
    Execution.parallel(count: byteCount, grain: 1 << 16, threads: threads) { range in
      (to + range.lowerBound).copyMemory(from: from + range.lowerBound, byteCount: range.count)
    }
  }

  private func convert(
    _ call: Call, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer?
  ) {
    var raw = cdnn_arguments()
    (raw.source, raw.destination, raw.scratch) = (from, to, scratch)
    call.run(raw)
  }
}

extension KernelRequest {
  /// The element type of a product that the library can compute here: all float32, or all bfloat16 but for a bias that may
  /// be float32. nil where there is none, or nothing to compute.
  func productType(bias: Int? = nil) -> cdnn_type? {
    guard !isEmpty else { return nil }
    if isAll(.float32) { return CDNN_FLOAT32 }
    let others = inputs.indices.filter { $0 != bias }.map { inputs[$0] } + outputs
    let biasIsFine = bias.map { [.float32, .bfloat16].contains(inputs[$0].dtype) } ?? true
    let isBFloat16 = biasIsFine && others.allSatisfy { $0.dtype == .bfloat16 }
    return isBFloat16 && cdnn_has_bfloat16() != 0 ? CDNN_BFLOAT16 : nil
  }

  /// Whether an input is constant and all its elements are finite.
  func isFiniteConstant(_ index: Int) -> Bool {
    guard let tensor = constants[index] else { return false }
    // Infinities and NaN have all bits of the exponent set: adding one to it carries into the sign.
    if tensor.dtype == .float32 {
      return tensor.withBytes { bytes in
        bytes.assumingMemoryBound(to: UInt32.self)
          .reduce(into: UInt32(0)) { $0 |= ($1 & 0x7f80_0000) &+ 0x0080_0000 } >> 31 == 0
      }
    }
    guard tensor.dtype == .bfloat16 else { return false }
    return tensor.withBytes { bytes in
      bytes.assumingMemoryBound(to: UInt16.self).reduce(into: UInt16(0)) { $0 |= ($1 & 0x7f80) &+ 0x0080 } >> 15 == 0
    }
  }
}
