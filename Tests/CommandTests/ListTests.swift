import TensorCore
import Testing

@Suite struct ListTests {
  @Test func layersAreListedWithTheirOrigin() throws {
    let result = try Program.run(["layers"], code: 0)
    #expect(result.lines.contains { $0.hasPrefix("Conv2D ") && $0.hasSuffix("built in") })
    #expect(result.lines.contains { $0.hasPrefix("Apus>InstanceNormalization ") && $0.hasSuffix("ExtraLayers") })
    let json = try Program.run(["layers", "--json"], code: 0).json()
    #expect(json.arrayValue?.contains { $0["name"] == "Dense" && $0["plugin"] == .null } == true)
  }

  @Test func backendsEndWithThePortableOne() throws {
    let result = try Program.run(["backends"], code: 0)
    #expect(result.lines.last?.hasPrefix("portable ") == true)
    let json = try #require(try Program.run(["backends", "--json"], code: 0).json().arrayValue)
    #expect(json.last?["name"] == "portable")
    for backend in json.dropLast() { #expect(backend["plugin"]?.stringValue != nil) }
  }

  @Test func theZooSaysHowLargeItsModelsAre() throws {
    let json = try #require(try Program.run(["zoo", "--json"], code: 0).json().arrayValue)
    #expect(json.first { $0["name"] == "lenet5" }?["parameters"] == 61706)
    #expect(try Program.run(["zoo"], code: 0).output.contains("61706 parameters"))
  }

  @Test func aZooModelIsSavedAndRead() throws {
    let folder = try Folder()
    let shown = try Program.run(["zoo", "lenet5", "--save", "net.h5"], in: folder, code: 0)
    #expect(shown.output.contains("Total params: 61,706") && shown.output.contains("net.h5"))
    let read = try Program.run(["inspect", "net.h5", "--json"], in: folder, code: 0).json()
    #expect(read["parameters"]?["total"] == 61706)
    #expect(read["training_config"] == .null)
  }

  @Test func aSeedDecidesTheWeights() throws {
    let folder = try Folder()
    for (seed, name) in [("1", "a.h5"), ("1", "b.h5"), ("2", "c.h5")] {
      try Program.run(["zoo", "lenet5", "--seed", seed, "--save", name], in: folder, code: 0)
    }
    #expect(try folder.bytes("a.h5") == folder.bytes("b.h5"))
    #expect(try folder.bytes("a.h5") != folder.bytes("c.h5"))
  }
}
