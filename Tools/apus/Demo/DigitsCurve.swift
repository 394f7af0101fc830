import Apus
import Visualization

/// Collects what the training curve shows: the training batches in tenths of an epoch, the test digits after each.
final class DigitsCurve: Callback {
  private let sampleCount: Int
  private var sums = (loss: 0.0, accuracy: 0.0, count: 0)
  private var tenth = 0
  private var x: [Double] = []
  private var loss: [Double] = []
  private var accuracy: [Double] = []

  init(sampleCount: Int) { self.sampleCount = sampleCount }

  func batchDidEnd(_ batch: BatchReport, _ trainer: Trainer) {
    let count = Double(batch.sampleCount)
    sums.loss += batch.logs.loss * count
    sums.accuracy += (batch.logs["accuracy"] ?? 0) * count
    sums.count += batch.sampleCount
    let steps = batch.stepsPerEpoch ?? 1
    let position = Double(batch.epoch) + Double(batch.step + 1) / Double(steps)
    guard Int(position * 10 + 1e-6) > tenth else { return }
    tenth = Int(position * 10 + 1e-6)
    x.append(position)
    loss.append(sums.loss / Double(sums.count))
    accuracy.append(sums.accuracy / Double(sums.count))
    sums = (0, 0, 0)
  }

  func svg(_ history: History) -> String {
    var charts = [
      LineChart(title: "Loss", xLabel: "epochs", yLabel: "crossentropy"),
      LineChart(title: "Accuracy", xLabel: "epochs", yLabel: "fraction read correctly"),
    ]
    for (index, name) in ["loss", "accuracy"].enumerated() {
      charts[index].add(LineChart.Series(name: "training digits", x: x, y: index == 0 ? loss : accuracy))
      let test = history["val_" + name]
      charts[index].add("test digits", test, from: 1)
    }
    return LineChart.svg(charts)
  }
}
