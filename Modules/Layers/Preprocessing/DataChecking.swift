internal import TensorCore

/// Of layers for which values of their input matter more than for others.
protocol DataChecking: Layer {
  /// Whether values of the input decide how long the output is.
  var hasOpenLength: Bool { get }
}

extension DataChecking {
  var hasOpenLength: Bool { false }
}

extension BuiltLayer {
  /// Whether the layer or one inside of it reports values which it cannot take (`DataFaults`).
  var checksData: Bool { layer is any DataChecking || children.contains(where: \.checksData) }

  /// Whether values of the input decide how long an output of the layer, or of one inside of it, is.
  var hasOpenLengths: Bool {
    ((layer as? any DataChecking)?.hasOpenLength ?? false) || children.contains(where: \.hasOpenLengths)
  }
}
