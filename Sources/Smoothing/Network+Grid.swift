import SuretyDatasets
import SuretyNetworks
import SuretyTensors

extension Network {
    /// The grid on which smoothing puts images and noise unless another is asked for: that of 8-bit levels for an integer
    /// network, which sees no other, and otherwise that of the data set.
    public func grid(for images: LabelledImages) -> Grid { isInteger ? .levels8 : images.grid }
}
