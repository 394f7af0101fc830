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
    let isMean: Bool
    /// The rank of a mean's values; a mask of more axes belongs to something else.
    let valueRank: Int
    /// Where the metric is several numbers.
    let resultNames: [String]?

    init(name: String, output: Int, metric: any Metric, isWeighted: Bool, valueRank: Int) {
      (self.name, self.output, self.metric) = (name, output, metric)
      (self.isWeighted, self.valueRank, isMean) = (isWeighted, valueRank, metric is any MeanMetric)
      let count = metric.results(Array(repeating: 0, count: metric.stateCount)).count
      resultNames = count > 1 ? (0..<count).map { "\(name)_\($0)" } : nil
    }

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
  /// The names of the outputs' losses, which are in the logs where there are several outputs.
  private let lossNames: [String]

  /// Throws where a metric does not suit targets or predictions.
  ///
  /// - Parameters:
  ///   - config: whose metrics are meant.
  ///   - model: which gives the outputs their names.
  ///   - outputs: as losses see them.
  ///   - targets: as the user gives them; losses may reshape them.
  init(
    _ config: TrainingConfig, _ model: Model, outputs: [TensorSpec], targets: [TensorSpec]
  ) throws(CoreError) {
    var meters: [Meter] = []
    let isSingle = config.outputs.count == 1
    for (index, output) in config.outputs.enumerated() where index < targets.count && index < outputs.count {
      let prediction = outputs[index]
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
    lossNames = isSingle ? [] : model.outputNames.map { $0 + "_loss" }
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
  ///
  /// - Parameter state: of these meters; its numbers are written over.
  func measure(_ batch: Batch, _ tensors: ArraySlice<Tensor>, into state: inout MeterState) {
    let count = Double(batch.sampleCount)
    var next = tensors.startIndex
    func number() -> Double {
      defer { next += 1 }
      return tensors[next].double
    }
    state.total[0] = number() * count
    state.total[1] = count
    for index in lossNames.indices {
      state.losses[index][0] = number() * count
      state.losses[index][1] = count
    }
    for index in meters.indices where meters[index].isMean {
      state.metrics[index][0] = number()
      state.metrics[index][1] = number()
    }
    for (index, meter) in meters.enumerated() where !meter.isMean {
      state.metrics[index] = meter.metric.statistics(
        batch.targets[meter.output], tensors[next + meter.output], weights: meter.weights(batch, nil))
    }
  }

  func logs(_ state: MeterState) -> Logs {
    var logs = Logs()
    write(state, to: &logs)
    return logs
  }

  /// Writes the loss and the metrics over those of another state of these meters, or into logs that are empty.
  func write(_ state: MeterState, to logs: inout Logs) {
    func mean(_ state: [Double]) -> Double { state[1] == 0 ? 0 : state[0] / state[1] }
    logs["loss"] = mean(state.total)
    for index in lossNames.indices { logs[lossNames[index]] = mean(state.losses[index]) }
    for (index, meter) in meters.enumerated() {
      if let names = meter.resultNames {
        for (name, result) in zip(names, meter.metric.results(state.metrics[index])) { logs[name] = result }
      } else {
        logs[meter.name] = meter.metric.result(state.metrics[index])
      }
    }
  }
}
