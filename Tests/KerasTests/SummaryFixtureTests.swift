import IO_HDF5
import Layers
import TensorCore
import Testing

@Suite struct SummaryFixtureTests {
  @Test func summariesAreThoseOfKerasToTheLetter() throws {
    // Keras 3 cannot read the operations between layers that it writes to legacy files.
    let unreadable = [
      "operations_adam", "operations_momentum", "explicit_mask_adam", "explicit_mask_states_adam",
    ]
    for record in try Fixtures.records("keras3/models.json") {
      let name = try record.string("name")
      if unreadable.contains(name) { continue }
      let file = try KerasFile(from: Fixtures.archive("keras3/" + record.string("h5")))
      let text = file.model.summary(optimizerWeights: optimizerWeights(file, record))
      let expected = try Fixtures.text("keras3/summary/\(name).txt")
      #expect(text == expected, "\(name)")
    }
  }

  /// The file's; a file that was written before the first step lacks the moments, which Keras makes when it loads it.
  private func optimizerWeights(_ file: KerasFile, _ record: JSONObject) -> [TensorSpec] {
    let stored = file.optimizerWeights.map(\.tensor.spec)
    guard record["warm_up_steps"] == 0, record["optimizer"] == "Adam" else { return stored }
    let trainable = file.model.weights.keys.filter(\.isTrainable).map(\.spec)
    return [TensorSpec([], .int64), TensorSpec([])] + trainable + trainable
  }
}
