/* activation_error: the error of an activation over a range of float32, and ONNX Runtime's. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/exactness/operator.h"
#include "tools/exactness/ort.h"
#include "tools/exactness/reference.h"

static const char usage[] =
    "usage: activation_error --function NAME [--from X] [--to X] [--bins N] [--samples N]\n"
    "                        [--isa NAME] [--plugins DIR] [--ort LIBONNXRUNTIME.SO]\n"
    "Cuts the range (-10 to 10) into bins (160) of evenly spaced float32 inputs (4096), and\n"
    "prints tab-separated values, a row for each bin: its middle, the largest error of the\n"
    "built-in plugin in ULP of the exact value, and ONNX Runtime's. The exact value is computed\n"
    "in double.\n";

struct options {
    const char *function, *isa, *plugins, *ort;
    double from, to;
    int bins, samples;
};

/* |y - exact| in the distance of the float32 numbers around the exact value. */
static double error_in_units(float y, double exact)
{
    if (!isfinite(exact) || !isfinite(y))
        return isnan(exact) == isnan(y) && (isnan(exact) || exact == (double)y) ? 0 : HUGE_VAL;
    const int exponent = exact == 0 ? -126 : ilogb(exact);
    return ldexp(fabs((double)y - exact), 23 - (exponent < -126 ? -126 : exponent));
}

static double largest(const struct reference *reference, const float *x, const float *y, int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        most = fmax(most, error_in_units(y[i], reference_value(reference, (double)x[i], 0)));
    return most;
}

static bool measure(const struct options *o, const struct reference *reference,
                    const struct hinge_op *op)
{
    float *x = malloc(2 * (size_t)o->samples * sizeof *x), *y = x ? x + o->samples : NULL;
    struct ort_node *ort = NULL;
    bool good = x != NULL;
    if (good && o->ort) {
        ort = ort_node_new(reference, x, y, o->samples, 1);
        good = ort != NULL;
    }
    const double width = (o->to - o->from) / o->bins;
    for (int bin = 0; good && bin < o->bins; bin++) {
        const double begin = o->from + bin * width;
        for (int i = 0; i < o->samples; i++)
            x[i] = (float)(begin + width * i / o->samples);
        operator_apply(op, reference, HINGE_FLOAT, x, NULL, y, o->samples);
        printf("%.9g\t%.4f", begin + width / 2, largest(reference, x, y, o->samples));
        good = !ort || ort_node_run(ort);
        if (ort && good)
            printf("\t%.4f", largest(reference, x, y, o->samples));
        printf("\n");
    }
    ort_node_free(ort);
    free(x);
    return good;
}

static int parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"function", required_argument, NULL, 'f'}, {"from", required_argument, NULL, 'a'},
        {"to", required_argument, NULL, 'b'},       {"bins", required_argument, NULL, 'n'},
        {"samples", required_argument, NULL, 's'},  {"isa", required_argument, NULL, 'i'},
        {"plugins", required_argument, NULL, 'p'},  {"ort", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (c) {
        case 'f': o->function = optarg; break;
        case 'a': o->from = atof(optarg); break;
        case 'b': o->to = atof(optarg); break;
        case 'n': o->bins = atoi(optarg); break;
        case 's': o->samples = atoi(optarg); break;
        case 'i': o->isa = optarg; break;
        case 'p': o->plugins = optarg; break;
        case 'o': o->ort = optarg; break;
        case 'h': fputs(usage, stdout); return -1;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (optind == argc && o->function && o->from < o->to && isfinite(o->to - o->from) &&
        o->bins > 0 && o->samples > 0)
        return 0;
    fputs(usage, stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct options o = {
        .plugins = EXACTNESS_PLUGINS, .from = -10, .to = 10, .bins = 160, .samples = 4096};
    const char *isas[OPERATOR_MAX_ISAS];
    operator_isas(isas);
    for (int i = 0; isas[i]; i++)
        o.isa = isas[i];
    const int wrong = parse(&o, argc, argv);
    if (wrong)
        return wrong < 0 ? 0 : wrong;
    const struct reference *reference = references;
    while (reference->name &&
           (strcmp(reference->name, o.function) != 0 || !reference_is_plain(reference)))
        reference++;
    if (!reference->name) {
        fprintf(stderr, "activation_error: there is no function %s\n", o.function);
        return 1;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/onnx-%s.so", o.plugins, o.isa);
    const struct hinge_op *op = operator_find(path, reference->op);
    return op && (!o.ort || ort_open(o.ort)) && measure(&o, reference, op) ? 0 : 1;
}
