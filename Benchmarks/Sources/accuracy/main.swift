// What 16 bits cost in accuracy, as tables for Docs/Accuracy.md.
//
// usage: accuracy mnist [FOLDER] [EPOCHS]       digits trained and classified in every precision (Examples/Data/mnist, 3)
//        accuracy resnet50 [IMAGES] [FLOAT64]   logits of so many images (256), of which some in float64 too (8)
//
// The same numbers come out on the same kind of CPU every time.
import Apus
import BackendOneDNN
import BackendOpenBLAS
import Glibc

func number(_ index: Int, _ otherwise: Int) throws(CoreError) -> Int {
  guard CommandLine.arguments.count > index else { return otherwise }
  guard let value = Int(CommandLine.arguments[index]), value > 0 else {
    throw CoreError(.invalidArgument, "found \(CommandLine.arguments[index]), expected a number above 0")
  }
  return value
}

func run() throws(CoreError) {
  switch CommandLine.arguments.dropFirst().first {
  case "mnist":
    let folder = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "Examples/Data/mnist"
    try DigitsAccuracy(folder: folder, epochs: number(3, 3)).run()
  case "resnet50":
    try LogitsAccuracy(imageCount: number(2, 256), float64Count: number(3, 8)).run()
  default: throw CoreError(.invalidArgument, "expected mnist or resnet50; see the top of accuracy/main.swift")
  }
}

do {
  try PluginHost.install(OpenBLASPlugin.self)
  try PluginHost.install(OneDNNPlugin.self)
  try run()
} catch {
  let text = "accuracy: \(error)\n"
  _ = write(2, text, text.utf8.count)
  exit(1)
}
