// The kernels for every processor of a family: on x86-64 with SSE2.
#define LEVEL baseline
#include "Level.h"

#include "Kernels/All.h"
