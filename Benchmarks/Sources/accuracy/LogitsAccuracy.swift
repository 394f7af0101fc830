import Apus
import Glibc

/// How far the logits of a ResNet-50 in bfloat16 are from those in float32, and both from float64.
///
/// Trained weights are not here to be had: convolutions are drawn as Keras draws them, and the statistics of every batch
/// normalization are those of its own inputs on two batches of images, so that activations have the size that they have
/// in a trained network.
struct LogitsAccuracy {
  let imageCount: Int
  let float64Count: Int
  private static let batch = 8

  func run() throws(CoreError) {
    let model = try calibrated(ResNet50(classifierActivation: .linear).model(seed: 1))
    var exact: [[Double]] = []
    var single: [[Double]] = []
    var half: [[Double]] = []
    let wide = try float64(model)
    for start in stride(from: 0, to: imageCount, by: Self.batch) {
      let images = Self.images(min(Self.batch, imageCount - start), seed: UInt64(start + 1000))
      single += rows(try model.predict(images, batchSize: Self.batch))
      half += rows(try model.predict(images, batchSize: Self.batch, precision: .bfloat16))
      if start < float64Count { exact += rows(try wide.predict(images, batchSize: Self.batch)) }
    }
    print(
      "| logits | images | mean relative error | largest | of the spread over images | top 1 equal | top 5 shared |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    report("float32 against float64", Array(single.prefix(exact.count)), exact)
    report("bfloat16 against float64", Array(half.prefix(exact.count)), exact)
    report("bfloat16 against float32", half, single)
  }

  /// Errors are relative to an image's root mean square logit.
  private func report(_ name: String, _ found: [[Double]], _ expected: [[Double]]) {
    let classes = expected[0].count
    var (sum, largest, spreadSum, errorSum) = (0.0, 0.0, 0.0, 0.0)
    let means = (0..<classes).map { column in expected.reduce(0) { $0 + $1[column] } / Double(expected.count) }
    var (first, five) = (0, 0)
    for (a, b) in zip(found, expected) {
      let size = (b.reduce(0) { $0 + $1 * $1 } / Double(classes)).squareRoot()
      for column in 0..<classes {
        let error = abs(a[column] - b[column])
        sum += error / size
        largest = max(largest, error / size)
        errorSum += error * error
        spreadSum += (b[column] - means[column]) * (b[column] - means[column])
      }
      let (topA, topB) = (top(a), top(b))
      if topA[0] == topB[0] { first += 1 }
      five += Set(topA).intersection(topB).count
    }
    let count = Double(expected.count)
    print(
      "| \(name) | \(expected.count) | \(scientific(sum / count / Double(classes))) | \(scientific(largest)) | "
        + "\(scientific((errorSum / spreadSum).squareRoot())) | \(percent(Double(first) / count)) | "
        + "\(percent(Double(five) / count / 5)) |")
    fflush(nil)
  }

  private func top(_ row: [Double]) -> [Int] { Array(row.indices.sorted { row[$0] > row[$1] }.prefix(5)) }

  private func scientific(_ value: Double) -> String {
    let exponent = value > 0 ? Int(log10(value).rounded(.down)) : 0
    return "\(rounded(value / pow(10, Double(exponent)), 1))e\(exponent)"
  }

  private func rows(_ logits: Tensor) -> [[Double]] {
    let values = logits.cast(to: .float64).scalars(of: Double.self)
    let width = logits.shape[1]
    return (0..<logits.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  /// Moving statistics that are the mean of two batches' own, layer after layer.
  private func calibrated(_ model: Model) throws(CoreError) -> Model {
    var model = model
    let batches = 2
    var sums: [Int: Tensor] = [:]
    let momentum = 0.99
    for batch in 0..<batches {
      var context = CallContext(weights: model.weights, isTraining: true)
      _ = model([Self.images(Self.batch, seed: UInt64(batch + 1))], &context)
      for (key, value) in context.updates {
        let own = (value - model.weights[key] * momentum) / (1 - momentum)
        sums[key.slot] = sums[key.slot].map { $0 + own } ?? own
      }
    }
    for (slot, sum) in sums { model.weights.tensors[slot] = sum / Double(batches) }
    return model
  }

  private func float64(_ model: Model) throws(CoreError) -> Model {
    let tensors = model.weights.tensors.map { $0.cast(to: .float64) }
    let layers = try ResNet50(classifierActivation: .linear).layers().withDTypePolicy(.float64)
    return try Model(layers, start: .values { (_, _) throws(CoreError) in tensors })
  }

  /// Images whose detail falls with its frequency as in photographs, in the range of Keras's "caffe" preprocessing.
  private static func images(_ count: Int, seed: UInt64) -> Tensor {
    var pixels = [Float](repeating: 0, count: count * 224 * 224 * 3)
    var weight: Float = 48
    for (octave, size) in [7, 14, 28, 56, 112, 224].enumerated() {
      let key = RandomKey(seed: seed &* 31 &+ UInt64(octave))
      let noise = Tensor.randomNormal([count, size, size, 3], key: key).scalars(of: Float.self)
      let scale = 224 / size
      for image in 0..<count {
        for y in 0..<224 {
          for x in 0..<224 {
            let source = ((image * size + y / scale) * size + x / scale) * 3
            let target = ((image * 224 + y) * 224 + x) * 3
            for channel in 0..<3 { pixels[target + channel] += weight * noise[source + channel] }
          }
        }
      }
      weight /= 1.6
    }
    return Tensor(pixels, [count, 224, 224, 3]).clamped(-124, 151)
  }
}
