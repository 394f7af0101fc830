import Layers
import TensorCore
import Testing

/// What layers say to settings and inputs that do not suit them.
@Suite struct LayerObjectionTests {
  private func objection(_ layer: any Layer, _ inputs: TensorSpec...) -> String {
    var scope = BuildScope()
    do {
      _ = try scope.child("layer", layer, inputs: inputs)
      return "none"
    } catch {
      return error.message
    }
  }

  private let sequence = TensorSpec([2, 7, 4])
  private let image = TensorSpec([2, 6, 5, 4])

  @Test func convolutionsNameKeyAndRule() {
    #expect(objection(Conv1D(filters: 0, kernelSize: 2), sequence).contains("Conv1D: found filters 0"))
    #expect(objection(Conv1D(filters: 2, kernelSize: 2), image).contains("expected 3"))
    #expect(objection(Conv1D(filters: 2, kernelSize: 9), sequence).contains("would be empty"))
    #expect(objection(Conv2D(filters: 2, kernelSize: 2, padding: .causal), image).contains("found padding causal"))
    #expect(objection(Conv3D(filters: 2, kernelSize: [1, 0, 1]), TensorSpec([1, 3, 3, 3, 1])).contains("(1, 0, 1)"))
    #expect(objection(DepthwiseConv2D(kernelSize: 2, depthMultiplier: 0), image).contains("depth_multiplier 0"))
    #expect(objection(SeparableConv2D(filters: 0, kernelSize: 2), image).contains("filters 0"))
    let transposed = Conv2DTranspose(filters: 2, kernelSize: 3, strides: 2, outputPadding: 2)
    #expect(objection(transposed, image).contains("found output_padding [2, 2]"))
  }

  @Test func poolingsAndPaddingsNameKeyAndRule() {
    #expect(objection(MaxPooling1D(poolSize: 0), sequence).contains("pool_size (0,)"))
    #expect(objection(AveragePooling1D(padding: .causal), sequence).contains("found padding causal"))
    #expect(objection(MaxPooling3D(), image).contains("expected 5"))
    #expect(objection(GlobalMaxPooling2D(), sequence).contains("expected 4"))
    #expect(objection(ZeroPadding2D(padding: [[0, -1], [0, 0]]), image).contains("found padding"))
  }

  @Test func shapesThatDoNotFitAreNamed() {
    #expect(objection(Layers.Reshape([3, 5]), TensorSpec([2, 8])).contains("one of 8 elements"))
    #expect(objection(Layers.Reshape([3, -1]), TensorSpec([2, 8])).contains("one of 8 elements"))
    #expect(objection(Layers.Reshape([-1, -1]), TensorSpec([2, 8])).contains("found target_shape"))
    #expect(objection(Layers.Reshape([0]), TensorSpec([2, 8])).contains("found target_shape"))
    #expect(objection(Subtract(), sequence, sequence, sequence).contains("found 3 inputs, expected 2"))
    #expect(objection(Multiply(), sequence).contains("found 1 inputs, expected 2 or more"))
    #expect(objection(Maximum(), sequence, TensorSpec([2, 7, 3])).contains("shapes that broadcast"))
    #expect(objection(Rescaling([1, 2]), image).contains("found scale [1.0, 2.0]"))
  }

  @Test func axesAndSlopesAreChecked() {
    #expect(objection(LayerNormalization(axis: 3), sequence).contains("found axis [3]"))
    #expect(objection(LayerNormalization(axis: [1, -2]), sequence).contains("expected different ones"))
    #expect(objection(LayerNormalization(axis: 0), sequence).contains("behind the batch"))
    #expect(objection(Layers.Softmax(axis: 5), sequence).contains("found axis [5]"))
    #expect(objection(ReLU(maxValue: -1), sequence).contains("max_value -1.0"))
    #expect(objection(ReLU(negativeSlope: -1), sequence).contains("negative_slope -1.0"))
  }
}
