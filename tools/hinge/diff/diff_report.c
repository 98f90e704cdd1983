#include "diff/diff_report.h"

#include "base/number.h"
#include "describe/describe.h"
#include "files/json.h"

#include <inttypes.h>
#include <string.h>

/* Where an element lies: its index in each dimension. */
static int32_t place_of(int64_t place[HINGE_MAX_RANK], const hinge_tensor *shape, int64_t at)
{
    hinge_tensor parts = number_parts(shape);
    for (int32_t d = parts.rank - 1; d >= 0; d--) {
        place[d] = at % parts.dims[d];
        at /= parts.dims[d];
    }
    return parts.rank;
}

/* The node of the other run that computes the value of that name; false where none is known. */
static bool other_node(const struct diff *diff, const char *name, hinge_node_info *node)
{
    hinge_value_info info = {.size = sizeof info};
    if (diff->stored)
        return false;
    const hinge_session *session = diff->values->session;
    for (size_t v = 0; hinge_get_value(session, v, &info) && info.graph == 0; v++)
        if (strcmp(info.name, name) == 0 && hinge_get_node(session, info.producer, node))
            return true;
    return false;
}

/* The model's outputs, one after the other; value is HINGE_NO_INDEX at the end. */
static size_t output_value(const struct diff *diff, size_t output, const char **name)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_get_model(diff->session, &model);
    *name = hinge_output_name(diff->session, output);
    return output < model.n_model_outputs ? hinge_graph_output(diff->session, 0, output)
                                          : HINGE_NO_INDEX;
}

static const char *verdict_text(const struct diff_state *state)
{
    return !state || state->verdict == DIFF_NOT_SEEN ? "not compared"
           : state->verdict == DIFF_SAME             ? "same"
                                                     : "differs";
}

/* Text */

static void print_extreme(const char *kind, const struct measure_extreme *extreme,
                          const hinge_tensor *shape)
{
    int64_t place[HINGE_MAX_RANK];
    if (extreme->at < 0)
        return;
    int32_t rank = place_of(place, shape, extreme->at);
    printf("  largest %-9s %-12.6g at [", kind, extreme->size);
    for (int32_t d = 0; d < rank; d++)
        printf("%s%" PRId64, d ? "," : "", place[d]);
    printf("]: %.9g, other %.9g\n", extreme->value, extreme->other);
}

static void print_measure(const struct diff_state *state)
{
    const struct measure *measure = &state->measure;
    print_extreme("absolute", &measure->absolute, &state->shape);
    print_extreme("relative", &measure->relative, &state->shape);
    print_extreme("ULP", &measure->ulp, &state->shape);
    if (measure->n_special)
        printf("  NaN or infinite on one side only: %" PRId64 "\n", measure->n_special);
}

/* "(largest difference 1e-07, 3 ULP)" */
static void print_brief(const struct diff_state *state)
{
    if (!state->is_measured || state->measure.absolute.at < 0)
        return;
    printf(" (largest difference %.3g", state->measure.absolute.size);
    if (state->measure.ulp.at >= 0)
        printf(", %.6g ULP", state->measure.ulp.size);
    putchar(')');
}

static void print_value(const struct diff *diff, size_t value)
{
    char text[TEXT_SHAPE_SIZE];
    hinge_value_info info = {.size = sizeof info};
    const struct diff_state *state = diff_state(diff, value);
    hinge_get_value(diff->session, value, &info);
    text_print(stdout, *info.name ? info.name : "(unnamed)", 80);
    printf("  %s", describe_value(text, state ? &state->shape : &info.tensor, info.type));
}

static void print_nodes(const struct diff *diff, const struct diff_trace *trace, const char *name)
{
    hinge_node_info node = {.size = sizeof node}, other = {.size = sizeof other};
    char op[DESCRIBE_OP_SIZE];
    for (size_t i = 0; i < trace->n_nodes; i++) {
        hinge_get_node(diff->session, trace->nodes[i], &node);
        printf("  %-12s ", node.plugin);
        text_print(stdout, describe_op(op, &node), 0);
        fputs("  ", stdout);
        text_print(stdout, node.label, 80);
        if (i + 1 == trace->n_nodes && other_node(diff, name, &other)) {
            printf("  (other: %s ", other.plugin);
            text_print(stdout, describe_op(op, &other), 0);
            putchar(')');
        }
        putchar('\n');
    }
}

static void print_first(const struct diff *diff, const struct diff_trace *trace)
{
    hinge_value_info info = {.size = sizeof info};
    const struct diff_state *state = diff_state(diff, diff->first);
    hinge_get_value(diff->session, diff->first, &info);
    fputs("first difference  ", stdout);
    print_value(diff, diff->first);
    fputs("\n  ", stdout);
    text_print(stdout, state->why.message, 0);
    putchar('\n');
    print_measure(state);
    puts("through");
    print_nodes(diff, trace, info.name);
    puts("from");
    for (size_t i = 0; i < trace->n_sources; i++) {
        const struct diff_state *source = diff_state(diff, trace->sources[i]);
        fputs("  ", stdout);
        print_value(diff, trace->sources[i]);
        printf("  %s", source ? verdict_text(source) : "input");
        if (source)
            print_brief(source);
        putchar('\n');
    }
    puts("outputs");
    const char *name;
    for (size_t o = 0, value; (value = output_value(diff, o, &name)) != HINGE_NO_INDEX; o++) {
        const struct diff_state *output = diff_state(diff, value);
        fputs("  ", stdout);
        text_print(stdout, name, 80);
        printf("  %s", verdict_text(output));
        if (output)
            print_brief(output);
        putchar('\n');
    }
}

void diff_print(const struct diff *diff, const struct diff_trace *trace)
{
    const struct diff_state *worst = NULL;
    if (diff->first != HINGE_NO_INDEX)
        print_first(diff, trace);
    for (size_t v = 0; v < diff->n_states; v++) {
        const struct diff_state *state = diff_state(diff, v);
        if (state && state->is_measured &&
            (!worst || state->measure.absolute.size > worst->measure.absolute.size))
            worst = state;
    }
    printf("%zu values compared, ", diff->n_compared);
    if (diff->n_differ)
        printf("%zu differ", diff->n_differ);
    else
        fputs("all the same", stdout);
    if (worst)
        print_brief(worst);
    printf("; not compared: %zu only here, %zu only there\n", diff->n_only_here,
           diff->n_only_there);
}

/* JSON */

static void put_extreme(json_t *object, const char *key, const struct measure_extreme *extreme,
                        const hinge_tensor *shape, bool *good)
{
    int64_t place[HINGE_MAX_RANK];
    if (extreme->at < 0) {
        json_put(object, key, json_null(), good);
        return;
    }
    json_t *one = json_object(), *at = json_array();
    int32_t rank = place_of(place, shape, extreme->at);
    for (int32_t d = 0; d < rank; d++)
        json_add(at, json_integer(place[d]), good);
    json_put(one, "difference", json_number(extreme->size), good);
    json_put(one, "at", at, good);
    json_put(one, "value", json_number(extreme->value), good);
    json_put(one, "other", json_number(extreme->other), good);
    json_put(object, key, one, good);
}

static json_t *text_json(const char *text)
{
    return json_text(text, strlen(text));
}

static json_t *value_json(const struct diff *diff, size_t value)
{
    bool good = true;
    char type[HINGE_TYPE_CODE_TEXT];
    hinge_value_info info = {.size = sizeof info};
    const struct diff_state *state = diff_state(diff, value);
    json_t *object = json_object();
    hinge_get_value(diff->session, value, &info);
    const hinge_tensor *shape = state ? &state->shape : &info.tensor;
    json_put(object, "name", text_json(info.name), &good);
    json_put(object, "type",
             json_string(hinge_is_container(shape->type)
                             ? hinge_type_code_text(info.type, type, sizeof type)
                             : hinge_type_text(shape->type)),
             &good);
    if (!hinge_is_container(shape->type))
        json_put(object, "shape", json_dims(shape), &good);
    json_put(object, "verdict", json_string(state ? verdict_text(state) : "input"), &good);
    if (state && state->verdict == DIFF_DIFFERS)
        json_put(object, "why", text_json(state->why.message), &good);
    if (state && state->is_measured) {
        put_extreme(object, "absolute", &state->measure.absolute, shape, &good);
        put_extreme(object, "relative", &state->measure.relative, shape, &good);
        put_extreme(object, "ulp", &state->measure.ulp, shape, &good);
        json_put(object, "special", json_integer(state->measure.n_special), &good);
    }
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *node_json(const hinge_node_info *node)
{
    bool good = true;
    char op[DESCRIBE_OP_SIZE];
    json_t *object = json_object();
    json_put(object, "label", text_json(node->label), &good);
    json_put(object, "op", text_json(describe_op(op, node)), &good);
    json_put(object, "domain", text_json(*node->domain ? node->domain : "ai.onnx"), &good);
    json_put(object, "plugin", text_json(node->plugin), &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *first_json(const struct diff *diff, const struct diff_trace *trace)
{
    bool good = true;
    hinge_value_info info = {.size = sizeof info};
    hinge_node_info node = {.size = sizeof node};
    if (diff->first == HINGE_NO_INDEX)
        return json_null();
    json_t *object = value_json(diff, diff->first), *nodes = json_array(), *from = json_array();
    hinge_get_value(diff->session, diff->first, &info);
    for (size_t i = 0; i < trace->n_nodes; i++)
        if (hinge_get_node(diff->session, trace->nodes[i], &node))
            json_add(nodes, node_json(&node), &good);
    for (size_t i = 0; i < trace->n_sources; i++)
        json_add(from, value_json(diff, trace->sources[i]), &good);
    json_put(object, "nodes", nodes, &good);
    json_put(object, "from", from, &good);
    json_put(object, "other_node",
             other_node(diff, info.name, &node) ? node_json(&node) : json_null(), &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

bool diff_json(const struct diff *diff, const struct diff_trace *trace)
{
    bool good = true;
    json_t *root = json_object(), *outputs = json_array();
    const char *name;
    for (size_t o = 0, value; (value = output_value(diff, o, &name)) != HINGE_NO_INDEX; o++) {
        json_t *output = json_object();
        json_put(output, "name", text_json(name), &good);
        json_put(output, "verdict", json_string(verdict_text(diff_state(diff, value))), &good);
        json_add(outputs, output, &good);
    }
    json_put(root, "same", json_boolean(diff->first == HINGE_NO_INDEX), &good);
    json_put(root, "compared", json_integer((json_int_t)diff->n_compared), &good);
    json_put(root, "differ", json_integer((json_int_t)diff->n_differ), &good);
    json_put(root, "only_here", json_integer((json_int_t)diff->n_only_here), &good);
    json_put(root, "only_there", json_integer((json_int_t)diff->n_only_there), &good);
    json_put(root, "first", first_json(diff, trace), &good);
    json_put(root, "outputs", outputs, &good);
    return json_finish(root, good, NULL) == 0;
}
