/* activation_speed: nanoseconds an element of each activation, beside a copy of the same size and
 * ONNX Runtime, measured in turns so that all meet the same noise. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/exactness/operator.h"
#include "tools/exactness/ort.h"
#include "tools/exactness/reference.h"

static const char usage[] =
    "usage: activation_speed [--function NAME] [--isa NAME]... [--type float|float16|bfloat16]\n"
    "                        [--count N] [--rounds N] [--plugins DIR] [--ort LIBONNXRUNTIME.SO]\n"
    "One thread. Prints tab-separated values: function, type, elements, then minimum ns an "
    "element\n"
    "of a copy, of each isa out of place and in place, and of ONNX Runtime (float, out of "
    "place).\n";

#define MAX_ISAS 4

struct options {
    const char *function, *isas[MAX_ISAS], *plugins, *ort;
    hinge_type type;
    int n_isas, rounds;
    int64_t count;
};

struct buffers {
    char *source, *x, *y; /* source is what x is filled from: values in -8 .. 8 */
    size_t size;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void keep_least(double *least, double value)
{
    if (*least == 0 || value < *least)
        *least = value;
}

/* Times columns[0]: copy, then two for each ISA, then ONNX Runtime; the least of all rounds. In
 * place, the values an activation leaves are its next input, so they are put back before. */
static void measure(const struct options *o, const struct reference *reference,
                    const struct hinge_op *const *ops, struct ort_node *ort,
                    const struct buffers *b, double *columns)
{
    const int64_t count = o->count;
    const int repeats = count >= 1 << 20 ? 1 : (int)((1 << 20) / count);
    for (int round = 0; round < o->rounds; round++) {
        memcpy(b->x, b->source, b->size);
        double begin = now();
        for (int r = 0; r < repeats; r++) {
            memcpy(b->y, b->x, b->size);
            __asm__ volatile("" ::: "memory");
        }
        keep_least(&columns[0], (now() - begin) / (double)(count * repeats));
        for (int k = 0; k < o->n_isas; k++) {
            memcpy(b->x, b->source, b->size);
            begin = now();
            for (int r = 0; r < repeats; r++)
                operator_apply(ops[k], reference->attribute, reference->string, o->type, b->x, b->y,
                               count);
            keep_least(&columns[1 + 2 * k], (now() - begin) / (double)(count * repeats));
            begin = now();
            for (int r = 0; r < repeats; r++)
                operator_apply(ops[k], reference->attribute, reference->string, o->type, b->x, b->x,
                               count);
            keep_least(&columns[2 + 2 * k], (now() - begin) / (double)(count * repeats));
        }
        memcpy(b->x, b->source, b->size);
        begin = now();
        for (int r = 0; ort && r < repeats; r++)
            ort_node_run(ort);
        if (ort)
            keep_least(&columns[1 + 2 * o->n_isas], (now() - begin) / (double)(count * repeats));
    }
}

static bool run(const struct options *o, const struct reference *reference, const struct buffers *b)
{
    const struct hinge_op *ops[MAX_ISAS];
    for (int k = 0; k < o->n_isas; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.so", o->plugins, o->isas[k]);
        ops[k] = operator_find(path, reference->op);
        if (!ops[k])
            return false;
    }
    struct ort_node *ort = NULL;
    if (o->ort && o->type == HINGE_FLOAT)
        ort = ort_node_new(reference, (float *)b->x, (float *)b->y, o->count);
    double columns[2 + 2 * MAX_ISAS] = {0};
    measure(o, reference, ops, ort, b, columns);
    printf("%s\t%s\t%lld", reference->name,
           o->type == HINGE_FLOAT     ? "float"
           : o->type == HINGE_FLOAT16 ? "float16"
                                      : "bfloat16",
           (long long)o->count);
    for (int k = 0; k < 1 + 2 * o->n_isas; k++)
        printf("\t%.4f", columns[k]);
    if (ort)
        printf("\t%.4f", columns[1 + 2 * o->n_isas]);
    printf("\n");
    fflush(stdout);
    return true;
}

/* The same numbers for every type: steps of 1/64 in -8 .. 8, in no order. */
static bool fill(const struct options *o, struct buffers *b)
{
    b->size = (size_t)o->count * (o->type == HINGE_FLOAT ? 4 : 2);
    b->source = aligned_alloc(64, (b->size + 63) / 64 * 64);
    b->x = aligned_alloc(64, (b->size + 63) / 64 * 64);
    b->y = aligned_alloc(64, (b->size + 63) / 64 * 64);
    if (!b->source || !b->x || !b->y)
        return false;
    uint32_t state = 1;
    for (int64_t i = 0; i < o->count; i++) {
        state = state * 1664525 + 1013904223;
        const float value = (float)(int32_t)(state >> 22) / 64 - 8;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        const uint32_t magnitude = bits & 0x7fffffff;
        uint16_t half = (uint16_t)(bits >> 16);
        if (o->type == HINGE_FLOAT16)
            half = (uint16_t)((bits >> 16 & 0x8000) |
                              (magnitude ? (magnitude - (112U << 23)) >> 13 : 0));
        if (o->type == HINGE_FLOAT)
            memcpy(b->source + i * 4, &value, 4);
        else
            memcpy(b->source + i * 2, &half, 2);
    }
    memset(b->y, 0, b->size);
    return true;
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {{"function", required_argument, NULL, 'f'},
                                          {"isa", required_argument, NULL, 'i'},
                                          {"type", required_argument, NULL, 't'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"plugins", required_argument, NULL, 'p'},
                                          {"ort", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct options o = {
        .plugins = EXACTNESS_PLUGINS, .type = HINGE_FLOAT, .rounds = 30, .count = 1 << 20};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (c) {
        case 'f': o.function = optarg; break;
        case 'i':
            if (o.n_isas < MAX_ISAS)
                o.isas[o.n_isas++] = optarg;
            break;
        case 't':
            o.type = strcmp(optarg, "float16") == 0    ? HINGE_FLOAT16
                     : strcmp(optarg, "bfloat16") == 0 ? HINGE_BFLOAT16
                                                       : HINGE_FLOAT;
            break;
        case 'c': o.count = strtoll(optarg, NULL, 10); break;
        case 'r': o.rounds = atoi(optarg); break;
        case 'p': o.plugins = optarg; break;
        case 'o': o.ort = optarg; break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (optind < argc || o.count < 1 || o.count > INT64_C(1) << 32 || o.rounds < 1) {
        fputs(usage, stderr);
        return 2;
    }
    if (o.n_isas == 0)
        o.isas[o.n_isas++] = "scalar";
    struct buffers buffers;
    if ((o.ort && !ort_open(o.ort)) || !fill(&o, &buffers))
        return 1;
    printf("function\ttype\telements\tcopy");
    for (int k = 0; k < o.n_isas; k++)
        printf("\t%s\t%s in place", o.isas[k], o.isas[k]);
    printf("%s\n", o.ort ? "\tONNX Runtime" : "");
    for (const struct reference *r = references; r->name; r++)
        if ((!o.function || strcmp(o.function, r->name) == 0) && !run(&o, r, &buffers))
            return 1;
    return 0;
}
