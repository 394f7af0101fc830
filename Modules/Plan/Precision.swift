/// What a plan multiplies in.
public enum Precision: String, Sendable, CaseIterable {
  /// Everything as the function says.
  case float32
  /// float32 convolutions and dense products on bfloat16 operands, summed in float32: twice as fast on CPUs that have it,
  /// with eight binary digits in weights and in what goes from one product to the next.
  case bfloat16
}
