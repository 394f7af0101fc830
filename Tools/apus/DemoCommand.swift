import ArgumentParser

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Shows a whole system at work on real data, from training to pictures.",
    discussion: """
      digits: trains LeNet-5 on the 60,000 handwritten digits of MNIST, saves it as lenet5.h5 in the current folder, \
      which Keras opens too, draws its training and its mistakes, and lets the saved file read ten digits.

      EXAMPLE
        apus demo digits --epochs 1
      """)

  @Argument(help: "The demo: digits.")
  var name = "digits"

  @Option(help: ArgumentHelp("How often all training digits are seen.", valueName: "n"))
  var epochs = 5

  @Option(help: ArgumentHelp("The seed of weights and shuffling.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("The folder for pictures (default: demo-out/digits).", valueName: "dir"))
  var output = "demo-out/digits"

  @Option(
    help: ArgumentHelp(
      "The folder with the digits (default: $APUS_DATA, else Examples/Data/mnist of the repository).", valueName: "dir")
  )
  var data: String?

  @OptionGroup var compute: ComputeOptions
  @OptionGroup var form: OutputOptions

  func validate() throws {
    if name != "digits" { throw ValidationError("found demo \"\(name)\", expected digits") }
    if epochs < 1 { throw ValidationError("found --epochs \(epochs), expected 1 or more") }
  }

  func run() throws {
    try compute.run {
      try DigitsDemo(epochs: epochs, seed: seed, folder: output, data: data, printsJSON: form.json).run()
    }
  }
}
