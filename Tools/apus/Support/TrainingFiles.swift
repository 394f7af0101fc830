import Apus
import IO_HDF5

/// Writes the model whenever an epoch was the best so far: by `val_loss`, or by `loss` where nothing is validated.
final class BestCheckpoint: Callback {
  let path: String?
  private(set) var epoch: Int?
  private let monitor: Monitor
  private let dialect: KerasDialect
  private var best: Double?

  init(_ path: String?, hasValidation: Bool, dialect: KerasDialect) {
    (self.path, self.dialect) = (path, dialect)
    monitor = Monitor(hasValidation ? "val_loss" : "loss")
  }

  func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    guard let path else { return }
    // An interrupted epoch was not validated. Its weights are the best only where there are no others.
    if let value = logs[monitor.name] {
      guard monitor.improves(value, on: best) else { return }
      best = value
    } else if self.epoch != nil {
      return
    }
    try trainer.kerasFile(dialect).write(to: path, dialect: dialect)
    self.epoch = epoch
  }
}

/// `step,loss,...`: a line per step, numbered by the optimizer's count, so that a resumed training goes on counting.
final class StepLog: Callback {
  private let file: TextFile
  private var names: [String]?

  init(_ path: String, appending: Bool) throws(CoreError) { file = try TextFile(path, appending: appending) }

  func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    let names = names ?? batch.logs.names
    if self.names == nil, file.wasEmpty { try file.write((["step"] + names).joined(separator: ",") + "\n") }
    self.names = names
    let values = names.map { "\(batch.logs[$0] ?? .nan)" }
    try file.write((["\(batch.iteration)"] + values).joined(separator: ",") + "\n")
  }

  func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws { try file.flush() }

  func trainingDidEnd(_ history: History, _ trainer: Trainer) throws { try file.flush() }
}
