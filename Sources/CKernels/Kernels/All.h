// All kernels, and their table. GridNoise.h builds on Noise.h.
#include "Attacks.h"
#include "Bounds.h"
#include "Classify.h"
#include "Columns.h"
#include "Elementwise.h"
#include "Functions.h"
#include "Integers.h"
#include "MatrixProduct.h"
#include "Noise.h"
#include "GridNoise.h"
#include "Pooling.h"
#include "Repetition.h"
#include "Strided.h"
#include "Training.h"
#include "Wasserstein.h"

#define MEMBER(name) .name = KERNEL(name),
const surety_kernels KERNEL(kernels) = {SURETY_KERNELS(MEMBER)};
#undef MEMBER
