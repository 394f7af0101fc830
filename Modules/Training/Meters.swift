internal import Data
internal import Layers
internal import TensorCore

/// What the meters have seen: numbers that add up over batches.
struct MeterState: Sendable {
  var total: [Double]
  var losses: [[Double]]
  var metrics: [[Double]]

  /// Whether it is of meters like those of the other one.
  func hasForm(of other: MeterState) -> Bool {
    total.count == other.total.count && losses.map(\.count) == other.losses.map(\.count)
      && metrics.map(\.count) == other.metrics.map(\.count)
  }

  static func += (a: inout MeterState, b: MeterState) {
    add(&a.total, b.total)
    for index in a.losses.indices { add(&a.losses[index], b.losses[index]) }
    for index in a.metrics.indices { add(&a.metrics[index], b.metrics[index]) }
  }

  private static func add(_ a: inout [Double], _ b: [Double]) { for index in a.indices { a[index] += b[index] } }
}

/// The loss and the metrics of a training config, resolved for targets of certain specs.
struct Meters: Sendable {
  private struct Meter: Sendable {
    let name: String
    let output: Int
    let metric: any Metric
    let isWeighted: Bool
    /// The rank of a mean's values; a mask of more axes belongs to something else.
    let valueRank: Int

    /// By what the values count: the samples' weights, and for means, as in Keras, the mask of the output.
    func weights(_ batch: Batch, _ mask: Tensor?) -> Tensor? {
      let weights = isWeighted ? batch.weights(ofOutput: output) : nil
      guard let mask, let metric = metric as? any MeanMetric, metric.heedsMasks, mask.rank <= valueRank
      else { return weights }
      let counts = mask.cast(to: .float32)
      return weights.map { counts * LossReduction.aligned($0.cast(to: .float32), with: counts) } ?? counts
    }
  }

  private let meters: [Meter]
  /// The names of the outputs where there are several: each has its loss in the logs then.
  private let lossNames: [String]

  /// Throws where a metric does not suit targets or predictions.
  ///
  /// - Parameter targets: as the user gives them; losses may reshape them.
  init(_ config: TrainingConfig, _ model: Model, targets: [TensorSpec]) throws(CoreError) {
    var meters: [Meter] = []
    let isSingle = config.outputs.count == 1
    for (index, output) in config.outputs.enumerated() where index < targets.count {
      let prediction = model.lossSpecs[index]
      let target = Self.spec(targets[index], prediction, output.loss)
      let choices = output.metrics.map { ($0, false) } + output.weightedMetrics.map { ($0, true) }
      for (choice, isWeighted) in choices {
        do {
          let metric = try choice.resolved(target, prediction)
          let name = isSingle ? choice.name : "\(model.outputNames[index])_\(choice.name)"
          let valueRank = max(1, prediction.rank - 1)
          meters.append(
            Meter(name: name, output: index, metric: metric, isWeighted: isWeighted, valueRank: valueRank))
        } catch {
          throw error.inside(model.outputNames[index]).inside(model.name)
        }
      }
    }
    self.meters = meters
    lossNames = isSingle ? [] : model.outputNames
  }

  /// What the loss makes of a target's shape, without its values.
  private static func spec(_ target: TensorSpec, _ prediction: TensorSpec, _ loss: any Loss) -> TensorSpec {
    var shape = target.shape.array
    let isSparse = loss is SparseCategoricalCrossentropy
    if isSparse, shape.count == prediction.rank, shape.last == 1 { shape.removeLast() }
    if !isSparse, shape.count + 1 == prediction.rank, prediction.shape.last == 1 { shape.append(1) }
    return TensorSpec(Shape(shape), target.dtype)
  }

  var zero: MeterState {
    MeterState(
      total: [0, 0], losses: lossNames.map { _ in [0, 0] },
      metrics: meters.map { Array(repeating: 0, count: $0.metric.stateCount) })
  }

  /// What one batch adds. Losses are means, weighted by the number of samples.
  func statistics(
    _ batch: Batch, _ outputs: [Tensor], losses: [Tensor], total: Tensor, masks: [Tensor?]
  ) -> MeterState {
    let count = Double(batch.sampleCount)
    return MeterState(
      total: [total.double * count, count],
      losses: lossNames.indices.map { [losses[$0].double * count, count] },
      metrics: meters.map { meter in
        meter.metric.statistics(
          batch.targets[meter.output], outputs[meter.output], weights: meter.weights(batch, masks[meter.output]))
      })
  }

  // MARK: Compiled

  /// What `statistics` needs of a batch, as tensors: the loss, the outputs' losses where there are several, two sums per
  /// metric that is a mean, and the outputs if there are other metrics.
  func tensors(
    _ batch: Batch, _ outputs: [Tensor], losses: [Tensor], total: Tensor, masks: [Tensor?]
  ) -> [Tensor] {
    var tensors = [total] + (lossNames.isEmpty ? [] : losses)
    for meter in meters {
      guard let metric = meter.metric as? any MeanMetric else { continue }
      let weights = meter.weights(batch, masks[meter.output])
      let sums = metric.sums(batch.targets[meter.output], outputs[meter.output], weights: weights)
      tensors += [sums.value, sums.weight]
    }
    return meters.allSatisfy { $0.metric is any MeanMetric } ? tensors : tensors + outputs
  }

  /// What one batch adds, from the values of `tensors`.
  func statistics(_ batch: Batch, _ tensors: [Tensor]) -> MeterState {
    let count = Double(batch.sampleCount)
    var next = 1
    func number() -> Double {
      defer { next += 1 }
      return tensors[next].double
    }
    let losses = lossNames.map { _ in [number() * count, count] }
    var metrics = meters.map { $0.metric is any MeanMetric ? [number(), number()] : [] }
    for (index, meter) in meters.enumerated() where metrics[index].isEmpty {
      metrics[index] = meter.metric.statistics(
        batch.targets[meter.output], tensors[next + meter.output],
        weights: meter.weights(batch, nil))
    }
    return MeterState(total: [tensors[0].double * count, count], losses: losses, metrics: metrics)
  }

  func logs(_ state: MeterState) -> Logs {
    let mean = { (state: [Double]) in state[1] == 0 ? 0 : state[0] / state[1] }
    var logs = Logs([("loss", mean(state.total))])
    for (name, values) in zip(lossNames, state.losses) { logs[name + "_loss"] = mean(values) }
    for (meter, values) in zip(meters, state.metrics) {
      let results = meter.metric.results(values)
      guard results.count > 1 else {
        logs[meter.name] = results.first
        continue
      }
      for (index, result) in results.enumerated() { logs["\(meter.name)_\(index)"] = result }
    }
    return logs
  }
}
