void KERNEL(classify)(const float *logits, size_t rows, size_t classes, int32_t *out) {
    for (size_t row = 0; row < rows; row++, logits += classes) {
        int32_t best = 0;
        int has_nan = logits[0] != logits[0];
        for (size_t i = 1; i < classes; i++) {
            if (logits[i] > logits[best]) best = (int32_t)i;
            has_nan |= logits[i] != logits[i];
        }
        out[row] = has_nan ? -1 : best;
    }
}
