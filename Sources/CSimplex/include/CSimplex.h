// The simplex method of Nelder and Mead (1965), from GSL. Behind a shim because gsl_multimin.h reaches for gsl_cblas.h, which
// clashes with OpenBLAS's cblas.h in one Clang module graph, and because GSL's minimisers are mutable globals.
#ifndef SURETY_CSIMPLEX_H
#define SURETY_CSIMPLEX_H

#include <stddef.h>

/// A function of a point, with the data it needs. It must give finite numbers.
typedef double (*surety_simplex_function)(const double *point, void *context);

/// Moves `point` to a local minimum of `function`.
///
/// The first simplex has its corners at `point` and one step away on each axis. The search ends when the simplex is smaller
/// than `size` on average, or after `iterations` iterations.
///
/// Returns 0, or GSL's error code; `value` is then the function's value at the point.
int surety_simplex_minimise(surety_simplex_function function, void *context, size_t dimensions, double *point,
                            const double *steps, double size, size_t iterations, double *value);

#endif
