/* SoftmaxCrossEntropyLoss-12, -13: the negated logarithm of the softmax at each label, weighted by
 * class, and on demand that logarithm for all classes. The mean is over the weights of the labels
 * that are not ignored: NaN where these are 0. */
#include "operators/kernels/convert.h"
#include "operators/kernels/integer.h"
#include "operators/loss/loss.h"
#include "operators/op/copy.h"
#include "operators/op/index.h"

#include <math.h>

#define STRIP 64

/* Strips of elements that lie side by side, [0, n): of as many pixels (across), or of one pixel's
 * classes. */
struct strips {
    const struct loss *loss;
    const hinge_tensor *log_prob; /* NULL: not wanted */
    int64_t at, n;                /* of the first class */
    bool across;
    double most[STRIP], sum[STRIP]; /* for each pixel */
};

enum strip_pass { MOST, SUM, LOG_PROB };

static void take(struct strips *s, enum strip_pass pass, const double *x, int64_t from,
                 int64_t count)
{
    double log_prob[STRIP];
    for (int64_t i = 0; i < count; i++) {
        const int64_t pixel = s->across ? i : 0;
        const double most = s->most[pixel];
        if (pass == MOST)
            s->most[pixel] = x[i] > most ? x[i] : most;
        else if (pass == SUM)
            s->sum[pixel] += exp(x[i] - most);
        else
            log_prob[i] = x[i] - most - s->sum[pixel];
    }
    if (pass == LOG_PROB)
        convert_from_double(s->log_prob->type,
                            (char *)s->log_prob->data + (size_t)from * op_element_size(s->log_prob),
                            log_prob, count);
}

static void walk(struct strips *s, enum strip_pass pass)
{
    const hinge_tensor *scores = s->loss->scores;
    const int64_t classes = s->loss->classes, step = s->across ? 1 : STRIP;
    double x[STRIP];
    for (int64_t c = 0; c < classes; c += step) {
        const int64_t count = s->across ? s->n : min_i64(STRIP, classes - c);
        const int64_t from = s->at + c * s->loss->pixels;
        convert_to_double(scores->type, x,
                          (const char *)scores->data + (size_t)from * op_element_size(scores),
                          count);
        take(s, pass, x, from, count);
    }
}

/* Leaves the logarithms of the sums in sum. */
static void normalize(struct strips *s)
{
    for (int64_t i = 0; i < s->n; i++) {
        s->most[i] = -INFINITY;
        s->sum[i] = 0;
    }
    walk(s, MOST);
    walk(s, SUM);
    for (int64_t i = 0; i < s->n; i++)
        s->sum[i] = log(s->sum[i]);
    if (s->log_prob)
        walk(s, LOG_PROB);
}

static void row(const struct loss *loss, int64_t first, int64_t count, double *to)
{
    const hinge_tensor *scores = loss->scores;
    struct strips s = {.loss = loss, .log_prob = op_output(loss->node, 1)};
    s.across = loss->pixels > 1;
    for (int64_t i = 0; i < count; i += s.n) {
        const int64_t pixel = (first + i) % loss->pixels;
        s.n = min_i64(min_i64(loss->pixels - pixel, count - i), STRIP);
        s.at = (first + i) / loss->pixels * loss->classes * loss->pixels + pixel;
        normalize(&s);
        for (int64_t k = 0; k < s.n; k++) {
            const int64_t label = loss_label(loss, first + i + k);
            if (loss_is_ignored(loss, label))
                continue;
            const int64_t from = s.at + label * loss->pixels + k;
            double x;
            convert_to_double(scores->type, &x,
                              (const char *)scores->data + (size_t)from * op_element_size(scores),
                              1);
            to[i + k] = s.sum[k] - (x - s.most[k]);
        }
    }
}

static hinge_status infer(const struct hinge_node *node)
{
    hinge_status status = loss_infer(node);
    return status ? status : op_set_dims(node, 1, node->inputs[0]->rank, node->inputs[0]->dims);
}

static hinge_status run(const struct hinge_node *node)
{
    struct loss loss;
    loss_read(node, &loss);
    loss.row = row;
    loss.work_each = 8 * min_i64(loss.classes, 1 << 20);
    return loss_run(&loss);
}

#define LOSS                                                                                       \
    .name = "SoftmaxCrossEntropyLoss",                                                             \
    .gradient = "cross_entropy:", .attributes = loss_attributes, .infer = infer,                   \
    .prepare = loss_prepare, .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})
#define SIGNATURE(types)                                                                           \
    "(scores: T, labels: Tind, weights?: T) -> (output: T, log_prob?: T); T: " types               \
    "; Tind: int32 int64"

const struct hinge_op op_softmaxcrossentropyloss[] = {
    {LOSS, .since = 12, .until = 12, .signature = SIGNATURE("float16 float double")},
    {LOSS, .since = 13, .signature = SIGNATURE(OP_TYPES_FLOAT)},
    OP_END,
};
