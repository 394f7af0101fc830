import TensorCore
import Testing

@Suite struct JSONObjectTests {
  @Test func settingAppendsReplacesAndRemoves() {
    var object: JSONObject = ["a": 1, "b": 2]
    object["c"] = 3
    object["a"] = "one"
    #expect(object.description == #"{"a": "one", "b": 2, "c": 3}"#)
    object["b"] = nil
    object["absent"] = nil
    #expect(object.keys == ["a", "c"])
    #expect(object.values == ["one", 3])
    object["d"] = .some(.null)
    #expect(object.contains(key: "d"))
    #expect(!object.contains(key: "b"))
  }

  @Test func lookupHoldsWhileGrowingAndShrinking() {
    var object = JSONObject()
    for number in 0..<30 { object["k\(number)"] = .integer(number) }
    for number in stride(from: 0, to: 30, by: 2) { object["k\(number)"] = nil }
    #expect(object.keys == stride(from: 1, to: 30, by: 2).map { "k\($0)" })
    for number in 0..<30 { #expect(object["k\(number)"] == (number % 2 == 0 ? nil : .integer(number))) }
    for number in 1..<27 { object["k\(number)"] = nil }
    #expect(object == ["k27": 27, "k29": 29])
  }

  @Test func equalityIgnoresOrder() {
    let object: JSONObject = ["a": 1, "b": [2, 3]]
    let same: JSONObject = ["b": [2, 3], "a": 1]
    #expect(object == same)
    #expect(object.hashValue == same.hashValue)
    #expect(object != ["a": 1])
    #expect(object != ["a": 1, "b": [3, 2]])
    #expect(object != ["a": 1, "c": [2, 3]])
    #expect(JSON.integer(1) != JSON.number(1))
  }

  @Test func lastOfDuplicateKeysHolds() {
    let object: JSONObject = ["a": 1, "b": 2, "a": 3]
    #expect(object.description == #"{"a": 3, "b": 2}"#)
  }

  @Test func isACollectionOfPairs() {
    let object: JSONObject = ["a": 1, "b": 2]
    #expect(object.map { "\($0.key)=\($0.value)" } == ["a=1", "b=2"])
    #expect(object[1].key == "b")
    #expect(JSONObject().isEmpty)
  }

  @Test func accessorsAnswerOnlyTheirKind() {
    #expect(JSON.string("3").intValue == nil)
    #expect(JSON.number(3).intValue == 3)
    #expect(JSON.number(3.5).intValue == nil)
    #expect(JSON.number(1e300).intValue == nil)
    #expect(JSON.bool(true).intValue == nil)
    #expect(JSON.integer(1).boolValue == nil)
    #expect(JSON.null.stringValue == nil)
    #expect(JSON.array([1])["a"] == nil)
    #expect(JSON.object([:])[0] == nil)
  }
}
