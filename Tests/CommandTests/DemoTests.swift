import Apus
import Foundation
import IO_HDF5
import Testing

@Suite struct DemoTests {
  @Test func theDemoTrainsSavesDrawsAndReads() throws {
    let (folder, digits) = (try Folder(), try Folder())
    try Samples.writeMNIST(digits)
    let result = try Program.run(
      ["demo", "digits", "--epochs", "2", "--data", digits.url.path, "--output", "pictures/new"], in: folder, code: 0)
    #expect(result.lines.filter { $0.hasPrefix("Epoch ") }.count == 2)
    #expect(result.output.contains("Test accuracy of the saved file: "))
    #expect(try Model(contentsOf: folder.path("lenet5.h5")).parameterCount == 61706)
    for name in ["training", "confusion"] {
      #expect(try folder.text("pictures/new/\(name).svg").hasPrefix("<svg "))
    }
    #expect(result.output.components(separatedBy: "reads ").count == 11, "ten digits")
  }

  @Test func whatItSaysToTryNextWorks() throws {
    let (folder, digits) = (try Folder(), try Folder())
    try Samples.writeMNIST(digits)
    let data = ["APUS_DATA": digits.url.path]
    let demo = try Program.run(["demo", "digits", "--epochs", "1"], in: folder, environment: data)
    #expect(demo.status == 0)
    let text = demo.output.components(separatedBy: "Try next:\n").last ?? ""
    let commands = text.replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n")
    #expect(commands.count == 4)
    for command in commands {
      let result = try Program.run([], in: folder, shell: String(command), environment: data)
      #expect(result.status == 0, "\(command)\n\(result.errors)")
    }
    #expect(folder.exists("better.h5") && folder.exists("relu.h5"))
  }

  @Test func programsReadTheAccuracy() throws {
    let (folder, digits) = (try Folder(), try Folder())
    try Samples.writeMNIST(digits)
    let json = try Program.run(
      ["demo", "--epochs", "1", "--data", digits.url.path, "--json"], in: folder, code: 0
    ).json()
    #expect(json["accuracy"]?.doubleValue != nil && json["saved"] == "lenet5.h5")
    #expect(folder.exists("demo-out/digits/training.svg"))
  }

  @Test func withoutDigitsItSaysWhereToPutThem() throws {
    let folder = try Folder()
    let result = try Program.run(["demo", "--data", "nowhere"], in: folder, code: 1)
    #expect(result.errors.contains("nowhere/train-images-idx3-ubyte"))
    #expect(!folder.exists("lenet5.h5"))
  }
}
