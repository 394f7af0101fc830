internal import Layers
internal import ModelZoo
internal import TensorCore

extension Net {
  static let resNet50 = Net.classifier([224, 224, 3], classes: 1000) { () throws(CoreError) in
    try ResNet50(classifierActivation: .linear).model()
  }

  static let vgg16 = Net.classifier([224, 224, 3], classes: 1000) { () throws(CoreError) in
    try VGG16(classifierActivation: .linear).model()
  }

  static let mobileNet = Net.classifier([224, 224, 3], classes: 1000) { () throws(CoreError) in
    try MobileNet(classifierActivation: .linear).model()
  }

  static let ecg = Net.classifier([1024, 1], classes: 4) { () throws(CoreError) in
    try ECGNet(classifierActivation: .linear).model()
  }
}
