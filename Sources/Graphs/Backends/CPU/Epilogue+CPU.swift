import CSuretyOneDNN

extension Epilogue {
    /// As oneDNN's shim takes it.
    var value: surety_dnn_epilogue {
        surety_dnn_epilogue(
            accumulates: addsLastInput, rectifies: rectifierSlope != nil, negative_slope: rectifierSlope ?? 0)
    }
}
