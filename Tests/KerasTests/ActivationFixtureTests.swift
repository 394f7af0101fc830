import AutoDiff
import Layers
import TensorCore
import Testing

@Suite struct ActivationFixtureTests {
  @Test func valuesAndDerivativesOfEveryActivationAreThoseOfKeras() throws {
    let arrays = try Fixtures.arrays("keras3/activations.npz")
    let records = try Fixtures.records("keras3/activations.json")
    for record in records {
      let name = try record.string("name")
      let activation = try JSONValueDecoder().decode(Activation.self, from: serialized(record))
      let rule = try activation.rule(in: .shared)
      let cases = record["along_axis"] == true ? [("rows", "")] : [("x", ""), ("kinks", "kinks_")]
      for (input, prefix) in cases {
        let x = try arrays.array(input)
        let upstream =
          input == "rows"
          ? try arrays["\(name)/upstream"] ?? arrays.array("rows_upstream") : Tensor.ones(x.shape)
        let (values, pull) = pullback(at: [x]) { [rule.apply($0[0])] }
        let output = try arrays.array("\(name)/\(prefix)output")
        let gradient = try arrays.array("\(name)/\(prefix)gradient")
        let places = input == "rows" ? name == "sparsemax" ? wholeRows(output) : [] : comparable(x, name)
        let findings = [
          difference(values[0].only(places), output.only(places), "\(name) on \(input)"),
          difference(pull([upstream])[0].only(places), gradient.only(places), "derivative of \(name) on \(input)"),
        ]
        for finding in findings.compactMap({ $0 }) { Issue.record("\(finding)") }
      }
    }
    print("\(records.count) activations compared with Keras")
  }

  /// The positions where Keras's numbers are the function's: all but those where TensorFlow's arithmetic shows.
  private func comparable(_ x: Tensor, _ name: String) -> [Int] {
    let values = x.scalars(of: Float.self)
    return values.indices.filter { index in
      switch name {
      // exp(x) - 1 is 0 for tiny x below 0, which counts as above.
      case "selu": !(-1e-7..<0).contains(values[index])
      // At 0 the derivatives of both branches are added.
      case "celu", "celu_alpha": values[index] != 0
      // Any number between the slopes on both sides is a derivative where they meet; the kernel's is 0.
      case "hard_tanh": abs(values[index]) != 1
      // x + sqrt(x² + 4) cancels.
      case "squareplus", "squareplus_b": values[index] > -100
      default: true
      }
    }
  }

  /// Keras sums the cumulative sums of the support rather than the support, which is right where it is one element:
  /// only there do its rows add up to 1.
  private func wholeRows(_ output: Tensor) -> [Int] {
    let (values, width) = (output.scalars(of: Float.self), output.shape.last)
    return values.indices.filter { index in
      let start = index / width * width
      return abs(values[start..<(start + width)].reduce(0, +) - 1) < 1e-5
    }
  }

  /// A name where there are no settings, else an object as Keras serialises functions with a config.
  private func serialized(_ record: JSONObject) throws -> JSON {
    let function = try record.string("function")
    guard let arguments = record["arguments"]?.objectValue, !arguments.isEmpty else { return .string(function) }
    return ["module": "keras.activations", "class_name": .string(function), "config": .object(arguments)]
  }
}

extension Tensor {
  /// The elements at these positions; all where there are none.
  fileprivate func only(_ positions: [Int]) -> Tensor {
    guard !positions.isEmpty else { return self }
    let all = scalars(of: Float.self)
    return Tensor(positions.map { all[$0] })
  }
}
