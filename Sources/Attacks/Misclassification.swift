extension Int? {
    /// Whether a classifier that gives an image this class misclassifies it: it is not the label. Giving no class, for an output
    /// that is not a number or by abstaining, is wrong too.
    package func isWrong(for label: Int?) -> Bool { self != label }
}
