import Layers
import TensorCore
import TestKit
import Testing

@Suite struct GraphOperationTests {
  private func model(_ input: [Int?], _ make: (Symbol) -> Symbol, host: PluginHost = .shared) throws -> Model {
    let x = Symbol.input(input)
    return try Model(inputs: [x], outputs: [make(x)], host: host)
  }

  private func result(_ x: Tensor, _ make: (Symbol) -> Symbol) throws -> Tensor {
    try model(x.shape.array.dropFirst().map { $0 }, make).predict(x)
  }

  @Test func operatorsOfSymbolsAreThoseOfTensors() throws {
    let x = Tensor([1, 2, 3, 4, 5, 6] as [Float], [2, 3])
    #expect(try result(x) { ($0 + $0) * 2 - 1 }.scalars(of: Float.self) == [3, 7, 11, 15, 19, 23])
    #expect(try result(x) { 6 / $0 - $0 / 2 }.scalars(of: Float.self) == [5.5, 2, 0.5, -0.5, -1.3, -2])
    #expect(try result(x) { 1 - (-$0) }.scalars(of: Float.self) == [2, 3, 4, 5, 6, 7])
    #expect(try result(x) { $0 - $0.mean(axes: [1], keepDims: true) }.scalars(of: Float.self) == [-1, 0, 1, -1, 0, 1])
    #expect(try result(x) { $0.max(axes: [1]) }.scalars(of: Float.self) == [3, 6])
  }

  @Test func indicesOfSymbolsAreThoseOfPython() throws {
    let x = Tensor((0..<24).map { Float($0) }, [2, 3, 4])
    #expect(try result(x) { $0[.all, 0] }.shape == [2, 4])
    #expect(try result(x) { $0[.all, -1, 1] }.scalars(of: Float.self) == [9, 21])
    #expect(try result(x) { $0[.rest, .range(nil, nil, by: -2)] }.shape == [2, 3, 2])
    #expect(try result(x) { $0[.all, .newAxis, .range(1, 3)] }.shape == [2, 1, 2, 4])
    #expect(try result(x) { $0.reshaped([-1, 12]).reshaped([-1, 4, 3]).transposed([0, 2, 1]) }.shape == [2, 3, 4])
  }

  @Test func anOperationOfAPluginRuns() throws {
    var host = PluginHost()
    host.register(operation: "acme>Scale") { call in [try call.tensor("x") * call.number("factor", default: 2)] }
    let x = Symbol.input([2])
    let y: Symbol = .operation("acme>Scale", [x], settings: ["factor": 3])
    let model = try Model(inputs: [x], outputs: [y], host: host)
    #expect(try model.predict(Tensor([1, 2] as [Float], [1, 2])).scalars(of: Float.self) == [3, 6])
    let json = try KerasConfig(host: host).json(of: model)
    let again = try KerasConfig(host: host).model(from: json) as? Functional
    #expect((again?.nodes.last?.layer as? GraphOperation)?.settings["factor"] == 3)
  }

  @Test func anUnknownOperationIsNamedWithTheWayToAddIt() throws {
    let error = #expect(throws: CoreError.self) { try self.model([2], { .operation("Unheard", [$0]) }) }
    #expect(error?.code == .unknownName)
    #expect(error?.message.contains("\"Unheard\"") == true)
    #expect(error?.message.contains("register(operation:") == true)
  }

  @Test(arguments: ["TFOpLambda", "SlicingOpLambda"])
  func anUnknownFunctionOfKeras2IsNamed(className: String) throws {
    let json: JSON = [
      "class_name": "Functional",
      "config": [
        "name": "m", "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]],
        "layers": [
          [
            "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
            "config": ["name": "x", "batch_input_shape": [nil, 2], "dtype": "float32"],
          ],
          [
            "class_name": .string(className), "name": "f", "inbound_nodes": [["x", 0, 0, [:]]],
            "config": ["name": "f", "function": "made.up"],
          ],
        ],
      ],
    ]
    let error = #expect(throws: CoreError.self) { _ = try KerasConfig(dialect: .keras2).model(from: json) }
    #expect(error?.message.contains("\"tf.made.up\"") == true)
  }

  @Test func wrongArgumentsThrowAtBuild() throws {
    let cases: [(Symbol) -> Symbol] = [
      { $0[.all, 7] }, { $0.mean(axes: [4]) }, { $0.reshaped([-1, 5]) }, { $0 + $0.reshaped([-1, 3, 2]) },
      { .operation("Softmax", [$0], settings: ["axis": 3]) },
      { .operation("Einsum", [$0], settings: ["subscripts": "a"]) },
      { .operation("Add", [$0]) }, { .operation("Cast", [$0], settings: ["dtype": "complex64"]) },
      { .operation("Concatenate", [$0], operands: [.list([.input(0), .constant([1.0])])]) },
      { .operation("Pad", [$0], settings: ["pad_width": [[0, 0]], "mode": "wrap"]) },
      { .operation("Split", [$0], settings: ["indices_or_sections": 4, "axis": 1]) },
      { .operation("TopK", [$0], settings: ["k": 9]) }, { .operation("Matmul", [$0, $0]) },
    ]
    for (index, make) in cases.enumerated() {
      #expect(throws: CoreError.self, "case \(index)") { try self.model([2, 3], make) }
    }
  }

  @Test func anOperationOfOneVersionIsNotWrittenForTheOther() throws {
    let model = try model([3]) { $0 * 2 }
    #expect(throws: CoreError.self) { _ = try KerasConfig(dialect: .keras2).json(of: model) }
  }

  @Test func aGivenMaskActsInPlaceOfNone() throws {
    let (x, mask) = (Symbol.input([3, 2]), Symbol.input([3], dtype: .bool))
    let y = LayerHandle(LSTM(units: 2))([x], masks: [mask])
    let model = try Model(inputs: [x, mask], outputs: [y])
    let data = Tensor([1, 2, 3, 4, 5, 6] as [Float], [1, 3, 2])
    let kept = Tensor([1, 1, 0] as [Float], [1, 3]).cast(to: .bool)
    let short = try Model(inputs: [x], outputs: [LSTM(units: 2)(x[.all, .range(0, 2)])])
    let masked = try model.predict([data, kept])[0]
    var other = short
    other.weights.tensors = model.weights.tensors
    for (found, expected) in zip(masked.scalars(of: Float.self), try other.predict(data).scalars(of: Float.self)) {
      #expect(abs(found - expected) < 1e-6)
    }
  }
}
