// A single import for all of Surety's modules.
@_exported import SuretyAttacks
@_exported import SuretyBounds
@_exported import SuretyDatasets
@_exported import SuretyGraphs
@_exported import SuretyNetworks
@_exported import SuretyRecords
@_exported import SuretyReports
@_exported import SuretySharing
@_exported import SuretySmoothing
@_exported import SuretyStatistics
@_exported import SuretyTensors
@_exported import SuretyTraining
