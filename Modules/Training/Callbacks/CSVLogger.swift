/// Writes the logs as comma-separated lines with a header. Keras: `CSVLogger`.
///
/// Lines go to a closure, so that this module needs no files. Numbers are written in full.
public final class CSVLogger: Callback {
  public enum Frequency: Sendable {
    /// `step,loss,...`: the loss and metrics of each batch alone; `step` counts from 1 over all epochs.
    case step
    /// `epoch,loss,...,val_loss,...`: as in the history; `epoch` counts from 0 as Keras's does.
    case epoch
  }

  public let frequency: Frequency
  private let output: (String) throws -> Void
  private var columns: [String]?
  private var step = 0

  /// - Parameters:
  ///   - frequency: whether there is a line per step or per epoch.
  ///   - output: gets one line at a time, with its newline.
  public init(every frequency: Frequency = .epoch, output: @escaping (String) throws -> Void) {
    (self.frequency, self.output) = (frequency, output)
  }

  public func trainingWillBegin(_ run: TrainingRun, _ trainer: Trainer) { (columns, step) = (nil, 0) }

  public func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) throws {
    step += 1
    if frequency == .step { try write("step", step, batch.logs) }
  }

  public func epochDidEnd(_ epoch: Int, _ logs: Logs, _ trainer: Trainer) throws {
    if frequency == .epoch { try write("epoch", epoch, logs) }
  }

  private func write(_ counter: String, _ number: Int, _ logs: Logs) throws {
    if columns == nil {
      columns = logs.names
      try output(([counter] + logs.names).joined(separator: ",") + "\n")
    }
    // An epoch that was cut short lacks the validation's columns.
    let values = (columns ?? []).map { logs[$0].map { "\($0)" } ?? "NA" }
    try output((["\(number)"] + values).joined(separator: ",") + "\n")
  }
}
