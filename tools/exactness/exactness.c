/* exactness: how far the activations of each plugin are from the exact functions, over all float32
 * inputs, or all float16 or bfloat16 ones. */
#include <errno.h>
#include <float.h>
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/exactness/operator.h"
#include "tools/exactness/reference.h"

static const char usage[] =
    "usage: exactness [--function NAME]... [--isa NAME]... [--type float|float16|bfloat16]...\n"
    "                 [--stride N] [--threads N] [--plugins DIR] [--check]\n"
    "Compares the activations of the built-in plugins with the exact functions. Of the 2^32 "
    "inputs\n"
    "every N-th block of 256 neighbours is taken (default 1: all). Prints tab-separated values:\n"
    "function, isa, type, inputs, largest error in ULP, where, inputs not rounded to nearest,\n"
    "neighbours out of order, inputs whose bits differ from the first isa's, and the values at\n"
    "-Inf, -0, 0, Inf and NaN. With --check, exit status 1 where an error exceeds the bound that\n"
    "operators/README.md promises, an order is wrong, or bits differ.\n";

#define BLOCK 256
#define CHUNK 4096 /* inputs of a piece of work: 16 blocks */
#define MAX_ISAS 4
#define MAX_NAMES 64

struct isa {
    const char *name;
    const struct hinge_op *op;
};

/* What was found for one ISA; merged over threads. */
struct tally {
    uint64_t n_inputs, n_misrounded, n_disordered, n_different;
    double worst;
    uint32_t worst_at;
    double disordered_at;
};

struct job {
    const struct reference *reference;
    hinge_type type;
    struct isa isas[MAX_ISAS];
    int n_isas;
    uint32_t stride;
    uint64_t n_chunks;
    atomic_uint_least64_t next;
    pthread_mutex_t lock;
    struct tally tallies[MAX_ISAS];
};

/* Bits of a type to and from the number; mantissa bits and least exponent of the type. */

static double number(hinge_type type, uint32_t bits)
{
    if (type == HINGE_FLOAT16) {
        const int exponent = (int)(bits >> 10 & 31);
        const double mantissa = (double)(bits & 1023);
        const double magnitude = exponent == 31  ? (bits & 1023 ? NAN : INFINITY)
                                 : exponent == 0 ? ldexp(mantissa, -24)
                                                 : ldexp(1024 + mantissa, exponent - 25);
        return bits & 0x8000 ? -magnitude : magnitude;
    }
    if (type == HINGE_BFLOAT16)
        bits <<= 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static int mantissa_bits(hinge_type type)
{
    return type == HINGE_FLOAT16 ? 10 : type == HINGE_BFLOAT16 ? 7 : 23;
}

/* 1 / distance of the type's numbers around the exact value; above the largest, the last one. */
static double per_unit(hinge_type type, double exact)
{
    const int least = type == HINGE_FLOAT16 ? -14 : -126;
    const int most = type == HINGE_FLOAT16 ? 15 : 127;
    uint64_t bits;
    memcpy(&bits, &exact, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    exponent = exponent < least ? least : exponent > most ? most : exponent;
    bits = (uint64_t)(1023 + mantissa_bits(type) - exponent) << 52;
    double inverse;
    memcpy(&inverse, &bits, sizeof inverse);
    return inverse;
}

/* Infinity counts as the next power of two, which is where rounding to it begins to be right. */
static double bounded(hinge_type type, double value)
{
    const double limit = type == HINGE_FLOAT16 ? 0x1p16 : 0x1p128;
    return value > limit ? limit : value < -limit ? -limit : value;
}

static double error_in_units(hinge_type type, double y, double exact)
{
    if (isnan(y) || isnan(exact))
        return isnan(y) && isnan(exact) ? 0 : INFINITY;
    return fabs(bounded(type, y) - bounded(type, exact)) * per_unit(type, bounded(type, exact));
}

/* The error with the reference in MPFR. */
static double exact_error(const struct reference *reference, hinge_type type, double x, double y)
{
    if (!isfinite(x))
        return error_in_units(type, y, reference->value(x));
    mpfr_t exact, argument;
    mpfr_init2(exact, REFERENCE_PRECISION);
    mpfr_init2(argument, REFERENCE_PRECISION);
    mpfr_set_d(argument, x, MPFR_RNDN);
    reference->exact(exact, argument);
    double error;
    if (mpfr_number_p(exact) && isfinite(y)) {
        const double scale = per_unit(type, bounded(type, mpfr_get_d(exact, MPFR_RNDZ)));
        mpfr_sub_d(exact, exact, y, MPFR_RNDN);
        mpfr_mul_d(exact, exact, scale, MPFR_RNDN);
        error = fabs(mpfr_get_d(exact, MPFR_RNDN));
    } else {
        error = error_in_units(type, y, mpfr_get_d(exact, MPFR_RNDN));
    }
    mpfr_clears(exact, argument, (mpfr_ptr)NULL);
    return error;
}

static size_t element_size(hinge_type type)
{
    return type == HINGE_FLOAT ? 4 : 2;
}

static uint32_t bits_at(hinge_type type, const void *values, size_t i)
{
    return type == HINGE_FLOAT ? ((const uint32_t *)values)[i] : ((const uint16_t *)values)[i];
}

/* Errors of one ISA's results. Double precision leaves about 2^-28 of a float32 unit open: an error
 * that near to one half, or to the largest so far, is decided by MPFR. */
static void judge(const struct job *job, struct tally *tally, const uint32_t *inputs,
                  const double *exact, const void *results, size_t count)
{
    const hinge_type type = job->type;
    const double open = 0x1p-24;
    for (size_t i = 0; i < count; i++) {
        const double y = number(type, bits_at(type, results, i));
        double error = error_in_units(type, y, exact[i]);
        if (fabs(error - 0.5) < open || (error > tally->worst - open && error > 0.5))
            error = exact_error(job->reference, type, number(type, inputs[i]), y);
        tally->n_misrounded += error > 0.5;
        if (error > tally->worst) {
            tally->worst = error;
            tally->worst_at = inputs[i];
        }
    }
}

/* Neighbours within each block; among negative numbers the order of the bits is the reverse. */
static void check_order(const struct job *job, struct tally *tally, const uint32_t *inputs,
                        const void *results, size_t count)
{
    if (!job->reference->increasing)
        return;
    for (size_t i = 1; i < count; i++) {
        if (inputs[i] != inputs[i - 1] + 1)
            continue;
        const double before = number(job->type, bits_at(job->type, results, i - 1));
        const double after = number(job->type, bits_at(job->type, results, i));
        const double x = number(job->type, inputs[i]);
        if (signbit(x) ? before < after : before > after) {
            if (tally->n_disordered++ == 0)
                tally->disordered_at = x;
        }
    }
}

static size_t fill(const struct job *job, uint64_t chunk, uint32_t *inputs)
{
    const uint64_t total = job->type == HINGE_FLOAT ? UINT64_C(1) << 32 : 1 << 16;
    size_t count = 0;
    for (uint64_t block = 0; block < CHUNK / BLOCK; block++) {
        const uint64_t begin = (chunk * (CHUNK / BLOCK) + block) * job->stride * BLOCK;
        for (uint64_t i = 0; i < BLOCK && begin + i < total; i++)
            inputs[count++] = (uint32_t)(begin + i);
    }
    return count;
}

static void work_on(struct job *job, uint64_t chunk, struct tally *tallies)
{
    uint32_t inputs[CHUNK], x[CHUNK], results[2][CHUNK];
    double exact[CHUNK];
    const size_t count = fill(job, chunk, inputs);
    const size_t size = element_size(job->type);
    for (size_t i = 0; i < count; i++) {
        const uint16_t half = (uint16_t)inputs[i];
        memcpy((char *)x + i * size, size == 4 ? (const void *)&inputs[i] : &half, size);
        exact[i] = job->reference->value(number(job->type, inputs[i]));
    }
    for (int k = 0; k < job->n_isas; k++) {
        struct tally *tally = &tallies[k];
        void *y = results[k > 0];
        operator_apply(job->isas[k].op, job->reference->attribute, job->reference->string,
                       job->type, x, y, (int64_t)count);
        tally->n_inputs += count;
        judge(job, tally, inputs, exact, y, count);
        check_order(job, tally, inputs, y, count);
        for (size_t i = 0; k > 0 && i < count; i++)
            tally->n_different +=
                bits_at(job->type, results[0], i) != bits_at(job->type, results[1], i) &&
                !isnan(number(job->type, bits_at(job->type, y, i)));
    }
}

static void merge(struct tally *into, const struct tally *from)
{
    into->n_inputs += from->n_inputs;
    into->n_misrounded += from->n_misrounded;
    into->n_different += from->n_different;
    if (from->n_disordered && !into->n_disordered)
        into->disordered_at = from->disordered_at;
    into->n_disordered += from->n_disordered;
    if (from->worst > into->worst) {
        into->worst = from->worst;
        into->worst_at = from->worst_at;
    }
}

static void progress(const struct job *job, uint64_t chunk)
{
    if (chunk % 64 || !isatty(STDERR_FILENO))
        return;
    char bar[41] = {0};
    const size_t done = (size_t)(chunk * 40 / job->n_chunks);
    memset(bar, '#', done);
    memset(bar + done, '.', sizeof bar - 1 - done);
    fprintf(stderr, "\r%-16s [%s] %3d%%", job->reference->name, bar,
            (int)(chunk * 100 / job->n_chunks));
}

static void *worker(void *argument)
{
    struct job *job = argument;
    struct tally tallies[MAX_ISAS] = {0};
    for (;;) {
        const uint64_t chunk = atomic_fetch_add(&job->next, 1);
        if (chunk >= job->n_chunks)
            break;
        progress(job, chunk);
        work_on(job, chunk, tallies);
    }
    pthread_mutex_lock(&job->lock);
    for (int k = 0; k < job->n_isas; k++)
        merge(&job->tallies[k], &tallies[k]);
    pthread_mutex_unlock(&job->lock);
    mpfr_free_cache();
    return NULL;
}

static void run_workers(struct job *job, unsigned n_threads)
{
    const uint64_t total = job->type == HINGE_FLOAT ? UINT64_C(1) << 32 : 1 << 16;
    const uint64_t span = (uint64_t)CHUNK * job->stride;
    job->n_chunks = (total + span - 1) / span;
    pthread_t threads[64];
    unsigned started = 0;
    while (started + 1 < n_threads && started < 64 &&
           pthread_create(&threads[started], NULL, worker, job) == 0)
        started++;
    worker(job);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%70s\r", "");
}

/* One row of the table; whether it keeps what is promised. */
static bool report(const struct job *job, int k)
{
    static const uint32_t specials[][5] = {
        {0xff800000, 0x80000000, 0, 0x7f800000, 0x7fc00000},
        {0xfc00, 0x8000, 0, 0x7c00, 0x7e00},
        {0xff80, 0x8000, 0, 0x7f80, 0x7fc0},
    };
    const hinge_type type = job->type;
    const struct tally *t = &job->tallies[k];
    const uint32_t *bits = specials[type == HINGE_FLOAT ? 0 : type == HINGE_FLOAT16 ? 1 : 2];
    printf("%s\t%s\t%s\t%llu\t%.4f\t%.9g\t%llu\t%llu\t%llu", job->reference->name,
           job->isas[k].name,
           type == HINGE_FLOAT     ? "float"
           : type == HINGE_FLOAT16 ? "float16"
                                   : "bfloat16",
           (unsigned long long)t->n_inputs, t->worst, number(type, t->worst_at),
           (unsigned long long)t->n_misrounded, (unsigned long long)t->n_disordered,
           (unsigned long long)t->n_different);
    for (int i = 0; i < 5; i++) {
        uint32_t y = 0;
        const uint16_t half = (uint16_t)bits[i];
        operator_apply(job->isas[k].op, job->reference->attribute, job->reference->string, type,
                       type == HINGE_FLOAT ? (const void *)&bits[i] : &half, &y, 1);
        printf("%c%.9g", i ? ' ' : '\t', number(type, bits_at(type, &y, 0)));
    }
    printf("\n");
    fflush(stdout);
    const double bound = type == HINGE_FLOAT ? job->reference->bound : 0.5;
    return t->worst <= bound && t->n_disordered == 0 && t->n_different == 0;
}

struct options {
    const char *functions[MAX_NAMES], *isas[MAX_ISAS], *plugins;
    hinge_type types[3];
    int n_functions, n_isas, n_types;
    uint32_t stride;
    unsigned n_threads;
    bool check;
};

static int parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {{"function", required_argument, NULL, 'f'},
                                          {"isa", required_argument, NULL, 'i'},
                                          {"type", required_argument, NULL, 't'},
                                          {"stride", required_argument, NULL, 's'},
                                          {"threads", required_argument, NULL, 'n'},
                                          {"plugins", required_argument, NULL, 'p'},
                                          {"check", no_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'f' && o->n_functions < MAX_NAMES) {
            o->functions[o->n_functions++] = optarg;
        } else if (c == 'i' && o->n_isas < MAX_ISAS) {
            o->isas[o->n_isas++] = optarg;
        } else if (c == 't' && o->n_types < 3) {
            o->types[o->n_types++] = strcmp(optarg, "float16") == 0    ? HINGE_FLOAT16
                                     : strcmp(optarg, "bfloat16") == 0 ? HINGE_BFLOAT16
                                                                       : HINGE_FLOAT;
        } else if (c == 's') {
            o->stride = (uint32_t)strtoul(optarg, NULL, 10);
        } else if (c == 'n') {
            o->n_threads = (unsigned)strtoul(optarg, NULL, 10);
        } else if (c == 'p') {
            o->plugins = optarg;
        } else if (c == 'c') {
            o->check = true;
        } else if (c == 'h') {
            fputs(usage, stdout);
            return -1;
        } else {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc || o->stride == 0) {
        fputs(usage, stderr);
        return 2;
    }
    return 0;
}

static bool wanted(const struct options *o, const char *name)
{
    for (int i = 0; i < o->n_functions; i++)
        if (strcmp(o->functions[i], name) == 0)
            return true;
    return o->n_functions == 0;
}

/* 0: promises kept, 1: not, 2: a plugin or operator is missing. */
static int measure(const struct options *o, const struct reference *reference, hinge_type type)
{
    struct job job = {.reference = reference, .type = type, .stride = o->stride};
    for (int k = 0; k < o->n_isas; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.so", o->plugins, o->isas[k]);
        job.isas[k] = (struct isa){o->isas[k], operator_find(path, reference->op)};
        if (!job.isas[k].op)
            return 2;
        job.n_isas++;
    }
    if (type != HINGE_FLOAT)
        job.stride = 1;
    pthread_mutex_init(&job.lock, NULL);
    run_workers(&job, o->n_threads);
    pthread_mutex_destroy(&job.lock);
    bool kept = true;
    for (int k = 0; k < job.n_isas; k++)
        kept = report(&job, k) && kept;
    return kept ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options o = {.stride = 1, .n_threads = 1, .plugins = EXACTNESS_PLUGINS};
    const int wrong = parse(&o, argc, argv);
    if (wrong)
        return wrong < 0 ? 0 : wrong;
    if (o.n_isas == 0) {
        o.isas[o.n_isas++] = "scalar";
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            o.isas[o.n_isas++] = "avx2";
        if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))
            o.isas[o.n_isas++] = "avx512";
#endif
    }
    if (o.n_types == 0)
        o.types[o.n_types++] = HINGE_FLOAT;

    printf("function\tisa\ttype\tinputs\tulp\tat\tmisrounded\tdisordered\tdifferent\tspecial\n");
    int status = 0;
    for (const struct reference *r = references; r->name; r++) {
        for (int t = 0; wanted(&o, r->name) && t < o.n_types; t++) {
            const int result = measure(&o, r, o.types[t]);
            if (result == 2)
                return 1;
            if (result && o.check)
                status = 1;
        }
    }
    return status;
}
