import Apus
import Foundation
import IO_HDF5
import Testing

/// One after the other: each keeps a core busy until it is interrupted.
@Suite(.serialized, .timeLimit(.minutes(3))) struct InterruptTests {
  /// More than any test waits for, with the log as the sign that training has begun.
  private static let endless = TrainTests.lenet + ["--epochs", "100000", "--log", "steps.csv"]

  private func start(_ folder: Folder, _ arguments: [String]) throws -> Program.Running {
    try Samples.write(64, to: folder)
    let running = try Program.Running(Self.endless + arguments, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while (try? folder.bytes("steps.csv").isEmpty) ?? true {
      try #require(running.process.isRunning && Date() < deadline, "training never began")
      usleep(20_000)
    }
    return running
  }

  @Test func anInterruptSavesTheBestAndTheLastWeights() throws {
    let folder = try Folder()
    let running = try start(folder, ["--save", "last.h5", "--save-best", "best.h5"])
    kill(running.process.processIdentifier, SIGINT)
    let result = try running.finish()
    #expect(result.status == 0)
    #expect(result.output.contains("Interrupted after") && result.output.contains("last.h5"))
    let steps = try folder.text("steps.csv").split(separator: "\n").count - 1
    let last = try KerasFile(contentsOf: folder.path("last.h5"))
    #expect(last.optimizerWeights[0].tensor.scalar(of: Int64.self) == Int64(steps), "the log ends where the weights do")
    #expect(try Model(contentsOf: folder.path("best.h5")).parameterCount == 61706)
    #expect(try folder.names() == ["best.h5", "last.h5", "steps.csv", "x.npy", "y.npy"])
  }

  @Test func programsAreToldOfTheInterrupt() throws {
    let folder = try Folder()
    let running = try start(folder, ["--save", "last.h5", "--json"])
    kill(running.process.processIdentifier, SIGINT)
    let json = try running.finish().json()
    #expect(json["interrupted"] == true && json["saved"] == "last.h5")
  }

  @Test func aKilledTrainingLeavesTheFileOfBefore() throws {
    let folder = try Folder()
    try folder.write(Data("precious".utf8), "last.h5")
    let running = try start(folder, ["--save", "last.h5"])
    kill(running.process.processIdentifier, SIGKILL)
    #expect(try running.finish().status < 0)
    #expect(try folder.text("last.h5") == "precious")
  }
}
