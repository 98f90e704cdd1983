/* activation_speed: nanoseconds an element of each activation, beside copies of the same size and
 * ONNX Runtime, measured in turns so that all meet the same noise. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/base/threads.h"
#include "tools/exactness/operator.h"
#include "tools/exactness/ort.h"
#include "tools/exactness/reference.h"

static const char usage[] =
    "usage: activation_speed [--function NAME]... [--isa NAME]... [--count N]...\n"
    "                        [--type float|float16|bfloat16]... [--threads 1|2] [--rounds N]\n"
    "                        [--limit SECONDS] [--plugins DIR] [--ort LIBONNXRUNTIME.SO]\n"
    "Prints tab-separated values: function, type, elements, then ns an element, each as the\n"
    "least and the median of the rounds (5): a memcpy; a pass that reads and writes each element;\n"
    "each isa out of place and in place; ONNX Runtime (float, out of place, a session run each\n"
    "time). By default every function, isa and type, for 4096, 1 Mi and 16 Mi elements. What\n"
    "would take longer than the limit (0.06 s) for one pass, judged by the size before, is left\n"
    "out: \"-\". With --threads 2 each isa is also measured on two threads, followed by how many\n"
    "times as fast that is.\n";

#define MAX_NAMES 64
#define MAX_SIZES 16
#define MAX_CONTENDERS (3 + 4 * OPERATOR_MAX_ISAS)
#define SMALL_WORK (1 << 18) /* elements that a round passes over at least */

struct options {
    const char *functions[MAX_NAMES], *isas[OPERATOR_MAX_ISAS], *plugins, *ort;
    hinge_type types[3];
    int64_t counts[MAX_SIZES];
    int n_functions, n_isas, n_types, n_counts, rounds, n_threads;
    double limit;
};

struct buffers {
    char *source, *x, *y; /* source is what x is filled from */
    hinge_type type;
    bool positive, dirty; /* x is no longer source */
};

/* What is measured in turn with the others. */
struct contender {
    enum { COPY, TOUCH, OPERATOR, ORT } kind;
    bool in_place, skipped;
    unsigned n_threads;
    const struct hinge_op *op;
    struct operator_call call;
    struct ort_node *ort;
    double *rounds; /* ns an element */
    double least;   /* at the size before; then at this one */
};

struct row {
    const struct reference *reference;
    int64_t count;
    struct contender contenders[MAX_CONTENDERS];
    int n;
};

static hinge_threads *pool;
static double timer_cost; /* of a pair of looks at the clock */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static size_t element_size(hinge_type type)
{
    return type == HINGE_FLOAT ? 4 : 2;
}

static const char *type_name(hinge_type type)
{
    return type == HINGE_FLOAT ? "float" : type == HINGE_FLOAT16 ? "float16" : "bfloat16";
}

/* The runtime's own pool. */
static void parallel(const struct hinge_node *node, int64_t count, int64_t grain, hinge_task *task,
                     void *argument)
{
    if (node->n_threads > 1)
        threads_run(pool, count, grain, task, argument, NULL);
    else
        task(argument, 0, count, 0);
}

/* x ^= 0, with a zero that the compiler does not know. */
typedef uint64_t touch_words __attribute__((vector_size(32), may_alias));

static inline __attribute__((always_inline)) void touch_all(touch_words *x, size_t n)
{
    touch_words zero = {0};
    __asm__ volatile("" : "+m"(zero));
    for (size_t i = 0; i < n; i++)
        x[i] ^= zero;
    __asm__ volatile("" ::: "memory");
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void touch_avx2(touch_words *x, size_t n)
{
    touch_all(x, n);
}
#endif

static void touch(void *x, size_t size)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        touch_avx2(x, size / sizeof(touch_words));
        return;
    }
#endif
    touch_all(x, size / sizeof(touch_words));
}

static void pass(const struct contender *c, const struct buffers *b, size_t size)
{
    switch (c->kind) {
    case COPY:
        memcpy(b->y, b->x, size);
        __asm__ volatile("" ::: "memory");
        break;
    case TOUCH: touch(b->x, size); break;
    case OPERATOR: c->call.run(&c->call.node); break;
    case ORT: ort_node_run(c->ort); break;
    }
}

/* ns an element of one round. In place, each pass gets fresh values, outside the timing: those that
 * an activation leaves are not what the next one sees in a network. */
static double measure(const struct row *row, struct contender *c, struct buffers *b)
{
    const size_t size = (size_t)row->count * element_size(b->type);
    const int repeats = row->count >= SMALL_WORK ? 1 : (int)(SMALL_WORK / row->count);
    if (c->kind == OPERATOR &&
        !operator_prepare(&c->call, parallel, c->n_threads, c->op, row->reference, b->type, b->x,
                          NULL, c->in_place ? b->x : b->y, row->count))
        return NAN;
    if (b->dirty)
        memcpy(b->x, b->source, size);
    pass(c, b, size); /* wakes the threads up and fills the caches, as a network's run does */
    b->dirty = c->in_place;
    double total = 0;
    for (int r = 0; r < repeats; r++) {
        if (b->dirty)
            memcpy(b->x, b->source, size);
        const double begin = now();
        pass(c, b, size);
        total += now() - begin - timer_cost;
        b->dirty = c->in_place;
    }
    return total / (double)(row->count * repeats);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ONNX Runtime's threads go on spinning for a while. */
static void let_settle(const struct options *o)
{
    if (o->ort && o->n_threads > 1)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static void measure_row(const struct options *o, struct row *row, struct buffers *b)
{
    b->dirty = true;
    for (int i = 0; i < row->n; i++)
        row->contenders[i].skipped = row->contenders[i].least * (double)row->count > o->limit * 1e9;
    for (int round = 0; round < o->rounds; round++) {
        for (int i = 0; i < row->n; i++)
            if (!row->contenders[i].skipped)
                row->contenders[i].rounds[round] = measure(row, &row->contenders[i], b);
        let_settle(o);
    }
    for (int i = 0; i < row->n; i++) {
        struct contender *c = &row->contenders[i];
        if (c->skipped)
            continue;
        qsort(c->rounds, (size_t)o->rounds, sizeof *c->rounds, compare_doubles);
        c->least = c->rounds[0];
    }
}

static void print_row(const struct options *o, const struct row *row, hinge_type type)
{
    printf("%s\t%s\t%lld", row->reference->name, type_name(type), (long long)row->count);
    for (int i = 0; i < row->n; i++) {
        const struct contender *c = &row->contenders[i];
        if (c->skipped)
            printf("\t-\t-");
        else
            printf("\t%.4f\t%.4f", c->rounds[0], c->rounds[o->rounds / 2]);
        if (c->n_threads > 1 && c->skipped)
            printf("\t-");
        else if (c->n_threads > 1 && c->kind == OPERATOR)
            printf("\t%.2f", c[-1].rounds[0] / c->rounds[0]);
    }
    printf("\n");
    fflush(stdout);
}

static void print_header(const struct options *o)
{
    printf("function\ttype\telements\tcopy\tcopy median\ttouch\ttouch median");
    for (int k = 0; k < o->n_isas; k++)
        for (int place = 0; place < 2; place++)
            for (int threads = 1; threads <= o->n_threads; threads++) {
                char name[64];
                snprintf(name, sizeof name, "%.16s%s%s", o->isas[k], place ? " in place" : "",
                         threads > 1 ? ", 2 threads" : "");
                printf("\t%s\t%s median%s", name, name, threads > 1 ? "\tratio" : "");
            }
    printf("%s\n", o->ort ? "\tONNX Runtime\tONNX Runtime median" : "");
}

/* One for each column pair, in the order of the header. */
static bool set_up(struct row *row, const struct options *o)
{
    row->n = 0;
    row->contenders[row->n++] = (struct contender){.kind = COPY};
    row->contenders[row->n++] = (struct contender){.kind = TOUCH};
    for (int k = 0; k < o->n_isas; k++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/onnx-%s.so", o->plugins, o->isas[k]);
        const struct hinge_op *op = operator_find(path, row->reference->op);
        if (!op)
            return false;
        for (int place = 0; place < 2; place++)
            for (int threads = 1; threads <= o->n_threads; threads++)
                row->contenders[row->n++] = (struct contender){.kind = OPERATOR,
                                                               .op = op,
                                                               .in_place = place == 1,
                                                               .n_threads = (unsigned)threads};
    }
    if (o->ort)
        row->contenders[row->n++] = (struct contender){.kind = ORT};
    for (int i = 0; i < row->n; i++) {
        row->contenders[i].rounds = calloc((size_t)o->rounds, sizeof(double));
        if (!row->contenders[i].rounds)
            return false;
    }
    return true;
}

/* All sizes of one function and type. */
static bool run(const struct options *o, const struct reference *reference, struct buffers *b)
{
    struct row row = {.reference = reference};
    bool good = set_up(&row, o);
    struct contender *last = row.n > 0 ? &row.contenders[row.n - 1] : NULL;
    for (int s = 0; good && s < o->n_counts; s++) {
        row.count = o->counts[s];
        if (last->kind == ORT && b->type == HINGE_FLOAT)
            last->ort =
                ort_node_new(reference, (float *)b->x, (float *)b->y, row.count, o->n_threads);
        if (last->kind == ORT && !last->ort)
            last->least = HUGE_VAL; /* has no such operator */
        measure_row(o, &row, b);
        print_row(o, &row, b->type);
        ort_node_free(last->ort);
        last->ort = NULL;
    }
    for (int i = 0; i < row.n; i++)
        free(row.contenders[i].rounds);
    return good;
}

static bool allocate(const struct options *o, struct buffers *b)
{
    int64_t most = 0;
    for (int s = 0; s < o->n_counts; s++)
        most = o->counts[s] > most ? o->counts[s] : most;
    const size_t size = ((size_t)most * sizeof(float) + 63) / 64 * 64;
    b->source = aligned_alloc(64, size);
    b->x = aligned_alloc(64, size);
    b->y = aligned_alloc(64, size);
    if (b->source && b->x && b->y) {
        memset(b->x, 0, size);
        memset(b->y, 0, size);
        return true;
    }
    fprintf(stderr, "activation_speed: out of memory\n");
    return false;
}

/* The same numbers for every type: steps of 1/64 in -8 .. 8, in no order, or their magnitudes
 * where negative numbers have no value. No result of an activation is subnormal then. */
static void fill(const struct options *o, struct buffers *b, hinge_type type, bool positive)
{
    if (b->type == type && b->positive == positive)
        return;
    b->type = type;
    b->positive = positive;
    int64_t most = 0;
    for (int s = 0; s < o->n_counts; s++)
        most = o->counts[s] > most ? o->counts[s] : most;
    uint32_t state = 1;
    for (int64_t i = 0; i < most; i++) {
        state = state * 1664525 + 1013904223;
        float value = (float)(int32_t)(state >> 22) / 64 - 8;
        if (positive)
            value = (value < 0 ? -value : value) + 1.0F / 64;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        const uint32_t magnitude = bits & 0x7fffffff;
        uint16_t half = (uint16_t)(bits >> 16);
        if (type == HINGE_FLOAT16)
            half = (uint16_t)((bits >> 16 & 0x8000) |
                              (magnitude ? (magnitude - (112U << 23)) >> 13 : 0));
        if (type == HINGE_FLOAT)
            memcpy(b->source + i * 4, &value, 4);
        else
            memcpy(b->source + i * 2, &half, 2);
    }
}

static bool add_type(struct options *o, const char *name)
{
    static const hinge_type types[] = {HINGE_FLOAT, HINGE_FLOAT16, HINGE_BFLOAT16};
    for (int t = 0; t < 3 && o->n_types < 3; t++)
        if (strcmp(type_name(types[t]), name) == 0) {
            o->types[o->n_types++] = types[t];
            return true;
        }
    return false;
}

/* false where an option is wrong. */
static bool take(struct options *o, int option, const char *text)
{
    switch (option) {
    case 'f':
        if (o->n_functions == MAX_NAMES)
            return false;
        o->functions[o->n_functions++] = text;
        return true;
    case 'i':
        if (o->n_isas == OPERATOR_MAX_ISAS)
            return false;
        o->isas[o->n_isas++] = text;
        return true;
    case 't': return add_type(o, text);
    case 'c':
        if (o->n_counts == MAX_SIZES)
            return false;
        o->counts[o->n_counts++] = strtoll(text, NULL, 10);
        return o->counts[o->n_counts - 1] > 0 && o->counts[o->n_counts - 1] <= INT64_C(1) << 32;
    case 'r': o->rounds = atoi(text); return o->rounds > 0 && o->rounds <= 100000;
    case 'n': o->n_threads = atoi(text); return o->n_threads == 1 || o->n_threads == 2;
    case 'l': o->limit = atof(text); return o->limit > 0;
    case 'p': o->plugins = text; return true;
    case 'o': o->ort = text; return true;
    default: return false;
    }
}

static int parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {{"function", required_argument, NULL, 'f'},
                                          {"isa", required_argument, NULL, 'i'},
                                          {"type", required_argument, NULL, 't'},
                                          {"count", required_argument, NULL, 'c'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"threads", required_argument, NULL, 'n'},
                                          {"limit", required_argument, NULL, 'l'},
                                          {"plugins", required_argument, NULL, 'p'},
                                          {"ort", required_argument, NULL, 'o'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'h') {
            fputs(usage, stdout);
            return -1;
        }
        if (!take(o, c, optarg)) {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        return 2;
    }
    return 0;
}

static void add_defaults(struct options *o)
{
    static const int64_t counts[] = {1 << 12, 1 << 20, 1 << 24};
    if (o->n_isas == 0) {
        operator_isas(o->isas);
        while (o->isas[o->n_isas])
            o->n_isas++;
    }
    if (o->n_types == 0) {
        add_type(o, "float");
        add_type(o, "float16");
        add_type(o, "bfloat16");
    }
    if (o->n_counts == 0)
        for (; o->n_counts < 3; o->n_counts++)
            o->counts[o->n_counts] = counts[o->n_counts];
}

static bool is_wanted(const struct options *o, const char *name)
{
    for (int i = 0; i < o->n_functions; i++)
        if (strcmp(o->functions[i], name) == 0)
            return true;
    return o->n_functions == 0;
}

static double cost_of_timer(void)
{
    double least = 1e9;
    for (int i = 0; i < 1000; i++) {
        const double begin = now(), cost = now() - begin;
        least = cost < least ? cost : least;
    }
    return least;
}

int main(int argc, char **argv)
{
    struct options o = {.plugins = EXACTNESS_PLUGINS, .rounds = 5, .n_threads = 1, .limit = 0.06};
    const int wrong = parse(&o, argc, argv);
    if (wrong)
        return wrong < 0 ? 0 : wrong;
    add_defaults(&o);
    struct buffers buffers = {.type = HINGE_NO_TYPE};
    const hinge_allocator allocator = memory_allocator(NULL);
    hinge_error error;
    bool good = (!o.ort || ort_open(o.ort)) && allocate(&o, &buffers);
    if (good && o.n_threads > 1 && threads_create(&allocator, 2, &pool, &error)) {
        fprintf(stderr, "activation_speed: %s\n", error.message);
        good = false;
    }
    timer_cost = cost_of_timer();
    if (good)
        print_header(&o);
    for (int t = 0; t < o.n_types; t++)
        for (const struct reference *r = references; good && r->name; r++)
            if (reference_is_plain(r) && is_wanted(&o, r->name)) {
                fill(&o, &buffers, o.types[t], strcmp(r->op, "Log") == 0);
                good = run(&o, r, &buffers);
            }
    threads_release(pool);
    free(buffers.source);
    free(buffers.x);
    free(buffers.y);
    return good ? 0 : 1;
}
