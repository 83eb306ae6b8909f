// Headers of GSL that reach for gsl_cblas.h (gsl_vector.h, gsl_multimin.h, ...) clash with OpenBLAS's cblas.h in one
// Clang module graph: they do not belong here.
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_version.h>

// gsl_root_fsolver_brent is a mutable global in C, which Swift 6 refuses to read.
static inline gsl_root_fsolver *CGSLMakeBrentSolver(void) { return gsl_root_fsolver_alloc(gsl_root_fsolver_brent); }

// The loaded library's version cannot be read either.
static inline const char *CGSLVersion(void) { return gsl_version; }
