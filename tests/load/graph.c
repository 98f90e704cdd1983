/* From messages to a graph: values, nodes, attributes, subgraphs, functions. Errors are in
 * hostile.py; here is what must come out of valid models. */
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

static const struct graph_attribute *attribute_of(const struct graph *graph, size_t node,
                                                  const char *name)
{
    const struct graph_node *at = &graph->nodes[node];
    for (uint32_t i = 0; i < at->n_attributes; i++)
        if (strcmp(at->attributes[i].name, name) == 0)
            return &at->attributes[i];
    CU_FAIL_FATAL("no such attribute");
    return NULL;
}

static void test_model(void)
{
    struct build build;
    build_begin(&build);
    build.model.producer_name = build_text(&build, "exporter");
    build.model.producer_version = build_text(&build, "1.2");
    build.model.domain = build_text(&build, "com.acme.models");
    build.model.has_model_version = 1;
    build.model.model_version = -7;
    build.model.doc_string = build_text(&build, "of a model");
    build.graph->doc_string = build_text(&build, "of a graph");
    static const char *const properties[][2] = {{"author", "A"}, {"", "B"}, {"author", NULL}};
    for (size_t i = 0; i < 3; i++) {
        Onnx__StringStringEntryProto *entry = build_memory(&build, sizeof *entry);
        onnx__string_string_entry_proto__init(entry);
        entry->key = (char *)(uintptr_t)properties[i][0];
        entry->value = (char *)(uintptr_t)properties[i][1];
        build_append(&build, &build.model.n_metadata_props, &build.model.metadata_props, entry);
    }
    build_opset(&build, "com.acme", 3);
    build_opset(&build, "ai.onnx.ml", 2);
    build_opset(&build, "ai.onnx.ml", 4);
    build_opset(&build, "ai.onnx.ml", 3);
    build_input(&build, build.graph, "x", 1, (int64_t[]){2});
    build_node(&build, build.graph, "Relu", "x", "a")->name = build_text(&build, "first");
    build_node(&build, build.graph, "Relu", "a", "b")->domain = build_text(&build, "com.acme");
    build_node(&build, build.graph, "Scaler", "b", "c")->domain = build_text(&build, "ai.onnx.ml");
    Onnx__NodeProto *last = build_node(&build, build.graph, "Add", "c,b", "y");
    last->domain = build_text(&build, "ai.onnx");
    last->overload = build_text(&build, "o");
    build_output(&build, build.graph, "y");
    struct loaded_model *model = load(&build);
    const struct graph *graph = model->graph;
    CU_ASSERT_STRING_EQUAL(graph->producer_name, "exporter");
    CU_ASSERT_STRING_EQUAL(graph->producer_version, "1.2");
    CU_ASSERT_STRING_EQUAL(graph->name, "g");
    CU_ASSERT_STRING_EQUAL(graph->model_domain, "com.acme.models");
    CU_ASSERT_STRING_EQUAL(graph->model_doc, "of a model");
    CU_ASSERT_STRING_EQUAL(graph->graph_doc, "of a graph");
    CU_ASSERT_EQUAL(graph->model_version, -7);
    CU_ASSERT_EQUAL_FATAL(graph->n_metadata, 3);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(graph->metadata[i].key, properties[i][0]);
        CU_ASSERT_STRING_EQUAL(graph->metadata[i].value, properties[i][1] ? properties[i][1] : "");
    }
    CU_ASSERT_EQUAL(graph->ir_version, 8);
    CU_ASSERT_EQUAL(graph->n_opsets, 3);
    CU_ASSERT_EQUAL_FATAL(graph->n_nodes, 4);
    static const struct {
        const char *name, *op, *domain, *overload;
        uint32_t opset;
    } expected[] = {{"first", "Relu", "", "", 17},
                    {"", "Relu", "com.acme", "", 3},
                    {"", "Scaler", "ai.onnx.ml", "", 4},
                    {"", "Add", "", "o", 17}};
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_STRING_EQUAL(graph->nodes[i].name, expected[i].name);
        CU_ASSERT_STRING_EQUAL(graph->nodes[i].op, expected[i].op);
        CU_ASSERT_STRING_EQUAL(graph->nodes[i].domain, expected[i].domain);
        CU_ASSERT_STRING_EQUAL(graph->nodes[i].overload, expected[i].overload);
        CU_ASSERT_EQUAL(graph->nodes[i].opset, expected[i].opset);
    }
    load_close(model);
    build_free(&build);
}

static void test_values(void)
{
    struct build build;
    build_begin(&build);
    Onnx__ValueInfoProto *x = build_input(&build, build.graph, "x", 3, (int64_t[]){-1, 0, 5});
    Onnx__TensorShapeProto__Dimension *dim = x->type->tensor_type->shape->dim[0];
    dim->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    dim->dim_param = build_text(&build, "batch");
    build_input(&build, build.graph, "z", 1, (int64_t[]){7})->type = NULL;
    Onnx__ValueInfoProto *minus = build_input(&build, build.graph, "m", 1, (int64_t[]){7});
    minus->type->tensor_type->shape->dim[0]->dim_value = -1;
    build_node(&build, build.graph, "Op", "x,,z", "a,,y");
    build_node(&build, build.graph, "Op", "x,m", "u");
    build_output(&build, build.graph, "y");
    build_output(&build, build.graph, "x");
    Onnx__ValueInfoProto *a = build_input(&build, build.graph, "a", 2, (int64_t[]){3, 4});
    build.graph->n_input--;
    build_append(&build, &build.graph->n_value_info, &build.graph->value_info, a);
    struct loaded_model *model = load(&build);
    const struct graph *graph = model->graph;

    CU_ASSERT_EQUAL_FATAL(graph->n_inputs, 3);
    CU_ASSERT_EQUAL(graph->inputs[0], find_index(graph, "x"));
    CU_ASSERT_EQUAL(graph->inputs[1], find_index(graph, "z"));
    const struct graph_value *value = find_value(graph, "x");
    CU_ASSERT(value->is_input && value->is_output);
    CU_ASSERT_EQUAL(value->tensor.type, HINGE_FLOAT);
    CU_ASSERT_EQUAL(value->tensor.rank, 3);
    CU_ASSERT(value->tensor.dims[0] == -1 && value->tensor.dims[1] == 0);
    CU_ASSERT_EQUAL(value->tensor.dims[2], 5);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value->dim_names);
    CU_ASSERT_STRING_EQUAL(value->dim_names[0], "batch");
    CU_ASSERT_PTR_NULL(value->dim_names[1]);
    CU_ASSERT_EQUAL(value->n_readers, 3);
    value = find_value(graph, "m");
    CU_ASSERT(value->tensor.rank == 1 && value->tensor.dims[0] == -1);
    value = find_value(graph, "z");
    CU_ASSERT(value->tensor.rank == -1 && value->tensor.type == HINGE_NO_TYPE);
    value = find_value(graph, "a");
    CU_ASSERT(value->tensor.rank == 2 && value->tensor.dims[1] == 4);
    CU_ASSERT_EQUAL(value->n_readers, 0);
    CU_ASSERT_EQUAL(value->producer, 0);

    const struct graph_node *node = &graph->nodes[0];
    CU_ASSERT_EQUAL_FATAL(node->n_inputs, 3);
    CU_ASSERT_EQUAL(node->inputs[1], GRAPH_NONE);
    CU_ASSERT_EQUAL_FATAL(node->n_outputs, 3);
    CU_ASSERT_EQUAL(node->outputs[1], GRAPH_NONE);
    CU_ASSERT_EQUAL(node->outputs[2], graph->outputs[0]);
    CU_ASSERT_EQUAL(graph->outputs[1], graph->inputs[0]);
    load_close(model);
    build_free(&build);
}

/* Up to IR version 3 initializers are inputs too, but not for whoever runs the model. */
static void test_initializers(void)
{
    static const float number = 2;
    for (int64_t version = 3; version <= 14; version++) {
        struct build build;
        build_begin(&build);
        build.model.ir_version = version;
        build_input(&build, build.graph, "w", 0, NULL);
        build_input(&build, build.graph, "x", 0, NULL);
        build_raw(build_initializer(&build, build.graph, "w", HINGE_FLOAT, 0, NULL), &number, 4);
        build_node(&build, build.graph, "Mul", "x,w", "y");
        build_output(&build, build.graph, "y");
        struct loaded_model *model = load(&build);
        CU_ASSERT_EQUAL(model->graph->n_inputs, 1);
        CU_ASSERT_EQUAL(model->graph->inputs[0], find_index(model->graph, "x"));
        const struct graph_value *value = find_value(model->graph, "w");
        CU_ASSERT(!value->is_input && *(const float *)value->tensor.data == 2);
        load_close(model);
        build_free(&build);
    }
}

static void test_constant_nodes(void)
{
    static const float number = 2;
    struct build build;
    build_begin(&build);
    Onnx__NodeProto *node = build_node(&build, build.graph, "Constant", "", "c");
    Onnx__AttributeProto *value = build_attribute(&build, node, "value", HINGE_ATTR_TENSOR);
    value->t = build_tensor(&build, "", HINGE_FLOAT, 0, NULL);
    build_raw(value->t, &number, 4);
    Onnx__NodeProto *other = build_node(&build, build.graph, "Constant", "", "i");
    Onnx__AttributeProto *value_int = build_attribute(&build, other, "value_int", HINGE_ATTR_INT);
    value_int->has_i = 1;
    build_node(&build, build.graph, "Add", "c,i", "y");
    build_output(&build, build.graph, "y");
    build_output(&build, build.graph, "c");
    Onnx__FunctionProto *function = build_function(&build, "", "F", "", "k");
    build_append(&build, &function->n_node, &function->node, node);
    node->output[0] = build_text(&build, "c");
    function->output[0] = node->output[0];

    struct loaded_model *model = load(&build);
    const struct graph *graph = model->graph;
    CU_ASSERT_EQUAL_FATAL(graph->n_nodes, 2);
    CU_ASSERT_STRING_EQUAL(graph->nodes[0].op, "Constant");
    CU_ASSERT_STRING_EQUAL(graph->nodes[0].attributes[0].name, "value_int");
    const struct graph_value *constant = find_value(graph, "c");
    CU_ASSERT(graph_is_constant(graph, find_index(graph, "c")));
    CU_ASSERT_EQUAL(constant->producer, GRAPH_NONE);
    CU_ASSERT(constant->tensor.rank == 0 && *(const float *)constant->tensor.data == 2);
    CU_ASSERT_EQUAL(constant->n_readers, 2);
    CU_ASSERT(constant->is_output);
    CU_ASSERT_EQUAL(graph->nodes[1].inputs[0], find_index(graph, "c"));
    CU_ASSERT_EQUAL(graph->functions[0].body->n_nodes, 1);
    load_close(model);
    build_free(&build);
}

static void test_order(void)
{
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 0, NULL);
    build_node(&build, build.graph, "Third", "b", "y");
    build_node(&build, build.graph, "Second", "a", "b");
    build_node(&build, build.graph, "First", "x", "a");
    build_output(&build, build.graph, "y");
    struct loaded_model *model = load(&build);
    CU_ASSERT_STRING_EQUAL(model->graph->nodes[0].op, "First");
    CU_ASSERT_STRING_EQUAL(model->graph->nodes[1].op, "Second");
    CU_ASSERT_STRING_EQUAL(model->graph->nodes[2].op, "Third");
    load_close(model);
    build_free(&build);
}

/* Of Constant nodes that write one name the last counts, also for nodes before it. */
static void test_replaced_constant(void)
{
    static const float numbers[] = {2, 3};
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 0, NULL);
    for (size_t i = 0; i < 2; i++) {
        Onnx__NodeProto *node = build_node(&build, build.graph, "Constant", "", "c");
        Onnx__AttributeProto *value = build_attribute(&build, node, "value", HINGE_ATTR_TENSOR);
        value->t = build_tensor(&build, "", HINGE_FLOAT, 0, NULL);
        build_raw(value->t, &numbers[i], 4);
        if (i == 0)
            build_node(&build, build.graph, "Add", "x,c", "y");
    }
    build_output(&build, build.graph, "y");
    struct loaded_model *model = load(&build);
    CU_ASSERT_EQUAL(model->graph->n_nodes, 1);
    const struct graph_value *value = &model->graph->values[model->graph->nodes[0].inputs[1]];
    CU_ASSERT(*(const float *)value->tensor.data == 3);
    load_close(model);
    build_free(&build);
}

static void test_attributes(void)
{
    static float floats[] = {1.5f, -2};
    static int64_t ints[] = {-1, INT64_MAX, 0};
    static const float numbers[] = {3, 4};
    ProtobufCBinaryData strings[] = {{2, (uint8_t *)"ab"}, {0, NULL}};
    struct build build;
    build_begin(&build);
    Onnx__NodeProto *node = build_node(&build, build.graph, "Op", "", "y");
    Onnx__AttributeProto *f = build_attribute(&build, node, "f", HINGE_ATTR_FLOAT);
    f->has_f = 1;
    f->f = 0.5f;
    Onnx__AttributeProto *i = build_attribute(&build, node, "i", HINGE_ATTR_INT);
    i->has_i = 1;
    i->i = INT64_MIN;
    build_attribute(&build, node, "zero", HINGE_ATTR_INT); /* proto3 leaves a zero out */
    Onnx__AttributeProto *s = build_attribute(&build, node, "s", HINGE_ATTR_STRING);
    s->has_s = 1;
    s->s = (ProtobufCBinaryData){3, (uint8_t *)"a\0b"};
    Onnx__AttributeProto *fs = build_attribute(&build, node, "fs", HINGE_ATTR_FLOATS);
    fs->floats = floats;
    fs->n_floats = 2;
    Onnx__AttributeProto *is = build_attribute(&build, node, "is", HINGE_ATTR_INTS);
    is->ints = ints;
    is->n_ints = 3;
    build_attribute(&build, node, "none", HINGE_ATTR_INTS);
    Onnx__AttributeProto *ss = build_attribute(&build, node, "ss", HINGE_ATTR_STRINGS);
    ss->strings = strings;
    ss->n_strings = 2;
    Onnx__AttributeProto *t = build_attribute(&build, node, "t", HINGE_ATTR_TENSOR);
    t->t = build_tensor(&build, "", HINGE_FLOAT, 1, (int64_t[]){2});
    build_raw(t->t, numbers, sizeof numbers);
    Onnx__AttributeProto *ts = build_attribute(&build, node, "ts", HINGE_ATTR_TENSORS);
    build_append(&build, &ts->n_tensors, &ts->tensors, t->t);
    build_append(&build, &ts->n_tensors, &ts->tensors, t->t);
    Onnx__AttributeProto *tp = build_attribute(&build, node, "tp", HINGE_ATTR_TYPE_PROTO);
    tp->tp = build_input(&build, build_graph(&build), "", 1, (int64_t[]){9})->type;
    Onnx__AttributeProto *sparse = build_attribute(&build, node, "st", HINGE_ATTR_SPARSE_TENSOR);
    Onnx__SparseTensorProto sparse_tensor;
    onnx__sparse_tensor_proto__init(&sparse_tensor);
    sparse->sparse_tensor = &sparse_tensor;
    sparse_tensor.values = t->t;
    sparse_tensor.indices = build_tensor(&build, "", HINGE_INT64, 1, (int64_t[]){2});
    sparse_tensor.indices->int64_data = (int64_t[]){0, 2};
    sparse_tensor.indices->n_int64_data = 2;
    sparse_tensor.n_dims = 1;
    sparse_tensor.dims = (int64_t[]){3};
    Onnx__AttributeProto *untyped = build_attribute(&build, node, "untyped", 0);
    untyped->has_i = 1;
    untyped->i = 6;
    build_output(&build, build.graph, "y");

    struct loaded_model *model = load(&build);
    const struct graph *graph = model->graph;
    CU_ASSERT(attribute_of(graph, 0, "f")->value.f == 0.5f);
    CU_ASSERT_EQUAL(attribute_of(graph, 0, "i")->value.i, INT64_MIN);
    CU_ASSERT_EQUAL(attribute_of(graph, 0, "zero")->value.i, 0);
    CU_ASSERT(attribute_of(graph, 0, "zero")->value.present);
    const struct hinge_attribute *value = &attribute_of(graph, 0, "s")->value;
    CU_ASSERT(value->s.size == 3 && memcmp(value->s.bytes, "a\0b", 3) == 0);
    value = &attribute_of(graph, 0, "fs")->value;
    CU_ASSERT(value->count == 2 && memcmp(value->floats, floats, sizeof floats) == 0);
    value = &attribute_of(graph, 0, "is")->value;
    CU_ASSERT(value->count == 3 && memcmp(value->ints, ints, sizeof ints) == 0);
    CU_ASSERT_EQUAL(attribute_of(graph, 0, "none")->value.count, 0);
    value = &attribute_of(graph, 0, "ss")->value;
    CU_ASSERT_EQUAL_FATAL(value->count, 2);
    CU_ASSERT(value->strings[0].size == 2 && value->strings[1].size == 0);
    value = &attribute_of(graph, 0, "t")->value;
    CU_ASSERT(value->tensor->rank == 1 && value->tensor->dims[0] == 2);
    CU_ASSERT_EQUAL(memcmp(value->tensor->data, numbers, sizeof numbers), 0);
    value = &attribute_of(graph, 0, "ts")->value;
    CU_ASSERT_EQUAL_FATAL(value->count, 2);
    CU_ASSERT_EQUAL(memcmp(value->tensor[1].data, numbers, sizeof numbers), 0);
    value = &attribute_of(graph, 0, "tp")->value;
    CU_ASSERT(value->count == 1 && value->type_codes[0] == HINGE_FLOAT);
    value = &attribute_of(graph, 0, "st")->value;
    CU_ASSERT_EQUAL(memcmp(value->tensor->data, (float[]){3, 0, 4}, 3 * sizeof(float)), 0);
    value = &attribute_of(graph, 0, "untyped")->value;
    CU_ASSERT(value->type == HINGE_ATTR_INT && value->i == 6);
    load_close(model);
    build_free(&build);
}

/* An If in an If whose inner branch reads the main graph's input and a value made after the outer
 * If in the file. */
static void test_subgraphs(void)
{
    struct build build;
    build_begin(&build);
    build_input(&build, build.graph, "x", 1, (int64_t[]){4});
    Onnx__NodeProto *outer_if = build_node(&build, build.graph, "If", "x", "y");
    build_node(&build, build.graph, "Relu", "x", "late");
    build_output(&build, build.graph, "y");
    Onnx__GraphProto *branch = build_graph(&build);
    build_attribute(&build, outer_if, "then_branch", HINGE_ATTR_GRAPH)->g = branch;
    Onnx__NodeProto *inner_if = build_node(&build, branch, "If", "x", "b");
    build_output(&build, branch, "b");
    Onnx__GraphProto *leaf = build_graph(&build);
    build_attribute(&build, inner_if, "then_branch", HINGE_ATTR_GRAPH)->g = leaf;
    build_node(&build, leaf, "Add", "late,x", "x2");
    build_output(&build, leaf, "x2");
    build_output(&build, leaf, "late");

    struct loaded_model *model = load(&build);
    const struct graph *graph = model->graph;
    CU_ASSERT_STRING_EQUAL(graph->nodes[0].op, "Relu");
    CU_ASSERT_STRING_EQUAL(graph->nodes[1].op, "If");
    const struct graph *middle = attribute_of(graph, 1, "then_branch")->graph;
    CU_ASSERT_PTR_NOT_NULL_FATAL(middle);
    const struct graph *inner = attribute_of(middle, 0, "then_branch")->graph;
    CU_ASSERT_PTR_NOT_NULL_FATAL(inner);
    CU_ASSERT_PTR_EQUAL(middle->parent, graph);
    CU_ASSERT_PTR_EQUAL(inner->parent, middle);
    const struct graph_value *late = find_value(inner, "late");
    CU_ASSERT_EQUAL(late->outer, find_index(middle, "late"));
    CU_ASSERT_EQUAL(find_value(middle, "late")->outer, find_index(graph, "late"));
    CU_ASSERT_EQUAL(find_value(graph, "late")->outer, GRAPH_NONE);
    CU_ASSERT_EQUAL(find_value(inner, "x")->outer, find_index(middle, "x"));
    CU_ASSERT_EQUAL(find_value(inner, "x")->tensor.dims[0], 4);
    CU_ASSERT_EQUAL(inner->outputs[1], find_index(inner, "late"));
    CU_ASSERT_EQUAL(inner->nodes[0].opset, 17);
    CU_ASSERT_EQUAL(find_value(graph, "late")->n_readers, 1);
    CU_ASSERT_EQUAL(find_value(graph, "x")->n_readers, 3);
    load_close(model);
    build_free(&build);
}

static void test_functions(void)
{
    struct build build;
    build_begin(&build);
    build_opset(&build, "local", 1);
    Onnx__FunctionProto *function = build_function(&build, "local", "Twice", "a", "c");
    build_append(&build, &function->n_attribute, &function->attribute, build_text(&build, "k"));
    Onnx__NodeProto *add = build_function_node(&build, function, "Op", "a,a", "c");
    build_attribute(&build, add, "alpha", HINGE_ATTR_FLOAT)->ref_attr_name =
        build_text(&build, "k");
    build_function_node(&build, function, "Twice", "c", "unused")->domain =
        build_text(&build, "local");
    Onnx__NodeProto holder;
    onnx__node_proto__init(&holder);
    Onnx__AttributeProto *with_default = build_attribute(&build, &holder, "n", HINGE_ATTR_INT);
    with_default->has_i = 1;
    with_default->i = 5;
    build_append(&build, &function->n_attribute_proto, &function->attribute_proto, with_default);
    build_function(&build, "local", "Twice", "a", "a")->overload = build_text(&build, "other");
    build_input(&build, build.graph, "x", 0, NULL);
    build_node(&build, build.graph, "Twice", "x", "y")->domain = build_text(&build, "local");
    build_output(&build, build.graph, "y");

    struct loaded_model *model = load(&build);
    const struct graph *graph = model->graph;
    CU_ASSERT_EQUAL_FATAL(graph->n_functions, 2);
    const struct graph_function *twice = &graph->functions[0];
    CU_ASSERT_STRING_EQUAL(twice->name, "Twice");
    CU_ASSERT_STRING_EQUAL(twice->domain, "local");
    CU_ASSERT_STRING_EQUAL(twice->overload, "");
    CU_ASSERT_STRING_EQUAL(graph->functions[1].overload, "other");
    CU_ASSERT_EQUAL_FATAL(twice->n_attributes, 2);
    CU_ASSERT_STRING_EQUAL(twice->attributes[0].name, "k");
    CU_ASSERT(!twice->attributes[0].value.present);
    CU_ASSERT_STRING_EQUAL(twice->attributes[1].name, "n");
    CU_ASSERT_EQUAL(twice->attributes[1].value.i, 5);
    CU_ASSERT_EQUAL_FATAL(twice->body->n_nodes, 2);
    CU_ASSERT_EQUAL(twice->body->n_inputs, 1);
    CU_ASSERT_EQUAL(twice->body->outputs[0], find_index(twice->body, "c"));
    CU_ASSERT_EQUAL(twice->body->nodes[0].opset, 16);
    CU_ASSERT_EQUAL(twice->body->nodes[1].opset, 1); /* imported by the model only */
    CU_ASSERT_STRING_EQUAL(attribute_of(twice->body, 0, "alpha")->reference, "k");
    load_close(model);
    build_free(&build);
}

int main(void)
{
    return run_tests("load/graph",
                     (CU_TestInfo[]){{"model and operator sets", test_model},
                                     {"values", test_values},
                                     {"initializers that are inputs", test_initializers},
                                     {"constants as nodes", test_constant_nodes},
                                     {"order of nodes", test_order},
                                     {"a constant that is replaced", test_replaced_constant},
                                     {"attributes", test_attributes},
                                     {"subgraphs", test_subgraphs},
                                     {"functions", test_functions},
                                     CU_TEST_INFO_NULL});
}
