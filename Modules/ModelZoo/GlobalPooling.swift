internal import Layers

/// What a network without its classifier ends with.
public enum GlobalPooling: Sendable {
  /// The mean over height and width.
  case average
  /// The largest value over height and width.
  case max

  var layer: any Layer {
    switch self {
    case .average: GlobalAveragePooling2D()
    case .max: GlobalMaxPooling2D()
    }
  }
}
