// One import for everything that needs no system library at hand: `import Apus`. Files and backends are imported by
// name (`IO_HDF5`, `BackendOpenBLAS`), since each brings a library along.
@_exported public import AutoDiff
@_exported public import Data
@_exported public import Layers
@_exported public import ModelZoo
@_exported public import Optimizers
@_exported public import Plan
@_exported public import Profiling
@_exported public import TensorCore
@_exported public import Training
