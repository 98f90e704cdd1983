/* Declared types of every kind: of inputs, outputs, values between, attributes, and in functions.
 */
#include "build.h"
#include "tests/support/main.h"

#include <string.h>

static Onnx__TypeProto *new_type(struct build *build, Onnx__TypeProto__ValueCase kind)
{
    Onnx__TypeProto *type = build_memory(build, sizeof *type);
    onnx__type_proto__init(type);
    type->value_case = kind;
    return type;
}

static Onnx__TypeProto *tensor_of(struct build *build, int32_t element)
{
    Onnx__TypeProto *type = new_type(build, ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE);
    type->tensor_type = build_memory(build, sizeof *type->tensor_type);
    onnx__type_proto__tensor__init(type->tensor_type);
    type->tensor_type->has_elem_type = element != 0;
    type->tensor_type->elem_type = element;
    return type;
}

static Onnx__TypeProto *sparse_of(struct build *build, int32_t element)
{
    Onnx__TypeProto *type = new_type(build, ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE);
    type->sparse_tensor_type = build_memory(build, sizeof *type->sparse_tensor_type);
    onnx__type_proto__sparse_tensor__init(type->sparse_tensor_type);
    type->sparse_tensor_type->has_elem_type = 1;
    type->sparse_tensor_type->elem_type = element;
    return type;
}

static Onnx__TypeProto *sequence_of(struct build *build, Onnx__TypeProto *element)
{
    Onnx__TypeProto *type = new_type(build, ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE);
    type->sequence_type = build_memory(build, sizeof *type->sequence_type);
    onnx__type_proto__sequence__init(type->sequence_type);
    type->sequence_type->elem_type = element;
    return type;
}

static Onnx__TypeProto *optional_of(struct build *build, Onnx__TypeProto *element)
{
    Onnx__TypeProto *type = new_type(build, ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE);
    type->optional_type = build_memory(build, sizeof *type->optional_type);
    onnx__type_proto__optional__init(type->optional_type);
    type->optional_type->elem_type = element;
    return type;
}

static Onnx__TypeProto *map_of(struct build *build, int32_t key, Onnx__TypeProto *value)
{
    Onnx__TypeProto *type = new_type(build, ONNX__TYPE_PROTO__VALUE_MAP_TYPE);
    type->map_type = build_memory(build, sizeof *type->map_type);
    onnx__type_proto__map__init(type->map_type);
    type->map_type->has_key_type = 1;
    type->map_type->key_type = key;
    type->map_type->value_type = value;
    return type;
}

static Onnx__TypeProto *opaque(struct build *build)
{
    Onnx__TypeProto *type = new_type(build, ONNX__TYPE_PROTO__VALUE_OPAQUE_TYPE);
    type->opaque_type = build_memory(build, sizeof *type->opaque_type);
    onnx__type_proto__opaque__init(type->opaque_type);
    return type;
}

struct kind {
    Onnx__TypeProto *proto;
    hinge_type_code code;
    int32_t rank;
};

enum { N_KINDS = 14 };

static void make_kinds(struct build *build, struct kind *kinds)
{
    Onnx__TypeProto *floats = tensor_of(build, HINGE_FLOAT);
    Onnx__TypeProto *deep = floats;
    for (int level = 0; level < 7; level++)
        deep = optional_of(build, deep);
    const struct kind made[N_KINDS] = {
        {NULL, 0, -1},
        {new_type(build, ONNX__TYPE_PROTO__VALUE__NOT_SET), 0, -1},
        {opaque(build), 0, -1},
        {tensor_of(build, 0), 0, -1},
        {floats, 0x01, -1},
        {sparse_of(build, HINGE_DOUBLE), 0x0b44, -1},
        {sequence_of(build, floats), 0x0141, 1},
        {sequence_of(build, NULL), 0x41, 1},
        {sequence_of(build, sparse_of(build, HINGE_FLOAT)), 0x014441, 1},
        {optional_of(build, sequence_of(build, floats)), 0x014142, 1},
        {map_of(build, HINGE_STRING, tensor_of(build, HINGE_INT64)), 0x070843, 1},
        {sequence_of(build, map_of(build, HINGE_INT64, floats)), 0x01074341, 1},
        {map_of(build, HINGE_INT64, map_of(build, HINGE_STRING, floats)), 0x0108430743, 1},
        {deep, UINT64_C(0x0142424242424242), 1},
    };
    memcpy(kinds, made, sizeof made);
}

static void expect_value(const struct graph *graph, const char *name, const struct kind *kind)
{
    const struct graph_value *value = find_value(graph, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    CU_ASSERT_EQUAL(value->type_code, kind->code);
    CU_ASSERT_EQUAL(value->tensor.type, (hinge_type)(kind->code & 255));
    CU_ASSERT_EQUAL(value->tensor.rank, kind->rank);
    if (kind->rank == 1)
        CU_ASSERT_EQUAL(value->tensor.dims[0], value->tensor.type == HINGE_MAP ? 2 : -1);
}

/* One model for each kind: an input, a value, an output, two attributes and a function. */
static void test_kinds(void)
{
    for (size_t k = 0; k < N_KINDS; k++) {
        struct build build;
        struct kind kinds[N_KINDS];
        build_begin(&build);
        make_kinds(&build, kinds);
        build_input(&build, build.graph, "x", 0, NULL)->type = kinds[k].proto;
        Onnx__NodeProto *node = build_node(&build, build.graph, "Op", "x", "t");
        build_node(&build, build.graph, "Op", "t", "y");
        build_output(&build, build.graph, "y")->type = kinds[k].proto;
        Onnx__ValueInfoProto *t = build_input(&build, build_graph(&build), "t", 0, NULL);
        t->type = kinds[k].proto;
        build_append(&build, &build.graph->n_value_info, &build.graph->value_info, t);
        if (kinds[k].proto) {
            build_attribute(&build, node, "type", HINGE_ATTR_TYPE_PROTO)->tp = kinds[k].proto;
            Onnx__AttributeProto *list =
                build_attribute(&build, node, "types", HINGE_ATTR_TYPE_PROTOS);
            for (size_t i = k; i < N_KINDS; i++)
                build_append(&build, &list->n_type_protos, &list->type_protos, kinds[i].proto);
        }
        Onnx__FunctionProto *function = build_function(&build, "", "F", "a", "t");
        build_function_node(&build, function, "Op", "a", "t");
        build_append(&build, &function->n_value_info, &function->value_info, t);

        hinge_error error = {0};
        struct loaded_model *model = build_load(&build, &error);
        CU_ASSERT_STRING_EQUAL(error.message, "");
        CU_ASSERT_PTR_NOT_NULL_FATAL(model);
        expect_value(model->graph, "x", &kinds[k]);
        expect_value(model->graph, "t", &kinds[k]);
        expect_value(model->graph, "y", &kinds[k]);
        expect_value(model->graph->functions[0].body, "t", &kinds[k]);
        if (kinds[k].proto) {
            const struct graph_attribute *attributes = model->graph->nodes[0].attributes;
            CU_ASSERT_EQUAL(attributes[0].value.count, 1);
            CU_ASSERT_EQUAL(attributes[0].value.type_codes[0], kinds[k].code);
            CU_ASSERT_EQUAL_FATAL(attributes[1].value.count, N_KINDS - k);
            for (size_t i = k; i < N_KINDS; i++)
                CU_ASSERT_EQUAL(attributes[1].value.type_codes[i - k], kinds[i].code);
        }
        load_close(model);
        build_free(&build);
    }
}

static void expect_error(struct build *build, hinge_status status, const char *message)
{
    hinge_error error = {0};
    CU_ASSERT_PTR_NULL(build_load(build, &error));
    CU_ASSERT_EQUAL(error.status, status);
    CU_ASSERT_STRING_EQUAL(error.message, message);
}

static void test_levels(void)
{
    struct build build;
    build_begin(&build);
    Onnx__ValueInfoProto *x = build_input(&build, build.graph, "x", 0, NULL);
    const char *too_deep = "input \"x\": has a type of more than 8 levels";
    Onnx__TypeProto *seven = NULL;
    for (int level = 0; level < 7; level++)
        seven = sequence_of(&build, seven);
    Onnx__TypeProto *floats = tensor_of(&build, HINGE_FLOAT),
                    *ends[] = {sparse_of(&build, HINGE_FLOAT), map_of(&build, HINGE_INT64, NULL),
                               map_of(&build, HINGE_INT64, floats), optional_of(&build, floats)};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        x->type = ends[i];
        for (int level = 0; level < 7; level++)
            x->type = sequence_of(&build, x->type);
        expect_error(&build, HINGE_LIMIT, too_deep);
    }
    x->type = sequence_of(&build, sequence_of(&build, seven));
    expect_error(&build, HINGE_LIMIT, too_deep);
    x->type = sequence_of(&build, seven);
    struct loaded_model *model = build_load(&build, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    CU_ASSERT_EQUAL(find_value(model->graph, "x")->type_code, UINT64_C(0x4141414141414141));
    load_close(model);
    x->type = map_of(&build, 99, NULL);
    expect_error(&build, HINGE_BAD_MODEL, "input \"x\": has unknown data type 99");
    build_free(&build);
}

/* The last declaration of a value counts, but one that says nothing takes nothing away. */
static void test_declared_twice(void)
{
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 0, NULL);
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        build_node(&build, build.graph, "Op", "x", names[i]);
        Onnx__ValueInfoProto *info =
            build_input(&build, build_graph(&build), names[i], 2, (int64_t[]){2, 3});
        build_append(&build, &build.graph->n_value_info, &build.graph->value_info, info);
        Onnx__ValueInfoProto *output = build_output(&build, build.graph, names[i]);
        output->type = i == 0   ? NULL
                       : i == 1 ? tensor_of(&build, HINGE_INT32)
                                : sequence_of(&build, tensor_of(&build, HINGE_FLOAT));
    }
    struct loaded_model *model = build_load(&build, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const struct graph_value *a = find_value(model->graph, "a");
    CU_ASSERT(a->type_code == HINGE_FLOAT && a->tensor.type == HINGE_FLOAT);
    CU_ASSERT(a->tensor.rank == 2 && a->tensor.dims[1] == 3);
    const struct graph_value *b = find_value(model->graph, "b");
    CU_ASSERT(b->type_code == HINGE_INT32 && b->tensor.type == HINGE_INT32);
    CU_ASSERT(b->tensor.rank == 2 && b->tensor.dims[1] == 3);
    const struct graph_value *c = find_value(model->graph, "c");
    CU_ASSERT(c->type_code == (HINGE_SEQUENCE | HINGE_FLOAT << 8) && c->tensor.rank == 1);
    load_close(model);
    build_free(&build);
}

int main(void)
{
    return run_tests("load/type", (CU_TestInfo[]){{"every kind, everywhere", test_kinds},
                                                  {"levels", test_levels},
                                                  {"declared twice", test_declared_twice},
                                                  CU_TEST_INFO_NULL});
}
