internal import Glibc
internal import TensorCore

/// `base` to the power of `step`, in the precision of the weights as in Keras.
func power(_ base: Double, _ step: Int, _ dtype: DType) -> Double {
  dtype == .float32 ? Double(powf(Float(base), Float(step))) : pow(base, Double(step))
}

// What settings of rules have to be. They throw `invalidConfig` with the key.

func requireFraction(_ value: Double, _ key: String) throws(CoreError) {
  guard (0..<1).contains(value) else {
    throw CoreError(.invalidConfig, "found \(key) \(value), expected a number from 0 to below 1")
  }
}

func requireNotNegative(_ value: Double, _ key: String) throws(CoreError) {
  guard value >= 0 else { throw CoreError(.invalidConfig, "found \(key) \(value), expected a number of 0 or more") }
}
