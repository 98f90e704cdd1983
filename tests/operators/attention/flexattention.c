/* FlexAttention: without graphs against all scores in double; with graphs, small cases. */
#include "tests/operators/attention/plain.h"
#include "tests/operators/values.h"

#include <math.h>
#include <stdlib.h>

static void reference(struct harness_call *call)
{
    const hinge_tensor *q = call->inputs[0], *k = call->inputs[1], *v = call->inputs[2];
    const struct harness_attribute *given = harness_attr(call, "scale");
    const double scale = given ? (double)given->f : 1 / sqrt((double)q->dims[3]);
    const int64_t keys = k->dims[2], size = q->dims[3], group = q->dims[1] / k->dims[1];
    const int64_t dims[4] = {q->dims[0], q->dims[1], q->dims[2], v->dims[3]};
    hinge_tensor *y = harness_output(call, 0, q->type, 4, dims);
    double *scores = calloc((size_t)keys + 1, sizeof *scores);
    for (int64_t row = 0; row < dims[0] * dims[1] * dims[2]; row++) {
        const int64_t head = row / dims[2] / dims[1] * k->dims[1] + row / dims[2] % dims[1] / group;
        double most = -INFINITY, sum = 0;
        for (int64_t j = 0; j < keys; j++) {
            scores[j] = 0;
            for (int64_t e = 0; e < size; e++)
                scores[j] +=
                    harness_get(q, row * size + e) * harness_get(k, (head * keys + j) * size + e);
            scores[j] *= scale;
            most = fmax(most, scores[j]);
        }
        for (int64_t j = 0; j < keys; j++)
            sum += scores[j] = exp(scores[j] - most);
        for (int64_t e = 0; e < dims[3]; e++) {
            double total = 0;
            for (int64_t j = 0; j < keys; j++)
                total += scores[j] / sum * harness_get(v, (head * keys + j) * dims[3] + e);
            harness_set(y, row * dims[3] + e, total);
        }
    }
    free(scores);
}

#define M(...) PLAIN_TENSOR(HARNESS_T, 1, __VA_ARGS__)
#define FLEX(...)                                                                                  \
    CHECK_OP(.op = "FlexAttention", .domain = "ai.onnx.preview", .opsets = {1},                    \
             .reference = reference, __VA_ARGS__)
#define REFUSED(status, text, ...)                                                                 \
    CHECK_OP(.op = "FlexAttention", .domain = "ai.onnx.preview", .opsets = {1},                    \
             .types = HARNESS_TYPE(HINGE_FLOAT), .fails = (status), .says = (text), __VA_ARGS__)

static void plain(void)
{
    FLEX(.types = HARNESS_TYPE(HINGE_FLOAT) | HARNESS_TYPE(HINGE_DOUBLE), .absolute = 1e-5,
         .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6)});
    FLEX(.types = HARNESS_FLOATS, .absolute = 2e-2,
         .inputs = {M(2, 4, 5, 8), M(2, 2, 7, 8), M(2, 2, 7, 6)},
         .attributes = {ATTR_FLOAT("scale", 0.5F)});
    static const hinge_type precisions[] = {HINGE_FLOAT, HINGE_DOUBLE, HINGE_FLOAT16,
                                            HINGE_BFLOAT16};
    for (int i = 0; i < 4; i++)
        FLEX(.types = HARNESS_FLOATS, .absolute = 4e-2,
             .inputs = {M(1, 2, 5, 8), M(1, 2, 150, 8), M(1, 2, 150, 6)},
             .attributes = {ATTR_INT("softmax_precision", precisions[i])});
    FLEX(.types = HARNESS_TYPE(HINGE_FLOAT), .absolute = 1e-5,
         .inputs = {M(1, 2, HARNESS_N, 4), M(1, 1, 9, 4), M(1, 1, 9, 3)});
    FLEX(.types = HARNESS_TYPE(HINGE_FLOAT), .absolute = 1e-5,
         .inputs = {M(1, 3, 70, 64), M(1, 3, 300, 64), M(1, 3, 300, 64)});
    FLEX(.types = HARNESS_TYPE(HINGE_FLOAT),
         .inputs = {M(1, 2, 3, 4), M(1, 1, 0, 4), M(1, 1, 0, 3)});
    REFUSED(HINGE_BAD_SHAPE, "ranks 3, 4 and 4",
            .inputs = {M(2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "K is 1 x 2 x 3 x 5",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 5), M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_SHAPE, "3 heads of Q are no multiple of 2",
            .inputs = {M(1, 3, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)});
    REFUSED(HINGE_BAD_VALUE, "softmax_precision is 7",
            .inputs = {M(1, 2, 3, 4), M(1, 2, 3, 4), M(1, 2, 3, 4)},
            .attributes = {ATTR_INT("softmax_precision", 7)});
}

/* The second key of two gets all of the weight. */
static hinge_status mask_first(struct values_call *call)
{
    float *y = values_tensor(call, 0, HINGE_FLOAT, 4, call->inputs[0]->dims);
    y[0] = -INFINITY;
    y[1] = ((const float *)call->inputs[0]->data)[1];
    return HINGE_OK;
}

static hinge_status halve(struct values_call *call)
{
    float *y = values_tensor(call, 0, HINGE_FLOAT, 4, call->inputs[0]->dims);
    for (int i = 0; i < 2; i++)
        y[i] = ((const float *)call->inputs[0]->data)[i] / 2;
    return HINGE_OK;
}

static hinge_status flatten(struct values_call *call)
{
    values_number(call, 0, HINGE_FLOAT, 1);
    return HINGE_OK;
}

static hinge_status never(struct values_call *call)
{
    (void)call;
    return HINGE_CANCELLED;
}

#define GRAPH(label, function, makes)                                                              \
    {                                                                                              \
        .name = (label), .type = HINGE_ATTR_GRAPH, .graph = { function, 1, 1, {makes} }            \
    }
/* One query, two keys with the values (1, 2) and (4, 6). */
#define SMALL                                                                                      \
    .op = "FlexAttention", .domain = "ai.onnx.preview", .opset = 1,                                \
    .inputs = {TENSOR_OF(HINGE_FLOAT, 4, DIMS(1, 1, 1, 1), 1),                                     \
               TENSOR_OF(HINGE_FLOAT, 4, DIMS(1, 1, 2, 1), 3, 3),                                  \
               TENSOR_OF(HINGE_FLOAT, 4, DIMS(1, 1, 2, 2), 1, 2, 4, 6)}
#define Y(...)                                                                                     \
    {                                                                                              \
        TENSOR_OF(HINGE_FLOAT, 4, DIMS(1, 1, 1, 2), __VA_ARGS__)                                   \
    }

void test_flexattention(void)
{
    plain();
    CHECK_VALUES(SMALL, .outputs = Y(2.5, 4));
    CHECK_VALUES(SMALL, .outputs = Y(4, 6), .n_calls = 1,
                 .attributes = {GRAPH("score_mod", mask_first, HINGE_FLOAT)});
    CHECK_VALUES(SMALL, .outputs = Y(1.25, 2), .n_calls = 1,
                 .attributes = {GRAPH("prob_mod", halve, HINGE_FLOAT)});
    CHECK_VALUES(SMALL, .outputs = Y(2, 3), .n_calls = 2,
                 .attributes = {GRAPH("score_mod", mask_first, HINGE_FLOAT),
                                GRAPH("prob_mod", halve, HINGE_FLOAT)});
    CHECK_VALUES(SMALL, .outputs = Y(0, 0), .fails = HINGE_BAD_SHAPE,
                 .says = "score_mod makes [] of the shape [1, 1, 1, 2]",
                 .attributes = {GRAPH("score_mod", flatten, HINGE_FLOAT)});
    CHECK_VALUES(SMALL, .outputs = Y(0, 0), .fails = HINGE_CANCELLED,
                 .attributes = {GRAPH("prob_mod", never, HINGE_FLOAT)});
    CHECK_VALUES(SMALL, .outputs = Y(0, 0), .fails = HINGE_BAD_MODEL,
                 .says = "score_mod makes int64 of float",
                 .attributes = {GRAPH("score_mod", never, HINGE_INT64)});
}
