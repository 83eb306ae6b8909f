import CSuretyOneDNN

extension Epilogue {
    /// The form that oneDNN's shim takes.
    var value: surety_dnn_epilogue {
        surety_dnn_epilogue(
            accumulates: addsLastInput, rectifies: rectifierSlope != nil, negative_slope: rectifierSlope ?? 0)
    }
}
