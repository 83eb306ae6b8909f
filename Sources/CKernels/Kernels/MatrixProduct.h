#define ROWS 6
#define LANES 16
#define DEPTH 256

// `depth` rows of the right matrix from row `first`, with LANES columns from `column` side by side: a panel, which stays in
// the nearest cache. Columns beyond the last are zeros.
INLINE void fill_panel(const surety_matrix_product *p, const float *right, int64_t first, int64_t depth, int64_t column, float *panel) {
    const int64_t width = p->columns - column < LANES ? p->columns - column : LANES;
    for (int64_t k = 0; k < depth; k++) {
        const float *row = right + (first + k) * p->right[0] + column * p->right[1];
        float *lanes = panel + k * LANES;
        if (width == LANES && p->right[1] == 1) memcpy(lanes, row, LANES * sizeof *lanes);
        else for (int64_t lane = 0; lane < LANES; lane++) lanes[lane] = lane < width ? row[lane * p->right[1]] : 0;
    }
}

// Adds `depth` products to each of the sums that `rows` of the left matrix have with a panel's columns.
INLINE void add_products(const float *const rows[ROWS], int64_t step, const float *panel, int64_t depth, float sums[ROWS][LANES]) {
    for (int64_t k = 0; k < depth; k++, panel += LANES)
        for (int row = 0; row < ROWS; row++) {
            const float x = rows[row][k * step];
            for (int lane = 0; lane < LANES; lane++) sums[row][lane] += x * panel[lane];
        }
}

// The sums of a panel's columns, of the result at `out`, with all rows of the left matrix from its column `first`.
INLINE void multiply_panel(const surety_matrix_product *p, const float *left, int64_t first, const float *panel, int64_t depth,
                           int64_t width, float *out) {
    for (int64_t top = 0; top < p->rows; top += ROWS) {
        const int64_t height = p->rows - top < ROWS ? p->rows - top : ROWS;
        const float *rows[ROWS];
        float sums[ROWS][LANES] = {0};
        for (int64_t row = 0; row < ROWS; row++) {
            // Beyond the last row, the last row is used again and not stored.
            rows[row] = left + (top + (row < height ? row : height - 1)) * p->left[0] + first * p->left[1];
            if (first > 0 && row < height) memcpy(sums[row], out + (top + row) * p->columns, (size_t)width * sizeof(float));
        }
        add_products(rows, p->left[1], panel, depth, sums);
        for (int64_t row = 0; row < height; row++)
            memcpy(out + (top + row) * p->columns, sums[row], (size_t)width * sizeof(float));
    }
}

void KERNEL(multiply_matrices)(const surety_matrix_product *p, const float *left, const float *right, float *out) {
    float panel[DEPTH * LANES];
    if (p->inner == 0) memset(out, 0, (size_t)(p->rows * p->columns) * sizeof(float));
    for (int64_t first = 0; first < p->inner; first += DEPTH) {
        const int64_t depth = p->inner - first < DEPTH ? p->inner - first : DEPTH;
        for (int64_t column = 0; column < p->columns; column += LANES) {
            const int64_t width = p->columns - column < LANES ? p->columns - column : LANES;
            fill_panel(p, right, first, depth, column, panel);
            multiply_panel(p, left, first, panel, depth, width, out + column);
        }
    }
}

#undef ROWS
#undef LANES
#undef DEPTH
