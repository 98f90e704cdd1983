/* Which value a name means: in bodies within bodies, where names repeat, where constants are seen
 * from within, and where an initializer is an input's default. */
#include "build.h"
#include "tests/support/main.h"

#include <string.h>

static struct loaded_model *load(struct build *build)
{
    hinge_error error = {0};
    struct loaded_model *model = build_load(build, &error);
    CU_ASSERT_STRING_EQUAL(error.message, "");
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    return model;
}

/* A node of graph with a body. */
static Onnx__GraphProto *add_body(struct build *build, Onnx__GraphProto *graph, const char *inputs,
                                  const char *outputs)
{
    Onnx__NodeProto *node = build_node(build, graph, "If", inputs, outputs);
    Onnx__AttributeProto *attribute = build_attribute(build, node, "body", HINGE_ATTR_GRAPH);
    return attribute->g = build_graph(build);
}

static const struct graph *body_of(const struct graph *graph, const char *output)
{
    const struct graph_value *value = find_value(graph, output);
    CU_ASSERT_FATAL(value && value->producer != GRAPH_NONE);
    const struct graph *body = graph->nodes[value->producer].attributes[0].graph;
    CU_ASSERT_PTR_NOT_NULL_FATAL(body);
    CU_ASSERT_PTR_EQUAL(body->parent, graph);
    return body;
}

static void add_constant_node(struct build *build, Onnx__GraphProto *graph, const char *name,
                              const float *number)
{
    Onnx__NodeProto *node = build_node(build, graph, "Constant", "", name);
    Onnx__AttributeProto *value = build_attribute(build, node, "value", HINGE_ATTR_TENSOR);
    value->t = build_tensor(build, "", HINGE_FLOAT, 0, NULL);
    build_raw(value->t, number, sizeof *number);
}

static void expect_number(const struct graph *graph, const char *name, enum graph_storage storage,
                          float number)
{
    const struct graph_value *value = find_value(graph, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    CU_ASSERT(value->storage == storage ||
              (storage == GRAPH_OWNED && value->storage == GRAPH_MAPPED));
    CU_ASSERT_EQUAL(value->type_code, HINGE_FLOAT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value->tensor.data);
    CU_ASSERT_EQUAL(*(const float *)value->tensor.data, number);
}

/* Constants of every form are constants in bodies at any depth, also where they are written behind
 * the node that has the body; values that are computed are not. */
static void test_borrowed(void)
{
    static const float numbers[] = {2, 3, 4};
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 1, (int64_t[]){4});
    Onnx__GraphProto *middle = add_body(&build, build.graph, "x", "y");
    Onnx__GraphProto *inner = add_body(&build, middle, "x", "m");
    build_node(&build, inner, "Op", "w,late,x,own", "i");
    build_node(&build, inner, "Op", "t", "j");
    build_output(&build, inner, "i");
    build_output(&build, inner, "w");
    build_raw(build_initializer(&build, middle, "own", HINGE_FLOAT, 0, NULL), &numbers[2], 4);
    build_output(&build, middle, "m");
    build_raw(build_initializer(&build, build.graph, "w", HINGE_FLOAT, 0, NULL), &numbers[0], 4);
    add_constant_node(&build, build.graph, "late", &numbers[1]);
    build_node(&build, build.graph, "Relu", "x", "t");
    build_output(&build, build.graph, "y");
    build_output(&build, build.graph, "t")->type =
        build_input(&build, build_graph(&build), "", 2, (int64_t[]){5, 6})->type;

    struct loaded_model *model = load(&build);
    const struct graph *outer = model->graph, *in_middle = body_of(outer, "y");
    const struct graph *in_inner = body_of(in_middle, "m");
    expect_number(outer, "w", GRAPH_OWNED, 2);
    expect_number(outer, "late", GRAPH_OWNED, 3);
    expect_number(in_middle, "w", GRAPH_BORROWED, 2);
    expect_number(in_inner, "w", GRAPH_BORROWED, 2);
    expect_number(in_inner, "late", GRAPH_BORROWED, 3);
    expect_number(in_middle, "own", GRAPH_OWNED, 4);
    expect_number(in_inner, "own", GRAPH_BORROWED, 4);
    CU_ASSERT_PTR_EQUAL(find_value(in_inner, "w")->tensor.data,
                        find_value(outer, "w")->tensor.data);
    CU_ASSERT_EQUAL(find_value(in_inner, "own")->outer, find_index(in_middle, "own"));
    CU_ASSERT_EQUAL(find_value(in_inner, "x")->storage, GRAPH_NOT_CONSTANT);
    CU_ASSERT_PTR_NULL(find_value(in_inner, "x")->tensor.data);
    CU_ASSERT_EQUAL(in_inner->outputs[1], find_index(in_inner, "w"));
    /* What is declared of an output is known in the body as well. */
    CU_ASSERT_EQUAL(find_value(in_inner, "t")->tensor.rank, 2);
    CU_ASSERT_EQUAL(find_value(in_inner, "t")->tensor.dims[1], 6);
    load_close(model);
    build_free(&build);
}

/* The innermost value of a name counts, wherever in its graph it is made. */
static void test_shadows(void)
{
    static const float numbers[] = {2, 3, 4};
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 0, NULL);
    build_raw(build_initializer(&build, build.graph, "w", HINGE_FLOAT, 0, NULL), &numbers[0], 4);
    Onnx__GraphProto *middle = add_body(&build, build.graph, "x", "y");
    build_raw(build_initializer(&build, middle, "w", HINGE_FLOAT, 0, NULL), &numbers[1], 4);
    Onnx__GraphProto *inner = add_body(&build, middle, "w", "y");
    build_node(&build, inner, "Op", "w,x", "a");
    build_node(&build, inner, "Op", "y", "x"); /* y is the inner graph's input */
    build_input(&build, inner, "y", 0, NULL);
    build_output(&build, inner, "a");
    add_constant_node(&build, middle, "x", &numbers[2]);
    build_output(&build, middle, "y");
    build_output(&build, build.graph, "y");

    struct loaded_model *model = load(&build);
    const struct graph *in_middle = body_of(model->graph, "y");
    const struct graph *in_inner = body_of(in_middle, "y");
    expect_number(model->graph, "w", GRAPH_OWNED, 2);
    expect_number(in_middle, "w", GRAPH_OWNED, 3);
    expect_number(in_middle, "x", GRAPH_OWNED, 4);
    expect_number(in_inner, "w", GRAPH_BORROWED, 3);
    CU_ASSERT_EQUAL(find_value(in_middle, "w")->outer, GRAPH_NONE);
    CU_ASSERT_EQUAL(find_value(in_middle, "y")->outer, GRAPH_NONE);
    const struct graph_value *x = find_value(in_inner, "x");
    CU_ASSERT(x->outer == GRAPH_NONE && x->storage == GRAPH_NOT_CONSTANT);
    const struct graph_node *reader = &in_inner->nodes[find_value(in_inner, "a")->producer];
    CU_ASSERT_EQUAL(reader->inputs[1], find_index(in_inner, "x"));
    CU_ASSERT_EQUAL(in_inner->n_inputs, 1);
    CU_ASSERT_EQUAL(in_inner->inputs[0], find_index(in_inner, "y"));
    CU_ASSERT_EQUAL(find_value(model->graph, "w")->n_readers, 0);
    load_close(model);
    build_free(&build);
}

/* A name that is read deep inside costs a value in every graph on the way: no more of them than the
 * budget has room for. */
static void test_budget(void)
{
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 0, NULL);
    Onnx__GraphProto *graph = build.graph;
    for (int depth = 0; depth < 10; depth++) {
        Onnx__GraphProto *body = add_body(&build, graph, "", "t");
        build_output(&build, graph, "t");
        graph = body;
    }
    build_node(&build, graph, "Op", "x", "t");
    build_output(&build, graph, "t");
    size_t size;
    const uint8_t *bytes = build_pack(&build, &size);
    struct loaded_model *model;
    hinge_error error;
    const size_t enough = 10 * (sizeof(struct graph_value) + 1);
    struct load_options options = {.memory_budget = enough};
    CU_ASSERT_EQUAL(load_memory(bytes, size, &options, &build.allocator, &model, &error), HINGE_OK);
    CU_ASSERT_EQUAL(budget_left(&model->budget), 0);
    load_close(model);
    options.memory_budget = enough - 1;
    CU_ASSERT_EQUAL(load_memory(bytes, size, &options, &build.allocator, &model, &error),
                    HINGE_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.message, "subgraphs read more values from around them"));
    CU_ASSERT_PTR_NULL(model);
    build_free(&build);
}

/* Defaults */

enum { IR_3 = 3, IR_8 = 8 };

static void build_defaults(struct build *build, int64_t version)
{
    static const float numbers[6] = {1, 2, 3, 4, 5, 6};
    static int32_t ints[2] = {7, 8};
    build_begin(build);
    build->model.ir_version = version;
    build_input(build, build->graph, "same", 2, (int64_t[]){2, 3});
    build_input(build, build->graph, "x", 1, (int64_t[]){3});
    Onnx__TypeProto__Tensor *other =
        build_input(build, build->graph, "other", 2, (int64_t[]){-1, 4})->type->tensor_type;
    other->shape->dim[0]->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    other->shape->dim[0]->dim_param = build_text(build, "n");
    build_input(build, build->graph, "rank", 1, (int64_t[]){6})->type->tensor_type->elem_type =
        HINGE_DOUBLE;
    build_input(build, build->graph, "bare", 0, NULL)->type = NULL;
    const int64_t dims[] = {2, 3}, two = 2;
    static const char *const names[] = {"rank", "other", "same", "plain"};
    for (size_t i = 0; i < 4; i++)
        build_raw(build_initializer(build, build->graph, names[i], HINGE_FLOAT, 2, dims), numbers,
                  sizeof numbers);
    Onnx__TensorProto *bare = build_initializer(build, build->graph, "bare", HINGE_INT32, 1, &two);
    bare->int32_data = ints; /* its memory cannot be the file's */
    bare->n_int32_data = 2;
    build_node(build, build->graph, "Op", "same,other,rank,bare,x,plain", "y");
    build_output(build, build->graph, "y");
}

static void expect_entries(const struct graph *graph)
{
    static const char *const names[] = {"same", "other", "rank", "bare"};
    static const hinge_type_code codes[] = {HINGE_FLOAT, HINGE_FLOAT, HINGE_DOUBLE, 0};
    CU_ASSERT_EQUAL_FATAL(graph->n_defaults, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct graph_default *entry = &graph->defaults[i];
        CU_ASSERT_EQUAL(entry->value, find_index(graph, names[i]));
        CU_ASSERT_EQUAL(entry->declared_code, codes[i]);
        CU_ASSERT_EQUAL(entry->tensor.type, i < 3 ? HINGE_FLOAT : HINGE_INT32);
        CU_ASSERT_EQUAL(entry->tensor.rank, i < 3 ? 2 : 1);
        CU_ASSERT(graph->values[entry->value].has_default);
    }
    CU_ASSERT(!find_value(graph, "plain")->has_default);
    CU_ASSERT_EQUAL(graph->defaults[1].declared.dims[1], 4);
    CU_ASSERT_STRING_EQUAL(graph->defaults[1].dim_names[0], "n");
    CU_ASSERT_EQUAL(graph->defaults[3].declared.rank, -1);
}

static void test_constant_defaults(void)
{
    for (int64_t version = IR_3; version <= IR_8; version++) {
        struct build build;
        build_defaults(&build, version);
        struct loaded_model *model = load(&build);
        const struct graph *graph = model->graph;
        expect_entries(graph);
        CU_ASSERT_EQUAL(graph->n_inputs, 1);
        for (uint32_t i = 0; i < graph->n_defaults; i++) {
            const struct graph_value *value = &graph->values[graph->defaults[i].value];
            CU_ASSERT(value->storage != GRAPH_NOT_CONSTANT && !value->is_input);
            CU_ASSERT(value->tensor.data && !value->default_tensor);
            CU_ASSERT_PTR_NULL(graph->defaults[i].tensor.data);
        }
        /* The initializer rules, not what is declared. */
        CU_ASSERT_EQUAL(find_value(graph, "other")->tensor.dims[1], 3);
        CU_ASSERT_EQUAL(find_value(graph, "rank")->tensor.rank, 2);
        CU_ASSERT_EQUAL(find_value(graph, "rank")->type_code, HINGE_FLOAT);
        load_close(model);
        build_free(&build);
    }
}

static void test_overridable_defaults(void)
{
    for (int64_t version = IR_3; version <= IR_8; version++) {
        struct build build;
        build_defaults(&build, version);
        size_t size;
        const uint8_t *bytes = build_pack(&build, &size);
        const struct load_options options = {.overridable_defaults = true};
        struct loaded_model *model;
        CU_ASSERT_EQUAL_FATAL(load_memory(bytes, size, &options, &build.allocator, &model, NULL),
                              HINGE_OK);
        const struct graph *graph = model->graph;
        expect_entries(graph);
        static const char *const inputs[] = {"same", "x", "other", "rank", "bare"};
        CU_ASSERT_EQUAL_FATAL(graph->n_inputs, 5);
        for (size_t i = 0; i < 5; i++) {
            CU_ASSERT_EQUAL(graph->inputs[i], find_index(graph, inputs[i]));
            CU_ASSERT(graph->values[graph->inputs[i]].is_input);
        }
        for (uint32_t i = 0; i < graph->n_defaults; i++) {
            const struct graph_value *value = &graph->values[graph->defaults[i].value];
            CU_ASSERT(value->storage == GRAPH_NOT_CONSTANT && !value->tensor.data);
            CU_ASSERT_PTR_EQUAL(value->default_tensor, &graph->defaults[i].tensor);
            CU_ASSERT_EQUAL(value->tensor.type, value->default_tensor->type);
            CU_ASSERT_EQUAL(value->type_code, value->default_tensor->type);
        }
        CU_ASSERT_PTR_NULL(find_value(graph, "x")->default_tensor);
        CU_ASSERT_PTR_NOT_NULL(find_value(graph, "plain")->tensor.data);
        const struct graph_value *same = find_value(graph, "same");
        CU_ASSERT(same->tensor.rank == 2 && same->tensor.dims[0] == 2 && same->tensor.dims[1] == 3);
        CU_ASSERT_EQUAL(((const float *)same->default_tensor->data)[5], 6);
        CU_ASSERT_EQUAL(((const int32_t *)find_value(graph, "bare")->default_tensor->data)[1], 8);
        /* What is declared, as far as the default has it too. */
        const struct graph_value *other = find_value(graph, "other");
        CU_ASSERT(other->tensor.rank == 2 && other->tensor.dims[0] == -1);
        CU_ASSERT(other->tensor.dims[1] == -1 && other->default_tensor->dims[1] == 3);
        CU_ASSERT_STRING_EQUAL(other->dim_names[0], "n");
        CU_ASSERT_EQUAL(find_value(graph, "rank")->tensor.rank, -1);
        load_close(model);
        build_free(&build);
    }
}

/* A body's initializers that are listed as inputs, as IR version 3 wants it, stand behind those
 * that the operator gives, and stay constants. */
static void test_body_defaults(void)
{
    static const float number = 2;
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 0, NULL);
    Onnx__GraphProto *body = add_body(&build, build.graph, "x", "y");
    build_input(&build, body, "state", 0, NULL);
    build_input(&build, body, "w", 0, NULL);
    build_raw(build_initializer(&build, body, "w", HINGE_FLOAT, 0, NULL), &number, 4);
    build_node(&build, body, "Op", "state,w", "b");
    build_output(&build, body, "b");
    build_output(&build, build.graph, "y");
    size_t size;
    const uint8_t *bytes = build_pack(&build, &size);
    const struct load_options options = {.overridable_defaults = true};
    struct loaded_model *model;
    CU_ASSERT_EQUAL_FATAL(load_memory(bytes, size, &options, &build.allocator, &model, NULL),
                          HINGE_OK);
    const struct graph *in_body = body_of(model->graph, "y");
    CU_ASSERT_EQUAL(in_body->n_inputs, 1);
    CU_ASSERT_EQUAL(in_body->n_defaults, 1);
    expect_number(in_body, "w", GRAPH_OWNED, 2);
    load_close(model);
    build_free(&build);
}

int main(void)
{
    return run_tests("load/scope",
                     (CU_TestInfo[]){{"constants in bodies", test_borrowed},
                                     {"names that repeat", test_shadows},
                                     {"values through many graphs", test_budget},
                                     {"defaults as constants", test_constant_defaults},
                                     {"defaults to be overridden", test_overridable_defaults},
                                     {"defaults in bodies", test_body_defaults},
                                     CU_TEST_INFO_NULL});
}
