/* exactness: how far the activations of each plugin are from the exact functions, over all float32
 * inputs, or all float16 or bfloat16 ones. */
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/exactness/judge.h"
#include "tools/exactness/operator.h"

static const char usage[] =
    "usage: exactness [--function NAME]... [--isa NAME|FILE]... [--type "
    "float|float16|bfloat16]...\n"
    "                 [--stride N] [--threads N] [--plugins DIR] [--bits] [--check]\n"
    "Compares the activations of the built-in plugins, and their derivatives (Sigmoid'), with\n"
    "the exact functions. An isa may also be the file of a plugin, with a slash in its name.\n"
    "Of the 2^32 inputs every N-th block of 256 neighbours is taken (default 1: all). Prints\n"
    "tab-separated values: function, isa, type, inputs, largest error in ULP, where, inputs not\n"
    "rounded to nearest, whether neighbours are in order, or where not (of a function that\n"
    "increases), inputs beyond the function's limits or without its symmetry, inputs whose bits\n"
    "differ from the first isa's, and the values at -Inf, -0, 0, Inf and NaN. With --check, exit\n"
    "status 1 where an error exceeds the bound that operators/README.md promises, order, limits\n"
    "or symmetry are broken, or bits differ. --bits compares the isas' bits and nothing else,\n"
    "which is many times faster.\n";

#define BLOCK 256
#define CHUNK 4096 /* inputs of a piece of work: 16 blocks */
#define MAX_ISAS 4
#define MAX_NAMES 64

struct isa {
    char name[64];
    const struct hinge_op *op;
};

struct job {
    const struct reference *reference;
    hinge_type type;
    struct isa isas[MAX_ISAS];
    int n_isas;
    uint32_t stride;
    bool bits; /* nothing but whether the bits differ */
    uint64_t n_chunks;
    atomic_uint_least64_t next;
    pthread_mutex_t lock;
    struct judge_tally tallies[MAX_ISAS];
};

/* Inputs, or results, in the memory layout of the type. */
union values {
    uint32_t words[CHUNK];
    uint16_t halves[CHUNK];
};

static void put(hinge_type type, union values *values, size_t i, uint32_t bits)
{
    if (type == HINGE_FLOAT)
        values->words[i] = bits;
    else
        values->halves[i] = (uint16_t)bits;
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

/* A second number for an input: 2^-3 to 2^4, of either sign, with all bits that the type has. */
static uint32_t second(hinge_type type, uint32_t input)
{
    const int fraction_bits = type == HINGE_FLOAT16 ? 10 : type == HINGE_BFLOAT16 ? 7 : 23;
    const int sign_at = type == HINGE_FLOAT ? 31 : 15;
    uint32_t hash = (input ^ input >> 15) * UINT32_C(0x2c1b3c6d);
    hash = (hash ^ hash >> 12) * UINT32_C(0x297a2d39);
    hash ^= hash >> 15;
    const uint32_t exponent = (type == HINGE_FLOAT16 ? 12U : 124U) + hash % 7;
    const uint32_t fraction = hash >> 4 & ((UINT32_C(1) << fraction_bits) - 1);
    return (hash >> 3 & 1) << sign_at | exponent << fraction_bits | fraction;
}

/* What one worker keeps for the inputs it has in hand. */
struct chunk {
    uint32_t inputs[CHUNK];
    double seconds[CHUNK], exact[CHUNK];
    union values x, second, results[2], opposite, mirrored;
};

/* All NaN where the operator cannot do it. */
static void apply(const struct job *job, int k, const struct chunk *c, const union values *x,
                  union values *y, size_t count)
{
    if (!operator_apply(job->isas[k].op, job->reference, job->type, x, &c->second, y,
                        (int64_t)count))
        memset(y, 0xff, sizeof *y);
}

/* The order of each block's first input and the number before it, which belongs to another block.
 */
static void judge_seams(const struct job *job, int k, const struct chunk *c,
                        const struct judge_sample *sample, const union values *results,
                        struct judge_tally *tally)
{
    enum { N_BLOCKS = CHUNK / BLOCK };
    uint32_t inputs[2 * N_BLOCKS];
    union values before = {{0}}, y, pairs;
    size_t n = 0;
    for (size_t i = 0; i < sample->count; i += BLOCK, n++)
        put(job->type, &before, n, c->inputs[i] - (c->inputs[i] > 0));
    apply(job, k, c, &before, &y, n);
    for (size_t i = 0; i < n; i++) {
        const uint32_t first = c->inputs[i * BLOCK];
        inputs[2 * i] = first - (first > 0);
        inputs[2 * i + 1] = first;
        put(job->type, &pairs, 2 * i, judge_bits(job->type, &y, i));
        put(job->type, &pairs, 2 * i + 1, judge_bits(job->type, results, i * BLOCK));
    }
    const struct judge_sample seams = {
        .reference = job->reference, .type = job->type, .count = 2 * n, .inputs = inputs};
    judge_order(&seams, &pairs, tally);
}

static void judge(const struct job *job, int k, struct chunk *c, const struct judge_sample *sample,
                  const union values *results, double at_least, struct judge_tally *tally)
{
    judge_results(sample, results, at_least, tally);
    if (job->reference->increasing)
        judge_seams(job, k, c, sample, results, tally);
    if (job->reference->symmetry == REFERENCE_NEITHER ||
        !signbit(judge_number(job->type, c->inputs[0])))
        return;
    const uint32_t sign = job->type == HINGE_FLOAT ? UINT32_C(1) << 31 : 1U << 15;
    for (size_t i = 0; i < sample->count; i++)
        put(job->type, &c->opposite, i, c->inputs[i] ^ sign);
    apply(job, k, c, &c->opposite, &c->mirrored, sample->count);
    judge_symmetry(sample, results, &c->mirrored, tally);
}

/* Results with the first ISA's bits need no second judgement. */
static void work_on(const struct job *job, uint64_t number, struct chunk *c,
                    struct judge_tally *tallies)
{
    const hinge_type type = job->type;
    const size_t count = fill(job, number, c->inputs);
    const struct judge_sample sample = {job->reference, type,       count,
                                        c->inputs,      c->seconds, c->exact};
    for (size_t i = 0; i < count; i++) {
        put(type, &c->x, i, c->inputs[i]);
        if (job->reference->inputs == REFERENCE_PAIRS) {
            put(type, &c->second, i, second(type, c->inputs[i]));
            c->seconds[i] = judge_number(type, second(type, c->inputs[i]));
        }
        if (!job->bits)
            c->exact[i] =
                reference_value(job->reference, judge_number(type, c->inputs[i]), c->seconds[i]);
    }
    struct judge_tally first = {0};
    for (int k = 0; k < job->n_isas; k++) {
        union values *y = &c->results[k > 0];
        apply(job, k, c, &c->x, y, count);
        const uint64_t n_different =
            k > 0 ? judge_differences(&sample, &c->results[0], &c->results[1]) : 0;
        struct judge_tally own = k > 0 ? first : (struct judge_tally){0};
        if (job->bits) {
            own = (struct judge_tally){.n_inputs = count, .n_different = n_different};
        } else if (k == 0 || n_different > 0) {
            own = (struct judge_tally){.n_different = n_different};
            judge(job, k, c, &sample, y, tallies[k].worst, &own);
        }
        if (k == 0)
            first = own;
        judge_merge(&tallies[k], &own);
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
    fprintf(stderr, "\r%-32s [%s] %3d%%", job->reference->name, bar,
            (int)(chunk * 100 / job->n_chunks));
}

static void *worker(void *argument)
{
    struct job *job = argument;
    struct judge_tally tallies[MAX_ISAS] = {0};
    struct chunk *chunk = calloc(1, sizeof *chunk);
    for (;;) {
        const uint64_t number = chunk ? atomic_fetch_add(&job->next, 1) : job->n_chunks;
        if (number >= job->n_chunks)
            break;
        progress(job, number);
        work_on(job, number, chunk, tallies);
    }
    free(chunk);
    pthread_mutex_lock(&job->lock);
    for (int k = 0; k < job->n_isas; k++)
        judge_merge(&job->tallies[k], &tallies[k]);
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
        fprintf(stderr, "\r%80s\r", "");
}

/* The values at -Inf, -0, 0, Inf and NaN. */
static void report_specials(const struct job *job, int k)
{
    static const uint32_t specials[][5] = {
        {0xff800000, 0x80000000, 0, 0x7f800000, 0x7fc00000},
        {0xfc00, 0x8000, 0, 0x7c00, 0x7e00},
        {0xff80, 0x8000, 0, 0x7f80, 0x7fc0},
    };
    const hinge_type type = job->type;
    const uint32_t *bits = specials[type == HINGE_FLOAT ? 0 : type == HINGE_FLOAT16 ? 1 : 2];
    const uint32_t one = type == HINGE_FLOAT ? 0x3f800000 : type == HINGE_FLOAT16 ? 0x3c00 : 0x3f80;
    for (int i = 0; i < 5; i++) {
        union values x, seconds, y;
        put(type, &x, 0, bits[i]);
        put(type, &seconds, 0, one);
        operator_apply(job->isas[k].op, job->reference, type, &x, &seconds, &y, 1);
        const double value = judge_number(type, judge_bits(type, &y, 0));
        printf("%c%.9g", i ? ' ' : '\t', isnan(value) ? (double)NAN : value);
    }
}

/* One row of the table; whether it keeps what is promised. */
static bool report(const struct job *job, int k)
{
    const hinge_type type = job->type;
    const struct judge_tally *t = &job->tallies[k];
    char monotone[32] = "-";
    if (job->reference->increasing && t->n_disordered == 0)
        strcpy(monotone, "yes");
    else if (job->reference->increasing)
        snprintf(monotone, sizeof monotone, "not at %.9g", judge_number(type, t->disordered_at));
    printf("%s\t%s\t%s\t%llu\t", job->reference->name, job->isas[k].name,
           type == HINGE_FLOAT     ? "float"
           : type == HINGE_FLOAT16 ? "float16"
                                   : "bfloat16",
           (unsigned long long)t->n_inputs);
    if (job->bits)
        printf("-\t-\t-\t-\t-");
    else
        printf("%.4f\t%.9g\t%llu\t%s\t%llu", t->worst, judge_number(type, t->worst_at),
               (unsigned long long)t->n_misrounded, monotone, (unsigned long long)t->n_outside);
    printf("\t%llu", (unsigned long long)t->n_different);
    report_specials(job, k);
    printf("\n");
    fflush(stdout);
    const bool exact =
        type == HINGE_FLOAT ? t->worst <= job->reference->bound : t->n_misrounded == 0;
    return exact && t->n_disordered == 0 && t->n_outside == 0 && t->n_different == 0 &&
           t->n_inputs > 0;
}

struct options {
    const char *functions[MAX_NAMES], *isas[MAX_ISAS], *plugins;
    hinge_type types[3];
    int n_functions, n_isas, n_types;
    uint32_t stride;
    unsigned n_threads;
    bool bits, check;
};

static int parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"function", required_argument, NULL, 'f'}, {"isa", required_argument, NULL, 'i'},
        {"type", required_argument, NULL, 't'},     {"stride", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 'n'},  {"plugins", required_argument, NULL, 'p'},
        {"bits", no_argument, NULL, 'b'},           {"check", no_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
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
        } else if (c == 'b') {
            o->bits = true;
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

/* The name that an --isa goes by: of a file, the part before the last dot. */
static void isa_name(const char *isa, char *name, size_t size)
{
    const char *slash = strrchr(isa, '/');
    const char *base = slash ? slash + 1 : isa;
    const char *dot = slash ? strrchr(base, '.') : NULL;
    snprintf(name, size, "%.*s", (int)(dot ? (size_t)(dot - base) : strlen(base)), base);
}

/* Other names than the built-in plugins' are taken for emulations, which need AVX2. */
static bool runs_here(const char *name)
{
    const char *isas[OPERATOR_MAX_ISAS];
    const bool emulated = strcmp(name, "scalar") && strcmp(name, "avx512");
    operator_isas(isas);
    for (int i = 0; isas[i]; i++)
        if (strcmp(isas[i], emulated ? "avx2" : name) == 0)
            return true;
    return false;
}

/* Leaves out what this CPU cannot run. */
static void choose_isas(struct options *o)
{
    static const char *const all[] = {"scalar", "avx2", "avx512"};
    const bool given = o->n_isas > 0;
    const int n_given = given ? o->n_isas : (int)(sizeof all / sizeof *all);
    o->n_isas = 0;
    for (int i = 0; i < n_given; i++) {
        const char *isa = given ? o->isas[i] : all[i];
        char name[64];
        isa_name(isa, name, sizeof name);
        if (runs_here(name))
            o->isas[o->n_isas++] = isa;
        else if (given)
            fprintf(stderr, "exactness: this CPU cannot run %s\n", name);
    }
}

static bool find_isa(const struct options *o, int k, const char *op, struct isa *found)
{
    char path[4096];
    isa_name(o->isas[k], found->name, sizeof found->name);
    if (strchr(o->isas[k], '/'))
        snprintf(path, sizeof path, "%s", o->isas[k]);
    else
        snprintf(path, sizeof path, "%s/onnx-%s.so", o->plugins, o->isas[k]);
    found->op = operator_find(path, op);
    return found->op != NULL;
}

static bool is_in(const struct reference *list, const char *name)
{
    while (list->name && strcmp(list->name, name) != 0)
        list++;
    return list->name != NULL;
}

static bool functions_exist(const struct options *o)
{
    for (int i = 0; i < o->n_functions; i++) {
        if (!is_in(references, o->functions[i]) && !is_in(reference_derivatives, o->functions[i])) {
            fprintf(stderr, "exactness: there is no function %s\n", o->functions[i]);
            return false;
        }
    }
    return true;
}

/* 0: promises kept, 1: not, 2: a plugin or operator is missing. */
static int measure(const struct options *o, const struct reference *reference, hinge_type type)
{
    struct job job = {.reference = reference,
                      .type = type,
                      .stride = type == HINGE_FLOAT ? o->stride : 1,
                      .n_isas = o->n_isas,
                      .bits = o->bits};
    for (int k = 0; k < o->n_isas; k++)
        if (!find_isa(o, k, reference->op, &job.isas[k]))
            return 2;
    pthread_mutex_init(&job.lock, NULL);
    run_workers(&job, o->n_threads);
    pthread_mutex_destroy(&job.lock);
    bool kept = true;
    for (int k = 0; k < job.n_isas; k++)
        kept = report(&job, k) && kept;
    return kept ? 0 : 1;
}

/* The status of the program: 1 where a promise was to be checked and is not kept. */
static int measure_all(const struct options *o, const struct reference *list)
{
    int status = 0;
    for (const struct reference *r = list; r->name; r++) {
        for (int t = 0; wanted(o, r->name) && t < o->n_types; t++) {
            if (r->derivative && o->types[t] != HINGE_FLOAT)
                continue;
            const int result = measure(o, r, o->types[t]);
            if (result == 2)
                return 1;
            if (result && o->check)
                status = 1;
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {.stride = 1, .n_threads = 1, .plugins = EXACTNESS_PLUGINS};
    const int wrong = parse(&o, argc, argv);
    if (wrong)
        return wrong < 0 ? 0 : wrong;
    if (!functions_exist(&o))
        return 2;
    choose_isas(&o);
    if (o.n_types == 0)
        o.types[o.n_types++] = HINGE_FLOAT;

    printf("function\tisa\ttype\tinputs\tulp\tat\tmisrounded\tmonotone\toutside\tdifferent\t"
           "special\n");
    const int functions = measure_all(&o, references);
    const int derivatives = measure_all(&o, reference_derivatives);
    return functions || derivatives;
}
