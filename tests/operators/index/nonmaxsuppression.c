/* NonMaxSuppression against one that strikes out what each chosen box overlaps. */
#include "tests/operators/harness.h"

#include <math.h>
#include <stdlib.h>

static double number(const struct harness_call *call, unsigned input, double otherwise)
{
    const bool given = input < call->n_inputs && call->inputs[input];
    return given ? harness_get(call->inputs[input], 0) : otherwise;
}

static void edges(const struct harness_call *call, int64_t box, int i, double *low, double *high)
{
    double a = harness_get(call->inputs[0], box * 4 + i);
    double b = harness_get(call->inputs[0], box * 4 + i + 2);
    if (harness_attr_int(call, "center_point_box", 0)) {
        const double centre = a, half = b / 2;
        a = centre - half;
        b = centre + half;
    }
    *low = a < b ? a : b;
    *high = a < b ? b : a;
}

static double iou(const struct harness_call *call, int64_t a, int64_t b)
{
    double both = 1, area_a = 1, area_b = 1;
    for (int i = 0; i < 2; i++) {
        double low_a, high_a, low_b, high_b;
        edges(call, a, i, &low_a, &high_a);
        edges(call, b, i, &low_b, &high_b);
        both *= fmax(fmin(high_a, high_b) - fmax(low_a, low_b), 0);
        area_a *= high_a - low_a;
        area_b *= high_b - low_b;
    }
    return both > 0 ? both / (area_a + area_b - both) : 0;
}

static void reference(struct harness_call *call)
{
    const hinge_tensor *scores = call->inputs[1];
    const int64_t n = scores->dims[2], n_pairs = scores->dims[0] * scores->dims[1];
    const double most = number(call, 2, 0), above = number(call, 4, -HUGE_VAL);
    bool *alive = malloc((size_t)n + 1);
    int64_t *chosen = malloc(((size_t)(n * n_pairs) + 1) * sizeof *chosen), n_chosen = 0;
    for (int64_t pair = 0; pair < n_pairs; pair++) {
        const int64_t batch = pair / scores->dims[1];
        for (int64_t i = 0; i < n; i++) {
            const double score = harness_get(scores, pair * n + i);
            alive[i] = score > above || (score == above && above == -HUGE_VAL);
        }
        for (int64_t count = 0; (double)count < most; count++) {
            int64_t best = -1;
            for (int64_t i = 0; i < n; i++)
                if (alive[i] && (best < 0 || harness_get(scores, pair * n + i) >
                                                 harness_get(scores, pair * n + best)))
                    best = i;
            if (best < 0)
                break;
            chosen[n_chosen++] = pair * n + best;
            alive[best] = false;
            for (int64_t i = 0; i < n; i++)
                if (iou(call, batch * n + best, batch * n + i) > number(call, 3, 0))
                    alive[i] = false;
        }
    }
    hinge_tensor *y = harness_output(call, 0, HINGE_INT64, 2, (const int64_t[]){n_chosen, 3});
    for (int64_t i = 0; i < n_chosen; i++) {
        harness_set_int(y, i * 3, chosen[i] / n / scores->dims[1]);
        harness_set_int(y, i * 3 + 1, chosen[i] / n % scores->dims[1]);
        harness_set_int(y, i * 3 + 2, chosen[i] % n);
    }
    free(chosen);
    free(alive);
}

#define SCORES(...) TENSOR(HINGE_FLOAT, 0, 1, __VA_ARGS__)
#define BOXES(...)                                                                                 \
    {                                                                                              \
        .type = HINGE_FLOAT, .rank = 3, .dims = {__VA_ARGS__, 4}, .low = -9, .high = 9,            \
        .specials = HARNESS_SPECIALS_NEVER                                                         \
    }
#define F32(value)                                                                                 \
    {                                                                                              \
        .type = HINGE_FLOAT, .rank = 1, .dims = {1}, .values = (const double[])                    \
        {                                                                                          \
            value                                                                                  \
        }                                                                                          \
    }

static void errors(void)
{
    CHECK_OP(.op = "NonMaxSuppression", .inputs = {BOXES(1, 3), SCORES(1, 2, 4)},
             .fails = HINGE_BAD_SHAPE, .says = "boxes are 1 batches of 3, scores 1 of 4");
    CHECK_OP(.op = "NonMaxSuppression", .inputs = {BOXES(2, 3), SCORES(1, 2, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "boxes are 2 batches");
    CHECK_OP(.op = "NonMaxSuppression", .inputs = {SCORES(1, 3, 5), SCORES(1, 2, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "boxes are not [batches, boxes, 4]");
    CHECK_OP(.op = "NonMaxSuppression", .inputs = {BOXES(1, 3), SCORES(2, 3)},
             .fails = HINGE_BAD_SHAPE, .says = "or scores not");
    CHECK_OP(.op = "NonMaxSuppression",
             .inputs = {BOXES(1, 3), SCORES(1, 2, 3), LIST(HINGE_INT64, 1, 2)},
             .fails = HINGE_BAD_SHAPE, .says = "input 2 is not one number");
    CHECK_OP(.op = "NonMaxSuppression", .inputs = {BOXES(1, 3), SCORES(1, 2, 3), OMITTED, F32(2)},
             .fails = HINGE_BAD_VALUE, .says = "iou_threshold is 2, not in [0, 1]");
    CHECK_OP(.op = "NonMaxSuppression", .attributes = {ATTR_INT("center_point_box", 2)},
             .inputs = {BOXES(1, 3), SCORES(1, 2, 3)}, .fails = HINGE_BAD_VALUE,
             .says = "center_point_box is 2");
}

void test_nonmaxsuppression(void)
{
    CHECK_OP(.op = "NonMaxSuppression", .opsets = {10, 11},
             .inputs = {BOXES(2, HARNESS_N), SCORES(2, 3, HARNESS_N), LIST(HINGE_INT64, 20),
                        F32(0.25), F32(0.125)},
             .reference = reference);
    CHECK_OP(.op = "NonMaxSuppression", .attributes = {ATTR_INT("center_point_box", 1)},
             .inputs = {BOXES(1, 90), SCORES(1, 50, 90), SCALAR(HINGE_INT64, 1000, 1000), F32(0.5)},
             .reference = reference);
    CHECK_OP(.op = "NonMaxSuppression", .inputs = {BOXES(1, 9), SCORES(1, 1, 9)},
             .reference = reference);
    CHECK_OP(.op = "NonMaxSuppression",
             .inputs = {BOXES(1, 9), SCORES(1, 1, 9), LIST(HINGE_INT64, -1)},
             .reference = reference);
    CHECK_OP(.op = "NonMaxSuppression",
             .inputs = {BOXES(0, 9), SCORES(0, 4, 9), LIST(HINGE_INT64, 5)},
             .reference = reference);
    /* Equal scores, and an overlap of exactly the threshold. */
    CHECK_OP(.op = "NonMaxSuppression",
             .inputs = {{.type = HINGE_FLOAT,
                         .rank = 3,
                         .dims = {1, 4, 4},
                         .values =
                             (const double[]){0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 2, 5, 5, 6, 6}},
                        {.type = HINGE_FLOAT,
                         .rank = 3,
                         .dims = {1, 1, 4},
                         .values = (const double[]){0.5, 0.5, 0.25, 0.5}},
                        LIST(HINGE_INT64, 9),
                        F32(0.5)},
             .expect = {{.type = HINGE_INT64,
                         .rank = 2,
                         .dims = {3, 3},
                         .values = (const double[]){0, 0, 0, 0, 0, 3, 0, 0, 2}}});
    errors();
}
