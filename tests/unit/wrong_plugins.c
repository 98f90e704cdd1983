/* Plugins that make mistakes, one at a time: each is told with node, output and number, nothing is
 * corrupted, and the next run of the same context is right. */
#include "tests/plugins/wrong.h"
#include "tests/unit/running.h"

#define PLUGIN TEST_PLUGINS "/wrong.so"
#define Y "node \"y\" (test.plugins::Wrong): "

static const int64_t four[] = {4}, any[] = {-1};
static float good[] = {-1, 2, 3, 4}, bad[] = {1, 2, 3, 4};

/* How the node's shape is known: to the model, to the plan, or to a run alone. */
enum when { STATIC, PLANNED, DYNAMIC, N_WHEN };

struct mistake {
    enum wrong mistake;
    int64_t n;
    hinge_status status;
    const char *words;
    unsigned when; /* bits of enum when; 0: all */
};

#define ONLY(when) (1u << (when))
#define ALL (ONLY(STATIC) | ONLY(PLANNED) | ONLY(DYNAMIC))

static void add_node(struct model *model, const char *op, const struct mistake *mistake,
                     bool dynamic)
{
    model_node(model, DOMAIN, op, "x w", "y");
    model_attribute_int(model, "mistake", mistake->mistake);
    model_attribute_int(model, "n", mistake->n);
    model_attribute_int(model, "dynamic", dynamic);
}

/* A node of input x alone, to which more can be added. */
static void begin_node(struct model *model, const char *op, const char *outputs,
                       const struct mistake *mistake)
{
    model_input(model, "x", HINGE_FLOAT, 1, any);
    model_node(model, DOMAIN, op, "x", outputs);
    model_attribute_int(model, "mistake", mistake->mistake);
    model_attribute_int(model, "n", mistake->n);
}

/* A body out = op(v), with what it declares of both. */
static void add_body(struct model *model, const char *op, hinge_type_code type, int rank,
                     const int64_t *dims)
{
    model_begin_graph(model, "body");
    model_input(model, "v", type, rank, dims);
    model_output(model, "out", type, rank, dims);
    model_node(model, "", op, "v", "out");
    model_end_graph(model);
}

static void check_good(struct running *r)
{
    hinge_tensor input = floats(4, good), outputs[2];
    if (running_run(r, &input, 1, outputs, 2))
        CU_FAIL_FATAL(r->error.message);
    check_floats(&outputs[0], 4, good);
    check_floats(&outputs[1], 4, (float[]){1, -2, -3, -4});
}

static void try_mistake(const struct mistake *mistake, enum when when)
{
    struct running r = {.model = model_create(), .plugins = {PLUGIN}};
    model_input(r.model, "x", HINGE_FLOAT, 1, when == STATIC ? four : any);
    model_floats(r.model, "w", 1, four, bad);
    add_node(r.model, "Wrong", mistake, when == DYNAMIC);
    model_node(r.model, "", "Neg", "y", "z");
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    model_output(r.model, "z", HINGE_FLOAT, 1, any);
    hinge_status status = running_try_open(&r);
    if (status && mistake->mistake < RUN_STATUS) {
        check_failure(&r.error, status, mistake->status, mistake->words);
        CU_ASSERT_STRING_EQUAL(r.error.node, "y");
    } else {
        CU_ASSERT_EQUAL_FATAL(status, HINGE_OK);
        for (int round = 0; round < 2; round++) {
            hinge_tensor input = floats(4, bad), outputs[2];
            status = running_run(&r, &input, 1, outputs, 2);
            if (mistake->status) {
                check_failure(&r.error, status, mistake->status, mistake->words);
                CU_ASSERT_STRING_EQUAL(r.error.node, "y");
            } else if (status) {
                CU_FAIL(r.error.message);
            } else {
                check_floats(&outputs[0], 4, bad);
                check_floats(&outputs[1], 4, (float[]){-1, -2, -3, -4});
            }
            if (mistake->mistake >= RUN_STATUS)
                check_good(&r);
        }
    }
    running_close(&r);
}

static void try_all(const struct mistake *mistakes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int when = STATIC; when < N_WHEN; when++)
            if ((mistakes[i].when ? mistakes[i].when : ALL) & ONLY(when))
                try_mistake(&mistakes[i], (enum when)when);
}
#define TRY_ALL(mistakes) try_all(mistakes, sizeof mistakes / sizeof mistakes[0])

static void statuses(void)
{
    static const struct mistake mistakes[] = {
        {INIT_STATUS, 99, HINGE_BAD_PLUGIN, Y "init returned 99, which is no status for it", 0},
        {INIT_STATUS, -1, HINGE_BAD_PLUGIN, Y "init returned -1, which is no status for it", 0},
        {INIT_STATUS, HINGE_NEEDS_DATA, HINGE_BAD_PLUGIN, Y "init returned 13", 0},
        {INIT_STATUS, HINGE_BAD_VALUE, HINGE_BAD_VALUE,
         Y "init failed without a reason (value is out of range)", 0},
        {INFER_STATUS, 99, HINGE_BAD_PLUGIN, Y "infer returned 99", 0},
        {INFER_STATUS, HINGE_BAD_MODEL, HINGE_BAD_MODEL,
         Y "infer failed without a reason (model is not valid)", 0},
        {INFER_NEEDS_DATA, 17, HINGE_BAD_PLUGIN, Y "infer needs data that are there", 0},
        {PREPARE_STATUS, 99, HINGE_BAD_PLUGIN, Y "prepare returned 99", 0},
        {PREPARE_STATUS, HINGE_LIMIT, HINGE_LIMIT,
         Y "prepare failed without a reason (limit exceeded)", 0},
        {RUN_STATUS, 99, HINGE_BAD_PLUGIN, Y "run returned 99, which is no status for it", 0},
        {RUN_STATUS, -1, HINGE_BAD_PLUGIN, Y "run returned -1", 0},
        {RUN_STATUS, HINGE_NEEDS_DATA, HINGE_BAD_PLUGIN, Y "run returned 13", 0},
        {RUN_STATUS, HINGE_BAD_MODEL, HINGE_BAD_MODEL,
         Y "run failed without a reason (model is not valid)", 0},
        {RUN_STATUS, HINGE_CANCELLED, HINGE_CANCELLED, Y "run failed without a reason (cancelled)",
         0},
        {RUN_STATUS, HINGE_NO_MEMORY, HINGE_NO_MEMORY, Y "out of memory", 0},
        {RUN_FAIL, HINGE_BAD_VALUE, HINGE_BAD_VALUE, Y "the reason is 42", 0},
        {RUN_FAIL, HINGE_OK, HINGE_BAD_PLUGIN, Y "the reason is 42", 0},
        {RUN_FAIL, 99, HINGE_BAD_PLUGIN, Y "the reason is 42", 0},
        {RUN_FAIL_IGNORED, 0, HINGE_BAD_PLUGIN, Y "the reason is 42", 0},
    };
    TRY_ALL(mistakes);
}

static void shapes_inferred(void)
{
    static const struct mistake mistakes[] = {
        {INFER_TYPE, HINGE_DOUBLE, HINGE_BAD_PLUGIN,
         Y "infer makes output 0 double, but it is float", 0},
        {INFER_TYPE, 99, HINGE_BAD_PLUGIN, Y "infer makes output 0 ", 0},
        {INFER_TYPE, HINGE_SEQUENCE, HINGE_BAD_PLUGIN, Y "infer makes output 0 ", 0},
        {INFER_CONTAINER, 0, HINGE_BAD_PLUGIN, Y "infer makes output 0 ", 0},
        {INFER_RANK, 17, HINGE_BAD_PLUGIN, Y "infer gives output 0 rank 17", 0},
        {INFER_RANK, -2, HINGE_BAD_PLUGIN, Y "infer gives output 0 rank -2", 0},
        {INFER_DIM, -2, HINGE_BAD_SHAPE, Y "dimension 0 of output 0 is -2", 0},
        {INFER_DIM, INT64_MAX, HINGE_LIMIT, Y "the size of output 0 does not fit", 0},
        {INFER_FAIL, 0, HINGE_BAD_SHAPE, Y "no shape is right", 0},
        {INFER_RESIZE, 2, HINGE_BAD_PLUGIN, Y "resizes output 0", 0},
        {INFER_RESIZE, -3, HINGE_BAD_PLUGIN, Y "gives output 0 dimension -3", 0},
    };
    TRY_ALL(mistakes);
}

static void memory_asked_for(void)
{
    static const struct mistake mistakes[] = {
        {PREPARE_SCRATCH, -1, HINGE_BAD_PLUGIN,
         Y "prepare asks for 18446744073709551615 bytes of scratch memory", 0},
        {PREPARE_SCRATCH, INT64_MAX, HINGE_NO_MEMORY, "out of memory", ONLY(DYNAMIC)},
        {PREPARE_ALLOC, -1, HINGE_NO_MEMORY, Y "out of memory", 0},
        {PREPARE_ALLOC, INT64_MAX, HINGE_NO_MEMORY, Y "out of memory", 0},
        {PREPARE_RESIZE, 2, HINGE_BAD_PLUGIN, Y "resizes output 0", 0},
        {RUN_ALLOC, 0, HINGE_OK, NULL, 0},
        {RUN_RELEASE, 0, HINGE_OK, NULL, 0},
    };
    TRY_ALL(mistakes);
}

static void resizes(void)
{
    static const struct mistake mistakes[] = {
        {RUN_NO_RESIZE, 0, HINGE_BAD_PLUGIN, Y "leaves output 0 without its shape (resize)",
         ONLY(DYNAMIC)},
        {RUN_RESIZE_RANK, 20, HINGE_BAD_PLUGIN, Y "gives output 0 rank 20; 0 to 16 are right", 0},
        {RUN_RESIZE_RANK, -1, HINGE_BAD_PLUGIN, Y "gives output 0 rank -1", 0},
        {RUN_RESIZE_RANK, 2, HINGE_BAD_PLUGIN, Y "resizes output 0 to 0x0, but infer said ?",
         ONLY(DYNAMIC)},
        {RUN_RESIZE_DIM, -3, HINGE_BAD_PLUGIN, Y "gives output 0 dimension -3", 0},
        {RUN_RESIZE_DIM, 4, HINGE_BAD_PLUGIN, Y "resizes output 0, whose shape is known already",
         ONLY(STATIC) | ONLY(PLANNED)},
        {RUN_RESIZE_OUTPUT, 5, HINGE_BAD_PLUGIN, Y "resizes output 5, but the node has 1 outputs",
         0},
        {RUN_RESIZE_IGNORED, 5, HINGE_BAD_PLUGIN, Y "resizes output 5, but the node has 1 outputs",
         0},
        {RUN_RESIZE_HUGE, 0, HINGE_LIMIT, Y "the size of output 0 does not fit", ONLY(DYNAMIC)},
        {RUN_RESIZE_TWICE, 4, HINGE_OK, NULL, ONLY(DYNAMIC)},
    };
    TRY_ALL(mistakes);
}

/* What only a service may change. */
static void tensors_changed(void)
{
    static const struct mistake mistakes[] = {
        {RUN_SETS_DATA, 0, HINGE_BAD_PLUGIN, Y "changes output 0 by itself", 0},
        {RUN_SETS_DIMS, 0, HINGE_BAD_PLUGIN, Y "changes output 0 by itself", 0},
        {RUN_SETS_RANK, 0, HINGE_BAD_PLUGIN, Y "changes output 0 by itself", 0},
        {RUN_SETS_TYPE, 0, HINGE_BAD_PLUGIN, Y "changes output 0 by itself", 0},
        {RUN_ELEMENTS, 0, HINGE_BAD_PLUGIN, Y "makes output 0 sequence, but it is float",
         ONLY(DYNAMIC)},
        {RUN_ELEMENTS, 0, HINGE_BAD_PLUGIN, Y "makes a value where none is to be made",
         ONLY(STATIC) | ONLY(PLANNED)},
        {RUN_TENSOR, 0, HINGE_BAD_PLUGIN, Y "makes output 0 scalar, but infer said ?",
         ONLY(DYNAMIC)},
        {RUN_TENSOR, 0, HINGE_BAD_PLUGIN, Y "makes a value where none is to be made",
         ONLY(STATIC) | ONLY(PLANNED)},
        {RUN_SHARE, 0, HINGE_OK, NULL, 0},
    };
    TRY_ALL(mistakes);
}

static void other_services(void)
{
    static const struct mistake mistakes[] = {
        {RUN_PARALLEL, INT64_MAX, HINGE_OK, NULL, 0},
        {RUN_PARALLEL, 1, HINGE_OK, NULL, 0},
        {RUN_PARALLEL, 0, HINGE_OK, NULL, 0},
        {RUN_PARALLEL, -5, HINGE_OK, NULL, 0},
        {RUN_GRAPH_TYPES, 0, HINGE_BAD_PLUGIN, Y "attribute 3 is no graph that can be used here",
         0},
        {INIT_CALL, 0, HINGE_BAD_PLUGIN, Y "attribute 3 is no graph that can be used here", 0},
    };
    TRY_ALL(mistakes);
}

/* infer that copies a constant, data and all, where the node is computed and where it is not. */
static void constant_copied(void)
{
    static const char *const fold[] = {"fold-constants"};
    static const enum wrong wrong[] = {INFER_DATA, INFER_CONTAINER, INFER_FAIL};
    for (int k = 0; k < 6; k++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        r.options.disabled_passes = fold;
        r.options.n_disabled_passes = k & 1;
        const struct mistake mistake = {.mistake = wrong[k / 2]};
        model_floats(r.model, "c", 1, four, bad);
        model_floats(r.model, "w", 1, four, bad);
        model_node(r.model, "", "Neg", "c", "x"); /* folded: in memory of its own */
        add_node(r.model, "Wrong", &mistake, false);
        model_node(r.model, "", "Neg", "y", "z");
        model_output(r.model, "z", HINGE_FLOAT, 1, any);
        hinge_status status = running_try_open(&r);
        check_failure(&r.error, status,
                      mistake.mistake == INFER_FAIL ? HINGE_BAD_SHAPE : HINGE_BAD_PLUGIN,
                      mistake.mistake == INFER_DATA ? Y "infer gives output 0 data" : Y);
        running_close(&r);
    }
}

/* A mistake in a branch that is not taken does no harm, and is told when it is taken. */
static void in_a_branch(void)
{
    static const struct mistake mistakes[] = {
        {INFER_DATA, 0, HINGE_BAD_PLUGIN, "infer gives output 0 data", 0},
        {INFER_FAIL, 0, HINGE_BAD_SHAPE, "no shape is right", 0},
        {INFER_RANK, 17, HINGE_BAD_PLUGIN, "infer gives output 0 rank 17", 0},
        {INIT_STATUS, 99, HINGE_BAD_PLUGIN, "init returned 99", 0},
        {RUN_STATUS, 99, HINGE_BAD_PLUGIN, "run returned 99", 0},
        {RUN_SETS_DATA, 99, HINGE_BAD_PLUGIN, "changes output 0 by itself", 0}};
    for (size_t m = 0; m < sizeof mistakes / sizeof mistakes[0]; m++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        model_input(r.model, "go", HINGE_BOOL, 0, NULL);
        model_floats(r.model, "c", 1, four, bad);
        model_floats(r.model, "w", 1, four, bad);
        model_node(r.model, "", "Abs", "c", "x");
        model_node(r.model, "", "If", "go", "out");
        model_begin_graph(r.model, "then_branch");
        model_output(r.model, "t", HINGE_FLOAT, 1, any);
        add_node(r.model, "Wrong", &mistakes[m], false);
        model_node(r.model, "", "Neg", "y", "t");
        model_end_graph(r.model);
        model_begin_graph(r.model, "else_branch");
        model_output(r.model, "e", HINGE_FLOAT, 1, any);
        model_node(r.model, "", "Neg", "x", "e");
        model_end_graph(r.model);
        model_output(r.model, "out", HINGE_FLOAT, 1, any);
        running_open(&r);
        for (int round = 0; round < 4; round++) {
            bool go = round & 1;
            hinge_tensor input = hinge_tensor_over(HINGE_BOOL, 0, NULL, &go), output;
            hinge_status status = running_run(&r, &input, 1, &output, 1);
            if (go)
                check_failure(&r.error, status, mistakes[m].status, mistakes[m].words);
            CU_ASSERT_TRUE(go || status == HINGE_OK);
            if (!status)
                check_floats(&output, 4, (float[]){-1, -2, -3, -4});
        }
        running_close(&r);
    }
}

/* Ranges that are no ranges, one of them several times, of constants in the model and of others. */
static void releases(void)
{
    static const struct mistake mistake = {.mistake = INIT_RELEASE};
    for (int folded = 0; folded < 2; folded++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        model_input(r.model, "x", HINGE_FLOAT, 1, any);
        model_floats(r.model, "w0", 1, four, (float[]){-1, -2, -3, -4});
        model_node(r.model, "", folded ? "Neg" : "Identity", "w0", "w");
        add_node(r.model, "Wrong", &mistake, false);
        model_output(r.model, "y", HINGE_FLOAT, 1, any);
        running_open(&r);
        /* Half of w is still there. */
        hinge_model_info info = {.size = sizeof info};
        hinge_get_model(r.session, &info);
        CU_ASSERT_EQUAL(info.owned_size + info.mapped_size, 4 * sizeof(float));
        hinge_tensor input = floats(4, bad), output;
        CU_ASSERT_EQUAL(running_run(&r, &input, 1, &output, 1), HINGE_OK);
        running_close(&r);
    }
}

#define PAIR "node \"y\" (test.plugins::WrongPair): "

static void types(void)
{
    static const struct mistake mistakes[] = {
        {TYPES_STATUS, 99, HINGE_BAD_PLUGIN, PAIR "types returned 99", 0},
        {TYPES_STATUS, HINGE_BAD_VALUE, HINGE_BAD_VALUE, PAIR "types failed without a reason", 0},
        {TYPES_STATUS, HINGE_NEEDS_DATA, HINGE_BAD_PLUGIN, PAIR "types returned 13", 0},
        {TYPES_NOTHING, 0, HINGE_BAD_MODEL, PAIR "the type of output 1 cannot be told", 0},
        {TYPES_CODE, 0x99, HINGE_BAD_PLUGIN, PAIR "types gives output 1 the type 0x99", 0},
        {TYPES_CODE, -1, HINGE_BAD_PLUGIN, PAIR "types gives output 1 the type 0xffff", 0},
        {TYPES_CODE, 0x9941, HINGE_BAD_PLUGIN, PAIR "types gives output 1 the type 0x9941", 0},
        {TYPES_CODE, HINGE_INT64, HINGE_OK, NULL, 0},
        {TYPES_CODE, HINGE_DOUBLE, HINGE_BAD_PLUGIN,
         PAIR "types makes output 1 tensor(double), against its signature", 0},
        {TYPES_CODE, 0x14143, HINGE_BAD_PLUGIN, PAIR "types gives output 1 the type 0x14143", 0},
        {TYPES_CODE, HINGE_N_TYPES, HINGE_BAD_PLUGIN, PAIR "types gives output 1 the type", 0},
        {TYPES_KNOWN, 0, HINGE_BAD_PLUGIN,
         PAIR "types makes output 0 tensor(int8), but it is tensor(float)", 0},
        {TYPES_GRAPH, 7, HINGE_BAD_PLUGIN, PAIR "attribute 7 is no graph", 0},
        {TYPES_GRAPH, 0, HINGE_BAD_PLUGIN, PAIR "attribute 0 is no graph", 0},
        {TYPES_GRAPH_CODE, 0, HINGE_BAD_PLUGIN,
         PAIR "asks for its body's types with input 0 of type 0x99", 0},
    };
    for (size_t m = 0; m < sizeof mistakes / sizeof mistakes[0]; m++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        begin_node(r.model, "WrongPair", "y z", &mistakes[m]);
        add_body(r.model, "Neg", HINGE_FLOAT, 1, any);
        model_output(r.model, "y", HINGE_FLOAT, 1, any);
        hinge_status status = running_try_open(&r);
        if (mistakes[m].status)
            check_failure(&r.error, status, mistakes[m].status, mistakes[m].words);
        CU_ASSERT_TRUE(mistakes[m].status || status == HINGE_OK);
        running_close(&r);
    }
}

#define SEQ "node \"s\" (test.plugins::WrongSequence): "

static void check_sequence(struct running *r, float *x)
{
    hinge_tensor input = floats(4, x), outputs[2];
    if (running_run(r, &input, 1, outputs, 2))
        CU_FAIL_FATAL(r->error.message);
    CU_ASSERT_EQUAL_FATAL(outputs[0].dims[0], 2);
    for (int i = 0; i < 2; i++)
        check_floats((const hinge_tensor *)outputs[0].data + i, 4, x);
    check_floats(&outputs[1], 4, x);
}

static void sequences(void)
{
    static const struct mistake mistakes[] = {
        {SEQUENCE_LENGTH, -1, HINGE_BAD_PLUGIN, SEQ "makes a sequence of -1 elements", 0},
        {SEQUENCE_LENGTH, (int64_t)1 << 60, HINGE_NO_MEMORY, SEQ "out of memory", 0},
        {SEQUENCE_LENGTH, (int64_t)1 << 40, HINGE_NO_MEMORY, SEQ "out of memory", 0},
        {SEQUENCE_TYPE, HINGE_FLOAT, HINGE_BAD_PLUGIN, SEQ "makes output 0 float", 0},
        {SEQUENCE_TYPE, HINGE_MAP, HINGE_BAD_PLUGIN, SEQ "makes output 0 map", 0},
        {SEQUENCE_NOTHING, 0, HINGE_BAD_PLUGIN, SEQ "leaves output 0 without a value", 0},
        {SEQUENCE_UNFILLED, 0, HINGE_BAD_PLUGIN, SEQ "leaves element 1 of output 0 empty", 0},
        {SEQUENCE_TENSOR_TYPE, 99, HINGE_BAD_PLUGIN, SEQ "makes a tensor of type 99", 0},
        {SEQUENCE_TENSOR_TYPE, 0, HINGE_BAD_PLUGIN, SEQ "makes a tensor of type 0", 0},
        {SEQUENCE_TENSOR_RANK, 20, HINGE_BAD_PLUGIN, SEQ "gives an element of output 0 rank 20", 0},
        {SEQUENCE_TENSOR_RANK, -1, HINGE_BAD_PLUGIN, SEQ "gives an element of output 0 rank -1", 0},
        {SEQUENCE_TENSOR_DIM, -3, HINGE_BAD_PLUGIN, SEQ "gives an element of output 0 dimension -3",
         0},
        {SEQUENCE_TENSOR_DIM, INT64_MAX, HINGE_LIMIT, SEQ "the size of output 0 does not fit", 0},
        {SEQUENCE_TENSOR_WHOLE, 0, HINGE_BAD_PLUGIN, SEQ "makes output 0 float, but it is sequence",
         0},
        {SEQUENCE_RESIZE, 2, HINGE_BAD_PLUGIN, SEQ "resizes output 0, which is a sequence", 0},
        {SEQUENCE_SHARE_UNFILLED, 0, HINGE_BAD_PLUGIN, SEQ "shares a value that is not there", 0},
        {SEQUENCE_SHARE_NULL, 0, HINGE_BAD_PLUGIN, SEQ "shares a value that is not there", 0},
        {SEQUENCE_SHARE_SELF, 0, HINGE_BAD_PLUGIN, SEQ "shares a value that is not there", 0},
        {SEQUENCE_SHARE_SELF, 1, HINGE_BAD_PLUGIN, SEQ "shares a value with an element of its own",
         0},
        {SEQUENCE_SHARE_TENSOR, 0, HINGE_BAD_PLUGIN, SEQ "makes output 0 float, but it is sequence",
         0},
        {SEQUENCE_SHARE_OTHER, 0, HINGE_BAD_PLUGIN,
         SEQ "makes element 0 of output 0 sequence, but it is float", 0},
        {SEQUENCE_BY_HAND, 0, HINGE_BAD_PLUGIN, SEQ "leaves element 0 of output 0 empty", 0},
        {SEQUENCE_LOCAL, 0, HINGE_BAD_PLUGIN, SEQ "makes a value that is no output", 0},
        {SEQUENCE_OTHER_TYPE, 0, HINGE_BAD_PLUGIN,
         SEQ "makes element 0 of output 0 int64, but it is float", 0},
        {SEQUENCE_OTHER_DIMS, 0, HINGE_BAD_PLUGIN, SEQ "changes element 1 of output 0 by itself",
         0},
        {SEQUENCE_OTHER_LENGTH, 0, HINGE_BAD_PLUGIN, SEQ "leaves output 0 without a value", 0},
        {SEQUENCE_TWICE, 0, HINGE_OK, NULL, 0},
    };
    for (size_t m = 0; m < sizeof mistakes / sizeof mistakes[0]; m++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        begin_node(r.model, "WrongSequence", "s", &mistakes[m]);
        model_ints(r.model, "at", 0, NULL, (int64_t[]){1});
        model_node(r.model, "", "SequenceAt", "s at", "y");
        model_output(r.model, "s", SEQUENCE_OF(HINGE_FLOAT), -1, NULL);
        model_output(r.model, "y", HINGE_FLOAT, 1, any);
        running_open(&r);
        for (int round = 0; round < 2; round++) {
            hinge_tensor input = floats(4, bad), outputs[2];
            if (mistakes[m].status)
                check_failure(&r.error, running_run(&r, &input, 1, outputs, 2), mistakes[m].status,
                              mistakes[m].words);
            else
                check_sequence(&r, bad);
            check_sequence(&r, good);
        }
        running_close(&r);
    }
}

#define CALL "node \"y\" (test.plugins::WrongCall): "

static void calls(void)
{
    static const struct mistake mistakes[] = {
        {CALL_COUNTS, 1, HINGE_BAD_PLUGIN,
         CALL "calls its body with 2 inputs for 1 outputs, not 1 for 1", 0},
        {CALL_COUNTS, 2, HINGE_BAD_PLUGIN,
         CALL "calls its body with 1 inputs for 3 outputs, not 1 for 1", 0},
        {CALL_NULL, 0, HINGE_BAD_PLUGIN, CALL "calls its body without a value for input 0", 0},
        {CALL_NULL_LISTS, 0, HINGE_BAD_PLUGIN, CALL "calls its body with", 0},
        {CALL_NULL_LISTS, 1, HINGE_BAD_PLUGIN, CALL "calls its body with", 0},
        {CALL_ATTRIBUTE, 7, HINGE_BAD_PLUGIN, CALL "attribute 7 is no graph", 0},
        {CALL_ATTRIBUTE, 0, HINGE_BAD_PLUGIN, CALL "attribute 0 is no graph", 0},
        {CALL_ATTRIBUTE, -1, HINGE_BAD_PLUGIN, CALL "attribute 4294967295 is no graph", 0},
        {CALL_UNKNOWN, -1, HINGE_BAD_PLUGIN, CALL "calls its body without a value for input 0", 0},
        {CALL_UNKNOWN, INT64_MAX, HINGE_BAD_PLUGIN,
         CALL "calls its body without a value for input 0", 0},
        {CALL_TYPE, HINGE_DOUBLE, HINGE_BAD_PLUGIN,
         CALL "calls its body without a value for input 0", 0},
        {CALL_TYPE, HINGE_SEQUENCE, HINGE_BAD_PLUGIN,
         CALL "calls its body without a value for input 0", 0},
        {CALL_NO_DATA, 0, HINGE_BAD_PLUGIN, CALL "calls its body without a value for input 0", 0},
        {CALL_IGNORED, 0, HINGE_BAD_PLUGIN, CALL "attribute 0 is no graph", 0},
        {INIT_CALL, 0, HINGE_BAD_PLUGIN, CALL "attribute 3 is no graph that can be used here", 0},
    };
    for (size_t m = 0; m < sizeof mistakes / sizeof mistakes[0]; m++) {
        struct running r = {.model = model_create(), .plugins = {PLUGIN}};
        begin_node(r.model, "WrongCall", "y", &mistakes[m]);
        add_body(r.model, "Identity", HINGE_FLOAT, 1, any);
        model_node(r.model, "", "Neg", "y", "z");
        model_output(r.model, "y", HINGE_FLOAT, 1, any);
        model_output(r.model, "z", HINGE_FLOAT, 1, any);
        hinge_status status = running_try_open(&r);
        if (status)
            check_failure(&r.error, status, mistakes[m].status, mistakes[m].words);
        for (int round = 0; round < 2 && !status; round++) {
            hinge_tensor input = floats(4, bad), outputs[2];
            check_failure(&r.error, running_run(&r, &input, 1, outputs, 2), mistakes[m].status,
                          mistakes[m].words);
            check_good(&r);
        }
        running_close(&r);
    }
}

/* The operator does not ask for its body's types, and the model does not tell them all. */
static void untyped_body(void)
{
    struct running r = {.model = model_create(), .plugins = {PLUGIN}};
    model_input(r.model, "x", HINGE_FLOAT, 1, any);
    model_node(r.model, DOMAIN, "WrongCall", "x", "y");
    add_body(r.model, "Identity", HINGE_NO_TYPE, -1, NULL);
    model_output(r.model, "y", HINGE_FLOAT, 1, any);
    check_failure(&r.error, running_try_open(&r), HINGE_BAD_PLUGIN,
                  "WrongCall does not tell the type of input \"v\" of its body");
    running_close(&r);
}

int main(void)
{
    static CU_TestInfo tests[] = {{"statuses", statuses},
                                  {"shapes inferred", shapes_inferred},
                                  {"memory asked for", memory_asked_for},
                                  {"resizes", resizes},
                                  {"tensors changed by hand", tensors_changed},
                                  {"other services", other_services},
                                  {"a constant copied by infer", constant_copied},
                                  {"in a branch", in_a_branch},
                                  {"releases", releases},
                                  {"types", types},
                                  {"sequences", sequences},
                                  {"calls", calls},
                                  {"a body without types", untyped_body},
                                  CU_TEST_INFO_NULL};
    return run_tests("wrong plugins", tests);
}
