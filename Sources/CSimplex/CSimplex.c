#include "CSimplex.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>

typedef struct {
    surety_simplex_function function;
    void *context;
    double *point;
} callback;

static double call(const gsl_vector *x, void *parameters) {
    callback *it = parameters;
    for (size_t i = 0; i < x->size; i++) it->point[i] = gsl_vector_get(x, i);
    return it->function(it->point, it->context);
}

int surety_simplex_minimise(surety_simplex_function function, void *context, size_t dimensions, double *point,
                            const double *steps, double size, size_t iterations, double *value) {
    gsl_multimin_fminimizer *minimizer = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, dimensions);
    gsl_vector *start = gsl_vector_alloc(dimensions), *step = gsl_vector_alloc(dimensions);
    gsl_vector *argument = gsl_vector_alloc(dimensions);
    int status = GSL_ENOMEM;
    if (minimizer && start && step && argument) {
        callback it = {function, context, argument->data};
        gsl_multimin_function target = {call, dimensions, &it};
        for (size_t i = 0; i < dimensions; i++) {
            gsl_vector_set(start, i, point[i]);
            gsl_vector_set(step, i, steps[i]);
        }
        status = gsl_multimin_fminimizer_set(minimizer, &target, start, step);
        for (size_t i = 0; i < iterations && status == GSL_SUCCESS; i++) {
            // GSL_ENOPROG and the like: the simplex cannot shrink further, and the best point so far is the answer.
            if (gsl_multimin_fminimizer_iterate(minimizer) != GSL_SUCCESS) break;
            if (gsl_multimin_fminimizer_size(minimizer) < size) break;
        }
        if (status == GSL_SUCCESS) {
            for (size_t i = 0; i < dimensions; i++) point[i] = gsl_vector_get(minimizer->x, i);
            *value = minimizer->fval;
        }
    }
    if (minimizer) gsl_multimin_fminimizer_free(minimizer);
    if (start) gsl_vector_free(start);
    if (step) gsl_vector_free(step);
    if (argument) gsl_vector_free(argument);
    return status;
}
