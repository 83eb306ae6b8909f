void KERNEL(sgd)(float *parameters, float *velocity, const float *gradient, surety_sgd_settings s, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i] + s.weight_decay * parameters[i];
        velocity[i] = s.momentum * velocity[i] + g;
        parameters[i] -= s.rate * (s.is_nesterov ? g + s.momentum * velocity[i] : velocity[i]);
    }
}

void KERNEL(adam)(float *parameters, float *mean, float *square, const float *gradient, surety_adam_settings s,
                  size_t count) {
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i] + s.weight_decay * parameters[i];
        mean[i] = s.beta1 * mean[i] + (1 - s.beta1) * g;
        square[i] = s.beta2 * square[i] + (1 - s.beta2) * g * g;
        float root = __builtin_elementwise_sqrt(square[i] * s.square_correction);
        parameters[i] -= s.rate * mean[i] * s.mean_correction / (root + s.epsilon);
    }
}

void KERNEL(add_scaled)(float *sum, const float *x, float factor, size_t count) {
    for (size_t i = 0; i < count; i++) sum[i] += factor * x[i];
}
