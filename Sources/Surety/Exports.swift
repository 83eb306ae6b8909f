// One import for all of Surety: its modules are rooms of one house.
@_exported import Attacks
@_exported import Bounds
@_exported import Certification
@_exported import Datasets
@_exported import Graphs
@_exported import Networks
@_exported import Records
@_exported import Reports
@_exported import Statistics
@_exported import Tensors
@_exported import Training
