/* A program that brings its own operators: opens the model given with the plugin given and compares
 * what comes out with the formula. Links against the installed library. */
#include <hinge/hinge.h>
#include <math.h>
#include <stdio.h>

enum { COUNT = 37 };

int main(int argc, char **argv)
{
    float x[COUNT], y[COUNT];
    for (int i = 0; i < COUNT; i++)
        x[i] = 0.37f * (float)(i - 18);
    hinge_tensor input = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){1, COUNT}, x);
    hinge_tensor output = hinge_tensor_over(HINGE_FLOAT, 2, (int64_t[]){1, COUNT}, y);
    hinge_session *session = NULL;
    hinge_context *context = NULL;
    hinge_error error = {0};

    if (argc != 3)
        return 2;
    hinge_options options = {
        .size = sizeof options, .plugins = (const char *const[]){argv[2]}, .n_plugins = 1};
    if (hinge_open(argv[1], &options, &session, &error) == HINGE_OK &&
        hinge_context_create(session, &context, &error) == HINGE_OK &&
        hinge_bind_output(context, 0, &output, &error) == HINGE_OK)
        hinge_run(context, &input, 1, NULL, 0, NULL, &error);
    hinge_context_destroy(context);
    hinge_close(session);
    if (error.status != HINGE_OK)
        return fprintf(stderr, "%s\n", error.message), 1;

    for (int i = 0; i < COUNT; i++) {
        double z = (double)x[i], want = z + sin(2.5 * z) * sin(2.5 * z) / 2.5;
        if (!(fabs((double)y[i] - want) < 1e-5))
            return fprintf(stderr, "%d: %g, not %g\n", i, (double)y[i], want), 1;
    }
    return 0;
}
