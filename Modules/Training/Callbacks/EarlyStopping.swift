internal import Layers
internal import TensorCore

/// Ends training when a monitored number has stopped improving. Keras: `EarlyStopping`.
public final class EarlyStopping: Callback {
  public let monitor: Monitor
  /// How many epochs without improvement are waited for.
  public let patience: Int
  /// Whether the model gets back the weights of the best epoch: at the end of training, however it ended.
  public let restoresBestWeights: Bool
  /// The number of the epoch, from 0, in which training was stopped; nil where it was not.
  public private(set) var stoppedEpoch: Int?
  public private(set) var bestEpoch: Int?

  private var best: Double?
  private var bestWeights: Weights?
  private var waited = 0

  public init(_ monitor: Monitor = Monitor(), patience: Int = 0, restoresBestWeights: Bool = false) {
    (self.monitor, self.patience, self.restoresBestWeights) = (monitor, patience, restoresBestWeights)
  }

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) {
    (stoppedEpoch, bestEpoch, best, bestWeights, waited) = (nil, nil, nil, nil, 0)
  }

  /// Throws `unknownName` where the logs lack the monitored number.
  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    let value = try logs.value(of: monitor, for: "EarlyStopping")
    waited += 1
    if monitor.improves(value, on: best) {
      (best, bestEpoch, waited) = (value, epoch, 0)
      if restoresBestWeights { bestWeights = trainer.model.weights }
    } else if waited >= patience, epoch > 0 {
      stoppedEpoch = epoch
      trainer.shouldStop = true
    }
  }

  public func trainingDidEnd(_ history: History, _ trainer: Trainer) {
    if let bestWeights { trainer.model.weights = bestWeights }
    bestWeights = nil
  }
}

extension Logs {
  /// The number that a callback watches. An epoch that was cut short has no validation; that is no error of the user's,
  /// but a name that no logs have is.
  func value(of monitor: Monitor, for callback: String) throws(CoreError) -> Double {
    guard let value = self[monitor.name] else {
      throw CoreError(
        .unknownName,
        "\(callback): found no \"\(monitor.name)\" in the logs, expected one of \(names.joined(separator: ", "))")
    }
    return value
  }
}
