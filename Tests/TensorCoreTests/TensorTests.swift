import TensorCore
import Testing

@Suite struct TensorTests {
  static func address(_ tensor: Tensor) -> UnsafeRawPointer? { tensor.withBytes { $0.baseAddress } }

  @Test func copiesShareBytesUntilOneIsWritten() {
    let a = Tensor([1, 2, 3] as [Float])
    var b = a
    #expect(Self.address(a) == Self.address(b))
    b.withMutableScalars(of: Float.self) { $0[0] = 9 }
    #expect(a.scalars(of: Float.self) == [1, 2, 3] && b.scalars(of: Float.self) == [9, 2, 3])
  }

  @Test func aUniqueTensorIsWrittenInPlace() {
    var a = Tensor([1, 2, 3] as [Float])
    let before = Self.address(a)
    a.withMutableScalars(of: Float.self) { $0[1] = 5 }
    #expect(Self.address(a) == before && a.scalars(of: Float.self) == [1, 5, 3])
  }

  @Test func aliasesAreValues() {
    let a = Tensor([1, 2, 3, 4] as [Float])
    var rows = a.reshaped([2, 2]).aliasedRows(1..<2)
    #expect(rows.shape == [1, 2] && rows.scalars(of: Float.self) == [3, 4])
    #expect(Self.address(rows) == Self.address(a).map { $0 + 8 })
    rows.withMutableScalars(of: Float.self) { $0[0] = 0 }
    #expect(a.scalars(of: Float.self) == [1, 2, 3, 4] && rows.scalars(of: Float.self) == [0, 4])
    #expect(Self.address(a.copy()) != Self.address(a))
  }

  @Test func bytesAreAlignedAndReused() {
    #expect(UInt(bitPattern: Self.address(Tensor([1] as [UInt8]))) % 64 == 0)
    for _ in 0..<100 { _ = Tensor.zeros([12_345]) }
    let before = MemoryStatistics.current
    for _ in 0..<100 { _ = Tensor.zeros([12_345]) }
    let after = MemoryStatistics.current
    #expect(after.requestCount >= before.requestCount + 100)
    #expect(after.systemAllocationCount - before.systemAllocationCount < 50)
    #expect(after.peakByteCount >= after.liveByteCount && after.liveByteCount > 0)
  }

  @Test func trimmingLeavesLiveTensorsAlone() {
    let kept = Tensor([Float](repeating: 3, count: 1_000_000))
    _ = Tensor.zeros([1_000_000])
    let before = MemoryStatistics.current
    Execution.trimMemory()
    #expect(kept.scalars(of: Float.self).allSatisfy { $0 == 3 })
    #expect(before.heldByteCount == before.liveByteCount + before.cachedByteCount && before.liveByteCount >= 4_000_000)
  }

  @Test func emptyTensorsHoldNothing() {
    let x = Tensor([] as [Double], [0, 3])
    #expect(x.elementCount == 0 && x.scalars(of: Double.self).isEmpty && !x.isHollow)
    #expect((x + 1).shape == [0, 3])
  }

  @Test func scalarsOfOneElement() {
    #expect(Tensor(Int32(7)).scalar(of: Int32.self) == 7)
    #expect(Tensor([2.5], [1, 1]).scalar(of: Double.self) == 2.5)
    #expect(Tensor(scalar: 3, dtype: .uint8).scalar(of: UInt8.self) == 3)
  }

  /// The text is there in debug builds; release builds stop without one.
  static func expectText(_ text: String, _ result: ExitTest.Result?) {
    let found = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    if found.contains("Fatal error:") { #expect(found.contains(text)) }
  }

  @Test func wrongShapesStopTheProgramWithBothShapes() async {
    let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2, 3] as [Float]) + Tensor([1, 2] as [Float])
    }
    Self.expectText("add: found float32[3] and float32[2]", sum)
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2, 3] as [Float], [2, 2])
    }
    Self.expectText("found 3 scalars for shape [2, 2]", count)
    let axis = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2, 3] as [Float]).sum(axes: [1])
    }
    Self.expectText("sum: found axes [1] for float32[3]", axis)
  }

  @Test func theWrongTypeStopsTheProgramAndTheLayerIsNamed() async {
    let read = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor([1, 2] as [Float]).scalars(of: Double.self)
    }
    Self.expectText("found a tensor float32[2], read as float64", read)
    let layer = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Execution.$layerPath.withValue("block1/conv") {
        _ = Tensor([1] as [Float]) + Tensor([1] as [Int32])
      }
    }
    Self.expectText("block1/conv: add: found float32[1] and int32[1]", layer)
  }
}
