import TensorCore
import Testing

@Suite struct JSONWriterTests {
  /// Values as Python's `float.hex` gives them, with what `repr` gives.
  @Test(arguments: [
    (0x1p+0, "1.0"), (0x1.0624dd2f1a9fcp-10, "0.001"), (0x1.a36e2eb1c432dp-14, "0.0001"),
    (0x1.4f8b588e368f1p-17, "1e-05"), (0x1.ad7f29abcaf48p-24, "1e-07"),
    (0x1.c6bf526340000p+49, "1000000000000000.0"), (0x1.1c37937e08000p+53, "1e+16"),
    (0x1.6345785d8a000p+56, "1e+17"), (0x1.c12218377de40p+46, "123456789012345.0"),
    (0x1.18b54f22aeb00p+50, "1234567890123456.0"), (0x1.5ee2a2eb5a5c4p+53, "1.2345678901234568e+16"),
    (0x1.999999999999ap-4, "0.1"), (0x1.3333333333334p-2, "0.30000000000000004"),
    (0x1.5555555555555p-2, "0.3333333333333333"), (0x1.5555555555555p-1, "0.6666666666666666"),
    (0x1.9000000000000p+6, "100.0"), (0x1.0f0cf064dd592p+73, "1e+22"), (0x1.52d02c7e14af6p+76, "1e+23"),
    (0x1.52d02c7e14af6p+77, "2e+23"), (0x1p-1074, "5e-324"),
    (0x1p-1022, "2.2250738585072014e-308"), (0x1.fffffffffffffp+1023, "1.7976931348623157e+308"),
    (0x1.ff7ced916872bp-1, "0.999"), (0x1.47ae147ae147bp-7, "0.01"),
    (0x1.921fb54442d18p+1, "3.141592653589793"), (0x1.99999a0000000p-5, "0.05000000074505806"),
    (0x1.47ae140000000p-7, "0.009999999776482582"), (0x1p+53, "9007199254740992.0"),
    (0x1.0000000000001p+53, "9007199254740994.0"), (0x1.1c37937e08001p+53, "1.0000000000000002e+16"),
    (0x1p+54, "1.8014398509481984e+16"), (0x1.0000000000001p+54, "1.8014398509481988e+16"),
    (0x1.1eb2d66005835p+997, "1.5e+300"), (-0x1.4000000000000p+1, "-2.5"), (-0.0, "-0.0"), (0.0, "0.0"),
    (-0x1.4f8b588e368f1p-17, "-1e-05"), (0x1.02e4b6ce5dc68p-13, "0.00012345"),
    (0x1.9e3abe16fc70dp-17, "1.2345e-05"), (0x1.1c37937e07fffp+53, "9999999999999998.0"),
    (0x1.6345785d89fffp+56, "9.999999999999998e+16"), (0x1.0000000000002p+52, "4503599627370498.0"),
    (0x1.c7e83209e90b2p+72, "8.41e+21"),
    (0x1.ffc0000000000p+15, "65504.0"), (0x1.249ad2594c37dp+332, "1e+100"),
    (0x1p-126, "1.1754943508222875e-38"), (0x1.fffffe0000000p+127, "3.4028234663852886e+38"),
    (0x1.1c37937e08000p+54, "2e+16"),
  ])
  func writesFloatsAsPythonDoes(value: Double, repr: String) throws {
    #expect(JSON.number(value).serialized() == repr)
    #expect(try JSON(parsing: repr) == .number(value))
  }

  @Test func writesNonFiniteNumbersAsPythonDoes() {
    let value: JSON = [.number(.nan), .number(.infinity), .number(-.infinity)]
    #expect(value.serialized() == "[NaN, Infinity, -Infinity]")
  }

  @Test func everyFloatReadsBackTheSame() throws {
    var state: UInt64 = 0x2545_F491_4F6C_DD1D
    for _ in 0..<5000 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      let value = Double(bitPattern: state)
      guard value.isFinite else { continue }
      #expect(try JSON(parsing: JSON.number(value).serialized()) == .number(value))
    }
  }

  @Test func writesCompactFormLikePython() {
    let value: JSON = ["b": [1, 2.5, nil, true, false], "a": ["x": [:], "y": []], "c": "text"]
    #expect(
      value.serialized() == #"{"b": [1, 2.5, null, true, false], "a": {"x": {}, "y": []}, "c": "text"}"#)
    #expect(
      value.serialized(sortedKeys: true)
        == #"{"a": {"x": {}, "y": []}, "b": [1, 2.5, null, true, false], "c": "text"}"#)
    #expect(value.description == value.serialized())
  }

  @Test func writesPrettyFormLikePython() {
    let value: JSON = ["b": [1, [2]], "a": ["x": [:], "y": []]]
    #expect(
      value.serialized(pretty: true) == """
        {
          "b": [
            1,
            [
              2
            ]
          ],
          "a": {
            "x": {},
            "y": []
          }
        }
        """)
  }

  @Test func escapesLikePython() {
    let value: JSON = "\"\\/\u{8}\u{C}\n\r\t\u{1}\u{7F}\u{E9}\u{20AC}\u{1F600}"
    #expect(
      value.serialized() == #""\"\\/\b\f\n\r\t\u0001\u007f\u00e9\u20ac\ud83d\ude00""#)
  }

  @Test func sortsKeysByCodePoint() {
    let value: JSON = ["\u{E9}": 1, "z": 2, "B": 3, "a": 4, "a_1": 5, "a1": 6]
    #expect(value.objectValue?.count == 6)
    #expect(
      value.serialized(sortedKeys: true) == #"{"B": 3, "a": 4, "a1": 6, "a_1": 5, "z": 2, "\u00e9": 1}"#)
  }

  @Test func writtenTextReadsBackTheSame() throws {
    let value: JSON = [
      "config": ["units": 3, "rate": 0.5, "one": 1.0, "name": "d\u{1F600}\n", "none": nil, "axis": [-1], "empty": [:]],
      "large": .integer(.max), "small": .integer(.min),
    ]
    for pretty in [false, true] {
      #expect(try JSON(parsing: value.serialized(pretty: pretty)) == value)
    }
  }
}
