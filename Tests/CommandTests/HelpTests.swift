import Testing

@Suite struct HelpTests {
  static let commands = ["inspect", "predict", "evaluate", "train", "zoo", "demo", "backends", "layers", "bench"]

  @Test(arguments: commands) func everyCommandHelpsWithAnExample(_ command: String) throws {
    let result = try Program.run([command, "--help"], code: 0)
    #expect(result.output.contains("EXAMPLE\n  apus \(command)"))
    #expect(result.output.contains("--json"))
    #expect(result.errors.isEmpty)
  }

  @Test(arguments: [[], ["--help"], ["help"]]) func theProgramListsItsCommands(_ arguments: [String]) throws {
    let result = try Program.run(arguments, code: 0)
    for command in Self.commands { #expect(result.output.contains("\n  \(command) ")) }
  }

  @Test(arguments: [
    ["fly"], ["--fast"], ["inspect"], ["inspect", "a.h5", "b.h5"], ["inspect", "a.h5", "--nope"], ["predict", "a.h5"],
    ["predict", "a.h5", "--input", "x.npy", "--batch-size", "0"],
    ["predict", "a.h5", "--input", "x.npy", "--threads", "0"], ["evaluate", "a.h5"],
    ["evaluate", "a.h5", "--x", "x.npy"], ["evaluate", "a.h5", "--dataset", "cifar"],
    ["evaluate", "a.h5", "--dataset", "mnist", "--x", "x.npy"],
    ["train", "lenet5", "--dataset", "mnist", "--epochs", "no"],
    ["train", "lenet5", "--dataset", "mnist", "--epochs", "0"],
    ["train", "lenet5", "--dataset", "mnist", "--validation-split", "1"],
    ["train", "lenet5", "--dataset", "mnist", "--keras-version", "4"], ["zoo", "--save", "a.h5"], ["demo", "speech"],
    ["bench", "lenet_fly"], ["bench", "--seconds", "0"], ["bench", "--threads", "0"],
    ["bench", "--profile", "lenet_train"],
  ]) func argumentsThatMakeNoSenseEndWithTwo(_ arguments: [String]) throws {
    let result = try Program.run(arguments, code: 2)
    #expect(result.errors.hasPrefix("apus: error: "))
    #expect(result.errors.contains("Usage: apus"))
    #expect(result.output.isEmpty)
  }

  @Test func theVersionIsANumber() throws {
    #expect(try Program.run(["--version"], code: 0).output.first?.isNumber == true)
  }

  @Test(arguments: [["zoo", "lenet5"], ["layers"], ["--help"]])
  func outputThatNobodyCanTakeIsAFailure(_ arguments: [String]) throws {
    let result = try Program.run(arguments, shell: "\"$0\" \"$@\" > /dev/full")
    #expect(result.status == 1)
  }
}
