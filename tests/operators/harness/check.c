/* Runs a case in every way there is: opsets, types, sizes, memory layouts, threads, in place. */
#include "tests/operators/harness/harness_internal.h"

#include <CUnit/CUnit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FAILURES 20
#define MAX_COUNT 400000 /* elements of an input: references are slow */

static struct check_target target;
static char label[512];

void check_begin(const char *isa, const struct hinge_plugin *plugin, const struct hinge_op *table,
                 bool bench)
{
    target = (struct check_target){.isa = isa, .plugin = plugin, .table = table, .bench = bench};
}

const char *check_label(void)
{
    return label;
}

__attribute__((format(printf, 3, 4))) static void fail(const char *file, int line,
                                                       const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    target.n_failures++;
    CU_assertImplementation(CU_FALSE, (unsigned)line, text, file, "", CU_FALSE);
}

static const struct hinge_op *find_op(const struct harness_case *c, uint32_t opset)
{
    const struct hinge_op *best = NULL;
    const char *domain = c->domain ? c->domain : "";
    for (const struct hinge_op *const *list = target.plugin->ops; *list; list++)
        for (const struct hinge_op *op = *list; op->name; op++)
            if (!strcmp(op->name, c->op) && !strcmp(op->domain ? op->domain : "", domain) &&
                op->since <= opset && (!op->until || op->until >= opset) &&
                (!best || op->since > best->since))
                best = op;
    return best;
}

/* The newest opset of the operator's domain that the plugin has it for: a plugin can hold operators
 * of more than one domain. */
static uint32_t newest_opset(const struct harness_case *c)
{
    uint32_t newest = 0;
    const char *domain = c->domain ? c->domain : "";
    for (const struct hinge_op *const *list = target.plugin->ops; *list; list++)
        for (const struct hinge_op *op = *list; op->name; op++) {
            const uint32_t until = op->until ? op->until : target.plugin->opset;
            if (!strcmp(op->name, c->op) && !strcmp(op->domain ? op->domain : "", domain) &&
                until > newest)
                newest = until;
        }
    return newest ? newest : target.plugin->opset;
}

/* What HINGE_PAIR put together. */
static hinge_type first_of(const struct hinge_kernel *kernel)
{
    return (hinge_type)((unsigned)kernel->type & 0xff);
}

static hinge_type second_of(const struct hinge_kernel *kernel)
{
    return (hinge_type)((unsigned)kernel->type >> 8);
}

/* The kernel for the call's types; any where these are to be refused. */
static const struct hinge_kernel *find_kernel(const struct harness_call *call,
                                              const struct hinge_op *op)
{
    struct signature s;
    char why[128];
    hinge_type_code inputs[HARNESS_MAX_INPUTS] = {0}, bound[SIGNATURE_MAX_VARIABLES];
    for (unsigned i = 0; i < call->n_inputs; i++)
        inputs[i] = call->inputs[i] ? (hinge_type_code)call->inputs[i]->type : 0;
    if (!signature_read(&s, op->signature, why, sizeof why))
        return NULL;
    if (!signature_allows(&s, inputs, signature_n_inputs(&s, op, call), call->n_outputs, bound, why,
                          sizeof why))
        return call->c->fails ? op->kernels : NULL;
    for (unsigned k = 0; k < call->n_outputs && !call->c->fails; k++)
        if (!signature_bind_output(&s, k, call->types[k], bound))
            return NULL;
    for (const struct hinge_kernel *kernel = op->kernels; kernel->run; kernel++)
        if ((!first_of(kernel) || first_of(kernel) == (hinge_type)(bound[0] & 0xff)) &&
            (!second_of(kernel) || second_of(kernel) == (hinge_type)(bound[1] & 0xff)))
            return kernel;
    return NULL;
}

static bool is_packed(hinge_type type)
{
    const unsigned bits = type < HINGE_N_TYPES ? hinge_type_bits(type) : 0;
    return bits > 0 && bits < 8;
}

static void mark_ran(const struct hinge_op *op, const struct hinge_kernel *kernel, bool packed)
{
    for (int i = 0; i < CHECK_MAX_ENTRIES && target.table[i].name; i++)
        if (&target.table[i] == op) {
            target.ran[i] |= UINT64_C(1) << (kernel - op->kernels);
            target.ran_packed[i] |= packed;
        }
}

static bool kernel_ran(const struct hinge_kernel *kernel)
{
    for (int i = 0; i < CHECK_MAX_ENTRIES && target.table[i].name; i++) {
        const struct hinge_kernel *own = target.table[i].kernels;
        for (int k = 0; k < CHECK_MAX_KERNELS && own[k].run; k++)
            if (target.ran[i] >> k & 1 && own[k].run == kernel->run && own[k].type == kernel->type)
                return true;
    }
    return false;
}

/* Whether the entry's kernels are those of the types that its signature claims. */
static void check_signature(const char *file, const struct hinge_op *op)
{
    struct signature s;
    char why[128];
    bool by_second = false;
    if (!signature_read(&s, op->signature, why, sizeof why)) {
        fail(file, 0, "%s-%u's signature: %s", op->name, op->since, why);
        return;
    }
    for (int k = 0; op->kernels[k].run; k++) {
        const struct hinge_kernel *kernel = &op->kernels[k];
        by_second |= second_of(kernel) != HINGE_NO_TYPE;
        if (k >= CHECK_MAX_KERNELS ||
            (first_of(kernel) && !signature_lists(&s, 0, first_of(kernel))) ||
            (second_of(kernel) && !signature_lists(&s, 1, second_of(kernel))))
            fail(file, 0, "%s-%u has a kernel for %s that its signature does not claim", op->name,
                 op->since, tensor_type_name(first_of(kernel)));
    }
    for (int first = 1; first <= HINGE_SPARSE; first++)
        for (int second = 0; second <= HINGE_SPARSE; second++) {
            bool found = (s.n_variables && !signature_lists(&s, 0, (hinge_type)first)) ||
                         (by_second ? !signature_lists(&s, 1, (hinge_type)second) : second > 0);
            for (int k = 0; op->kernels[k].run && !found; k++)
                found = (!first_of(&op->kernels[k]) ||
                         first_of(&op->kernels[k]) == (hinge_type)first) &&
                        (!second_of(&op->kernels[k]) ||
                         second_of(&op->kernels[k]) == (hinge_type)second);
            if (!found)
                fail(file, 0, "%s-%u claims %s (second type %d), but has no kernel for it",
                     op->name, op->since, tensor_type_name((hinge_type)first), second);
        }
}

/* A kernel of any type that claims elements of less than a byte has run with some. */
static void check_packed(const char *file, const struct hinge_op *op)
{
    struct signature s;
    char why[128];
    bool ran = op->kernels[0].type != HINGE_NO_TYPE;
    for (int i = 0; i < CHECK_MAX_ENTRIES && target.table[i].name && !ran; i++)
        ran = target.ran_packed[i] && target.table[i].kernels[0].run == op->kernels[0].run;
    if (ran || !signature_read(&s, op->signature, why, sizeof why))
        return;
    for (int type = 1; type < HINGE_N_TYPES; type++)
        if (is_packed((hinge_type)type) && signature_lists(&s, 0, (hinge_type)type)) {
            fail(file, 0, "%s-%u claims %s, but no case ran with elements that share a byte",
                 op->name, op->since, tensor_type_name((hinge_type)type));
            return;
        }
}

void check_end(const char *file)
{
    if (target.bench || target.n_failures)
        return;
    for (int i = 0; i < CHECK_MAX_ENTRIES && target.table[i].name; i++) {
        const struct hinge_op *op = &target.table[i];
        check_signature(file, op);
        check_packed(file, op);
        if (!target.ran[i])
            fail(file, 0, "no case ran %s-%u in the %s build", op->name, op->since, target.isa);
        for (int k = 0; k < CHECK_MAX_KERNELS && op->kernels[k].run; k++)
            if (!kernel_ran(&op->kernels[k]))
                fail(file, 0, "no case ran %s-%u's kernel for %s in the %s build", op->name,
                     op->since, tensor_type_name(first_of(&op->kernels[k])), target.isa);
    }
}

/* Inputs and expected outputs of a case whose types and dimensions are put in. */
struct prepared {
    struct harness_call call;
    hinge_tensor inputs[HARNESS_MAX_INPUTS], outputs[HARNESS_MAX_OUTPUTS];
};

static void prepare(struct prepared *p, const struct harness_case *c, uint32_t opset, bool specials)
{
    memset(p, 0, sizeof *p);
    p->call.c = c;
    p->call.opset = opset;
    p->call.n_outputs = c->n_outputs ? c->n_outputs : 1;
    for (unsigned i = 0; i < HARNESS_MAX_INPUTS; i++) {
        const struct harness_tensor *spec = &c->inputs[i];
        if (spec->type == HINGE_NO_TYPE)
            continue;
        tensor_open(&p->inputs[i], spec->type, spec->rank, spec->dims);
        p->call.inputs[i] = &p->inputs[i];
        p->call.n_inputs = i + 1;
    }
    /* Constants first: they do not depend on the others' sizes. */
    for (unsigned n = 0; n < 2 * p->call.n_inputs; n++) {
        const unsigned i = n % p->call.n_inputs;
        const struct harness_tensor *spec = &c->inputs[i];
        if (p->call.inputs[i] && spec->constant == (n < p->call.n_inputs))
            tensor_fill(&p->inputs[i], spec, specials && tensor_has_specials(spec));
    }
    for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++)
        p->call.outputs[k] = &p->outputs[k];
    if (c->fails != HINGE_OK)
        return;
    if (c->reference)
        recall_outputs(&p->call);
    for (unsigned k = 0; !c->reference && k < p->call.n_outputs; k++) {
        const struct harness_tensor *spec = &c->expect[k];
        tensor_fill(harness_output(&p->call, k, spec->type, spec->rank, spec->dims), spec, false);
    }
}

static void discard(struct prepared *p)
{
    for (unsigned i = 0; i < HARNESS_MAX_INPUTS; i++)
        free(p->inputs[i].data);
    for (unsigned k = 0; k < HARNESS_MAX_OUTPUTS; k++)
        free(p->outputs[k].data);
}

/* One place in a test file, one set of types and dimensions. */
struct site {
    const char *file;
    int line;
    const struct harness_case *original;
};

static void set_label(const struct site *site, const struct harness_call *call,
                      const struct variant *variant)
{
    int used = snprintf(label, sizeof label, "%s: %s-%u (%s:%d, %s)", target.isa, call->c->op,
                        call->opset, site->file, site->line, variant->name);
    for (unsigned i = 0; i < call->n_inputs && (size_t)used < sizeof label; i++) {
        const hinge_tensor *x = call->inputs[i];
        used += snprintf(label + used, sizeof label - (size_t)used, " %s",
                         x ? tensor_type_name(x->type) : "-");
        for (int32_t d = 0; x && d < x->rank && (size_t)used < sizeof label; d++)
            used += snprintf(label + used, sizeof label - (size_t)used, "%s%lld", d ? "x" : " ",
                             (long long)x->dims[d]);
    }
}

static bool run_right(const struct site *site, struct prepared *p, const struct hinge_op *op,
                      const struct hinge_kernel *kernel, const struct variant *variant,
                      int *n_parallel)
{
    struct node node;
    set_label(site, &p->call, variant);
    hinge_status status = node_open(&node, site->original, &p->call, op, kernel, variant);
    bool right = status == HINGE_OK && node_verify_claims(&node) &&
                 node_run(&node, variant) == HINGE_OK && node_verify(&node);
    /* The state serves every run, with the scratch memory as the last one left it. */
    if (right && variant->in_place < 0)
        right = node_run(&node, variant) == HINGE_OK && node_verify(&node);
    if (!right)
        fail(site->file, site->line, "%s: %s", label, node.why);
    if (n_parallel)
        *n_parallel = node.host.n_parallel;
    node_close(&node);
    return right;
}

static bool run_wrong(const struct site *site, struct prepared *p, const struct hinge_op *op,
                      const struct hinge_kernel *kernel, const struct variant *variant)
{
    struct node node;
    const struct harness_case *c = p->call.c;
    set_label(site, &p->call, variant);
    hinge_status status = node_open(&node, site->original, &p->call, op, kernel, variant);
    if (status == HINGE_OK)
        status = node_run(&node, variant);
    bool right = status == c->fails && (node.host.said || status == HINGE_NO_MEMORY) &&
                 (!c->says || strstr(node.host.sentence, c->says));
    if (node.host.misuse[0]) {
        right = false;
        fail(site->file, site->line, "%s: %s", label, node.host.misuse);
    } else if (!right) {
        fail(site->file, site->line, "%s: ended with status %d (%s), not %d%s%s", label,
             (int)status, node.host.said ? node.host.sentence : node.why, (int)c->fails,
             c->says ? " saying " : "", c->says ? c->says : "");
    }
    node_close(&node);
    return right;
}

static bool run_out_of_memory(const struct site *site, struct prepared *p,
                              const struct hinge_op *op, const struct hinge_kernel *kernel)
{
    struct variant variant = {
        "allocation failing", HOST_INLINE, GUARD_AFTER, 0xFF, true, false, -1, 0, NODE_SHAPES_OPEN};
    hinge_status status;
    do {
        struct node node;
        variant.fail_allocation++;
        set_label(site, &p->call, &variant);
        status = node_open(&node, site->original, &p->call, op, kernel, &variant);
        if (status == HINGE_OK && op->prepare)
            status = node_prepare(&node, &variant);
        bool failed = node.host.n_allocations >= variant.fail_allocation;
        if (status != (failed ? HINGE_NO_MEMORY : HINGE_OK)) {
            fail(site->file, site->line, "%s: allocation %d fails, status %d: %s", label,
                 variant.fail_allocation, (int)status, node.why);
            status = HINGE_OK;
        }
        node_close(&node);
    } while (status == HINGE_NO_MEMORY);
    return target.n_failures == 0;
}

static bool same_dims(const hinge_tensor *a, const hinge_tensor *b)
{
    bool same = a->rank == b->rank;
    for (int32_t d = 0; same && d < a->rank; d++)
        same = a->dims[d] == b->dims[d];
    return same;
}

static const struct variant plain = {"plain", HOST_INLINE, GUARD_AFTER,      0xFF, true, false,
                                     -1,      0,           NODE_SHAPES_FIXED};

static bool run_variants(const struct site *site, struct prepared *p, const struct hinge_op *op,
                         const struct hinge_kernel *kernel)
{
    static const struct variant pieces = {
        "in pieces, nothing known", HOST_PIECES, GUARD_BEFORE, 0x5A, false, true, -1, 0,
        NODE_SHAPES_UNKNOWN};
    static const struct variant threads = {
        "in threads, shapes open", HOST_THREADS, GUARD_AFTER, 0x5A, true, false, -1, 0,
        NODE_SHAPES_OPEN};
    int n_parallel = 0;
    if (!run_right(site, p, op, kernel, &pieces, &n_parallel))
        return false;
    if (n_parallel > 0 && !run_right(site, p, op, kernel, &threads, NULL))
        return false;
    struct variant in_place = {"in place", HOST_PIECES, GUARD_AFTER,      0, false, false,
                               -1,         0,           NODE_SHAPES_FIXED};
    for (unsigned i = 0; i < p->call.n_inputs && op->flags & HINGE_OP_IN_PLACE; i++) {
        const hinge_tensor *x = p->call.inputs[i];
        in_place.in_place = (int)i;
        if (x && hinge_may_share(op, i) && x->type == p->call.types[0] &&
            same_dims(x, &p->outputs[0]) && !run_right(site, p, op, kernel, &in_place, NULL))
            return false;
    }
    return (!op->init && !op->prepare) || run_out_of_memory(site, p, op, kernel);
}

/* Whether the operator covers the case here; only the scalar build has to. */
static const struct hinge_kernel *covered(const struct site *site, const struct prepared *p,
                                          const struct hinge_op *op)
{
    const struct hinge_kernel *kernel = op ? find_kernel(&p->call, op) : NULL;
    if (!kernel && !strcmp(target.isa, "scalar"))
        fail(site->file, site->line, "no operator for %s at opset %u, type %s", p->call.c->op,
             p->call.opset,
             p->call.inputs[0] ? tensor_type_name(p->call.inputs[0]->type) : "of the output");
    return kernel;
}

static void check_resolved(const struct site *site, const struct harness_case *c, uint32_t opset)
{
    static const struct variant nothing_known = {
        "nothing known", HOST_PIECES, GUARD_BEFORE, 0x5A, false, false, -1, 0, NODE_SHAPES_UNKNOWN};
    struct prepared p;
    if (target.n_failures >= MAX_FAILURES)
        return;
    const struct hinge_op *op = find_op(c, opset);
    bool specials = false;
    for (unsigned i = 0; i < HARNESS_MAX_INPUTS; i++)
        specials |= c->inputs[i].type != HINGE_NO_TYPE && tensor_has_specials(&c->inputs[i]);
    prepare(&p, c, opset, false);
    const struct hinge_kernel *kernel = covered(site, &p, op);
    if (!kernel) {
        discard(&p);
        return;
    }
    bool right;
    if (c->fails != HINGE_OK) {
        right = run_wrong(site, &p, op, kernel, &plain) &&
                run_wrong(site, &p, op, kernel, &nothing_known);
    } else {
        right = run_right(site, &p, op, kernel, &plain, NULL) &&
                (target.bench || run_variants(site, &p, op, kernel));
        mark_ran(op, kernel,
                 is_packed(p.call.types[0]) ||
                     (p.call.inputs[0] && is_packed(p.call.inputs[0]->type)));
        if (right && target.bench)
            bench_call(target.isa, c, &p.call, op, kernel);
    }
    discard(&p);
    if (right && specials && !target.bench && c->fails == HINGE_OK) {
        static const struct variant special = {
            "special values",   HOST_PIECES, GUARD_AFTER, 0x5A, true, false, -1, 0,
            NODE_SHAPES_UNKNOWN};
        prepare(&p, c, opset, true);
        right = run_right(site, &p, op, kernel, &special, NULL);
        discard(&p);
    }
    if (right)
        CU_assertImplementation(CU_TRUE, (unsigned)site->line, "", site->file, "", CU_FALSE);
    target.n_checks++;
}

/* Puts type and size in. Returns how many dimensions were HARNESS_N. */
static int resolve(struct harness_case *c, hinge_type type, int64_t size, int64_t *largest)
{
    int n_open = 0;
    *largest = 0;
    for (unsigned i = 0; i < HARNESS_MAX_INPUTS; i++) {
        struct harness_tensor *spec = &c->inputs[i];
        int64_t count = 1;
        if (spec->type == HARNESS_T)
            spec->type = type;
        for (int32_t d = 0; d < spec->rank; d++) {
            if (spec->dims[d] == HARNESS_N) {
                spec->dims[d] = size;
                n_open++;
            }
            count *= spec->dims[d];
        }
        if (count > *largest)
            *largest = count;
    }
    return n_open;
}

/* How much of a case: every size; lengths around the vectors' for its other types; and a taste of
 * it at opsets that another one follows. */
enum depth { DEPTH_FULL, DEPTH_TYPE, DEPTH_OPSET };

static void check_sizes(const struct site *site, hinge_type type, uint32_t opset, enum depth depth)
{
    static const int64_t full[] = {0,  1,  2,  3,  4,  5,  7,  8,   9,   15,   16,   17,
                                   23, 31, 32, 33, 47, 64, 65, 127, 509, 1009, 4099, 70001};
    static const int64_t types[] = {0, 1, 7, 9, 16, 33, 131, 1009};
    static const int64_t opsets[] = {0, 33};
    static const int64_t timed[] = {4096, 1048576};
    static const struct {
        const int64_t *sizes;
        size_t n_sizes;
    } lists[] = {
        [DEPTH_FULL] = {full, sizeof full / sizeof *full},
        [DEPTH_TYPE] = {types, sizeof types / sizeof *types},
        [DEPTH_OPSET] = {opsets, sizeof opsets / sizeof *opsets},
    };
    const int64_t *sizes = target.bench ? timed : lists[depth].sizes;
    size_t n_sizes = target.bench ? sizeof timed / sizeof *timed : lists[depth].n_sizes;
    for (size_t n = 0; n <= n_sizes; n++) {
        struct harness_case c = *site->original;
        int64_t largest, most = target.bench ? INT64_MAX : MAX_COUNT;
        /* After the list, a size of the test's own. */
        int64_t size = n < n_sizes ? sizes[n] : (int64_t)(harness_random() % 2000);
        if (n == n_sizes && target.bench)
            break;
        int n_open = resolve(&c, type, size, &largest);
        if (n_open && largest > most)
            continue;
        check_resolved(site, &c, opset);
        if (!n_open)
            break;
    }
}

void harness_check(const char *file, int line, const struct harness_case *c)
{
    const struct site site = {file, line, c};
    const uint32_t newest[2] = {newest_opset(c), 0};
    const uint32_t *opsets = c->opsets[0] ? c->opsets : newest;
    if (target.bench ? c->fails != HINGE_OK : c->bench)
        return;
    for (int o = 0; o < 16 && opsets[o]; o++) {
        bool last = o == 15 || !opsets[o + 1], first = true;
        if (target.bench && !last)
            continue;
        if (!c->types)
            check_sizes(&site, HINGE_NO_TYPE, opsets[o], last ? DEPTH_FULL : DEPTH_OPSET);
        for (int type = 1; type < HINGE_N_TYPES; type++) {
            if (!(c->types >> type & 1) || (target.bench && !first))
                continue;
            check_sizes(&site, (hinge_type)type, opsets[o],
                        !last   ? DEPTH_OPSET
                        : first ? DEPTH_FULL
                                : DEPTH_TYPE);
            first = false;
        }
    }
}

void harness_check_broadcast(const char *file, int line, const struct harness_case *c)
{
    static const struct {
        int32_t a_rank, b_rank;
        int64_t a[4], b[4];
    } shapes[] = {
        {1, 1, {HARNESS_N}, {HARNESS_N}},
        {1, 0, {HARNESS_N}, {0}},
        {0, 1, {0}, {HARNESS_N}},
        {0, 0, {0}, {0}},
        {2, 1, {3, HARNESS_N}, {HARNESS_N}},
        {1, 2, {3}, {HARNESS_N, 3}},
        {2, 2, {HARNESS_N, 1}, {1, 5}},
        {4, 3, {2, 3, 1, HARNESS_N}, {3, 1, 1}},
        {3, 4, {3, 1, 1}, {2, 3, 1, HARNESS_N}},
        {3, 3, {2, HARNESS_N, 3}, {2, HARNESS_N, 1}},
        {4, 4, {2, 1, 3, 1}, {1, 4, 3, 5}},
        {4, 4, {1, 4, 1, 3}, {5, 1, 2, 3}},
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct harness_case shaped = *c;
        shaped.inputs[0].rank = shapes[s].a_rank;
        shaped.inputs[1].rank = shapes[s].b_rank;
        /* All types for every fourth pair of shapes, the first type alone for the others. */
        if (s % 4)
            shaped.types &= 0 - shaped.types;
        memcpy(shaped.inputs[0].dims, shapes[s].a, sizeof shapes[s].a);
        memcpy(shaped.inputs[1].dims, shapes[s].b, sizeof shapes[s].b);
        harness_check(file, line, &shaped);
    }
}

const struct hinge_op *check_find(const char *name, const char *domain, uint32_t *opset)
{
    const struct harness_case c = {.op = name, .domain = domain};
    if (!*opset)
        *opset = newest_opset(&c);
    const struct hinge_op *op = find_op(&c, *opset);
    if (op)
        mark_ran(op, op->kernels, true);
    snprintf(label, sizeof label, "%s-%u, %s", name, *opset, target.isa);
    return op;
}

void check_failed(const char *file, int line, const char *why)
{
    fail(file, line, "%s: %s", label, why);
}

void check_passed(const char *file, int line)
{
    CU_assertImplementation(CU_TRUE, (unsigned)line, "", file, "", CU_FALSE);
    target.n_checks++;
}

#define MAX_SIZES 8

/* The bytes of output 0 after a run with each size, one after the other on one node. */
static bool run_in_order(const struct site *site, struct prepared *p, const int *order, int n_sizes,
                         const struct hinge_op *op, const struct hinge_kernel *kernel,
                         uint8_t **results)
{
    static const struct variant open = {"one shape after the other",
                                        HOST_PIECES,
                                        GUARD_AFTER,
                                        0x5A,
                                        true,
                                        false,
                                        -1,
                                        0,
                                        NODE_SHAPES_OPEN};
    struct node node;
    set_label(site, &p[0].call, &open);
    bool right = node_open(&node, site->original, &p[0].call, op, kernel, &open) == HINGE_OK;
    for (int i = 0; right && i < n_sizes; i++) {
        struct prepared *at = &p[order[i]];
        set_label(site, &at->call, &open);
        node_rebind(&node, &at->call, &open);
        right = node_run(&node, &open) == HINGE_OK && node_verify(&node);
        if (!right)
            break;
        const size_t size = hinge_size(node.outputs[0].type, hinge_count(&node.outputs[0]));
        if (!results[order[i]]) {
            results[order[i]] = malloc(size + 1);
            if (results[order[i]])
                memcpy(results[order[i]], node.outputs[0].data, size);
        } else if (memcmp(results[order[i]], node.outputs[0].data, size)) {
            snprintf(node.why, sizeof node.why, "other bits than in another order of shapes");
            right = false;
        }
    }
    if (!right)
        fail(site->file, site->line, "%s: %s", label, node.why);
    node_close(&node);
    return right;
}

void harness_check_order(const char *file, int line, const struct harness_case *c,
                         const int64_t *sizes, int n_sizes)
{
    static struct prepared prepared[MAX_SIZES];
    static struct harness_case cases[MAX_SIZES];
    const struct site site = {file, line, c};
    uint8_t *results[MAX_SIZES] = {NULL};
    int up[MAX_SIZES], down[MAX_SIZES];
    if (target.bench || target.n_failures >= MAX_FAILURES || n_sizes > MAX_SIZES)
        return;
    const uint32_t newest = newest_opset(c);
    for (int i = 0; i < n_sizes; i++) {
        int64_t largest;
        cases[i] = *c;
        resolve(&cases[i], HINGE_FLOAT, sizes[i], &largest);
        tensor_seed(1); /* the same constants for every size */
        prepare(&prepared[i], &cases[i], newest, false);
        up[i] = i;
        down[i] = n_sizes - 1 - i;
    }
    const struct hinge_op *op = find_op(c, newest);
    const struct hinge_kernel *kernel = covered(&site, &prepared[0], op);
    if (kernel && run_in_order(&site, prepared, up, n_sizes, op, kernel, results) &&
        run_in_order(&site, prepared, down, n_sizes, op, kernel, results))
        CU_assertImplementation(CU_TRUE, (unsigned)line, "", file, "", CU_FALSE);
    target.n_checks++;
    for (int i = 0; i < n_sizes; i++) {
        free(results[i]);
        discard(&prepared[i]);
    }
}
