internal import TensorCore

extension KernelArguments {
  /// An input's elements.
  func input<S: Scalar>(_ index: Int, _ type: S.Type) -> UnsafePointer<S> {
    inputs[index].assumingMemoryBound(to: S.self)
  }

  /// An output's elements.
  func output<S: Scalar>(_ index: Int, _ type: S.Type) -> UnsafeMutablePointer<S> {
    outputs[index].assumingMemoryBound(to: S.self)
  }

  /// The scratch memory that the kernel asked for; nil where it asked for none.
  func scratch<S: Scalar>(_ type: S.Type) -> UnsafeMutablePointer<S>? { scratch?.assumingMemoryBound(to: S.self) }
}

extension KernelRequest {
  /// The first input's element type where BLAS computes in it; nil otherwise.
  var scalarType: (any BLASScalar.Type)? {
    switch inputs[0].dtype {
    case .float32: Float.self
    case .float64: Double.self
    default: nil
    }
  }

  var isEmpty: Bool { (inputs + outputs).contains { $0.elementCount == 0 } }
}
