/* A plugin with one operator, com.acme::Peaks: where a signal has its peaks, and how high they are.
 *
 *     position, height = Peaks(signal, threshold)
 *
 * signal is a vector of float or double; a peak is an element that is larger than both its
 * neighbours and, where the scalar threshold is there, larger than that. The outputs are vectors
 * of as many elements as there are peaks: int64, and the signal's type. The attribute order says
 * how they are sorted: by "position" (the default), or by "height", the highest first.
 *
 *     cc -O2 -fPIC -shared peaks.c $(pkg-config --cflags hinge) -o peaks.so
 *     hinge run model.onnx --plugin ./peaks.so
 */
#include <hinge/plugin.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNAL, THRESHOLD };
enum { POSITION, HEIGHT };
enum { ORDER };

static const struct hinge_attribute_def peaks_attributes[] = {
    {.name = "order", .type = HINGE_ATTR_STRING, .s = "position"}, {0}};

struct peak {
    int64_t position;
    double height;
};

static bool is_text(hinge_string string, const char *text)
{
    return string.size == strlen(text) && memcmp(string.bytes, text, string.size) == 0;
}

static hinge_status peaks_init(struct hinge_node *node)
{
    hinge_string order = node->attributes[ORDER].s;
    if (!is_text(order, "position") && !is_text(order, "height"))
        return node->host->fail(node, HINGE_BAD_MODEL, "order is \"%.*s\", not position or height",
                                order.size < 40 ? (int)order.size : 40, order.bytes);
    return HINGE_OK;
}

/* An input that may be left out is NULL, or is behind the last one. */
static const hinge_tensor *threshold_of(const struct hinge_node *node)
{
    return node->n_inputs > THRESHOLD ? node->inputs[THRESHOLD] : NULL;
}

/* The same for outputs that nobody wants. */
static hinge_tensor *output_of(const struct hinge_node *node, unsigned index)
{
    return node->n_outputs > index ? node->outputs[index] : NULL;
}

static hinge_status peaks_infer(const struct hinge_node *node)
{
    const hinge_tensor *signal = node->inputs[SIGNAL], *threshold = threshold_of(node);
    if (signal->rank != 1)
        return node->host->fail(node, HINGE_BAD_SHAPE, "signal has rank %d, not 1", signal->rank);
    if (threshold && threshold->rank != 0)
        return node->host->fail(node, HINGE_BAD_SHAPE, "threshold is no scalar");
    for (unsigned i = POSITION; i <= HEIGHT; i++) {
        hinge_tensor *output = output_of(node, i);
        if (!output)
            continue;
        output->rank = 1;
        output->dims[0] = -1; /* run will tell */
    }
    return HINGE_OK;
}

/* No two neighbours are peaks both. */
static hinge_status peaks_prepare(struct hinge_node *node, size_t *size)
{
    *size = (size_t)(node->inputs[SIGNAL]->dims[0] / 2) * sizeof(struct peak);
    return HINGE_OK;
}

static double element(const hinge_tensor *tensor, int64_t index)
{
    return tensor->type == HINGE_FLOAT ? (double)((const float *)tensor->data)[index]
                                       : ((const double *)tensor->data)[index];
}

static int64_t find_peaks(const hinge_tensor *signal, const hinge_tensor *threshold,
                          struct peak *peaks)
{
    int64_t n = 0;
    for (int64_t i = 1; i + 1 < signal->dims[0]; i++) {
        double height = element(signal, i);
        if (height > element(signal, i - 1) && height > element(signal, i + 1) &&
            (!threshold || height > element(threshold, 0)))
            peaks[n++] = (struct peak){i, height};
    }
    return n;
}

static int compare_heights(const void *a, const void *b)
{
    const struct peak *x = a, *y = b;
    int order = (x->height < y->height) - (x->height > y->height);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static hinge_status peaks_run(const struct hinge_node *node)
{
    struct peak *peaks = node->scratch;
    int64_t n = find_peaks(node->inputs[SIGNAL], threshold_of(node), peaks);
    if (is_text(node->attributes[ORDER].s, "height") && n > 0)
        qsort(peaks, (size_t)n, sizeof *peaks, compare_heights);
    for (unsigned i = POSITION; i <= HEIGHT; i++) {
        hinge_tensor *output = output_of(node, i);
        if (!output)
            continue;
        hinge_status status = node->host->resize(node, i, 1, &n);
        if (status)
            return status;
        for (int64_t p = 0; p < n; p++)
            if (i == POSITION)
                ((int64_t *)output->data)[p] = peaks[p].position;
            else if (output->type == HINGE_FLOAT)
                ((float *)output->data)[p] = (float)peaks[p].height;
            else
                ((double *)output->data)[p] = peaks[p].height;
    }
    return HINGE_OK;
}

static const struct hinge_op peaks[] = {
    {.name = "Peaks",
     .domain = "com.acme",
     .since = 1,
     .signature = "(signal: T, threshold?: T) -> (position: int64, height?: T); T: float double",
     .attributes = peaks_attributes,
     .init = peaks_init,
     .infer = peaks_infer,
     .prepare = peaks_prepare,
     .kernels = HINGE_KERNELS({.type = HINGE_FLOAT, .run = peaks_run},
                              {.type = HINGE_DOUBLE, .run = peaks_run})},
    {0}};

HINGE_PLUGIN("acme_signals", "1.0", 0, peaks);
