/* MelWeightMatrix-17: a triangle of weights over the bins of a spectrum for each band, whose edges
 * are equal steps of 2595 log10(1 + f / 700) apart, num_mel_bins + 2 of them from the lower edge to
 * before the upper one, and fall upon bins rounded down. */
#include "operators/op/copy.h"
#include "operators/signal/signal.h"

#include <math.h>
#include <string.h>

enum { NUM_MEL_BINS, DFT_LENGTH, SAMPLE_RATE, LOWER_EDGE, UPPER_EDGE };

static hinge_status infer(const struct hinge_node *node)
{
    int64_t n_bands = 0, length = 0;
    hinge_status status = signal_integer(node, NUM_MEL_BINS, "num_mel_bins", &n_bands);
    if (!status)
        status = signal_integer(node, DFT_LENGTH, "dft_length", &length);
    if (status)
        return status;
    if (n_bands < 1 || length < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "num_mel_bins is %lld, and dft_length %lld",
                       (long long)n_bands, (long long)length);
    for (unsigned i = SAMPLE_RATE; i <= UPPER_EDGE; i++)
        if (hinge_count(node->inputs[i]) != 1)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u is not one number", i);
    return op_set_dims(node, 0, 2, (const int64_t[]){length / 2 + 1, n_bands});
}

struct bands {
    int64_t n_bins, n_bands;
    double length, sample_rate, low, step; /* low and step in mel */
};

/* The bin of edge i, or one that is out of range. */
static int64_t edge_bin(const struct bands *b, int64_t i)
{
    const double hertz = 700 * (pow(10, (b->low + (double)i * b->step) / 2595) - 1);
    const double bin = floor((b->length + 1) * hertz / b->sample_rate);
    return bin >= 0 && bin < (double)b->n_bins ? (int64_t)bin : -1;
}

static void put(hinge_tensor *y, int64_t bin, int64_t band, double value)
{
    const int64_t at = bin * y->dims[1] + band;
    convert_from_double(y->type, (char *)y->data + hinge_size(y->type, at), &value, 1);
}

static void put_triangle(hinge_tensor *y, int64_t band, int64_t left, int64_t centre, int64_t right)
{
    for (int64_t bin = left; bin < centre; bin++)
        put(y, bin, band, (double)(bin - left) / (double)(centre - left));
    if (centre >= left)
        put(y, centre, band, 1);
    for (int64_t bin = centre; bin < right; bin++)
        put(y, bin, band, (double)(right - bin) / (double)(right - centre));
}

static double mel(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}

static hinge_status run(const struct hinge_node *node)
{
    hinge_tensor *y = node->outputs[0];
    int64_t length = 0, sample_rate = 0;
    double edges[2];
    hinge_status status = signal_integer(node, DFT_LENGTH, "dft_length", &length);
    if (!status)
        status = signal_integer(node, SAMPLE_RATE, "sample_rate", &sample_rate);
    if (status)
        return status;
    if (sample_rate < 1)
        return OP_FAIL(node, HINGE_BAD_VALUE, "sample_rate is %lld", (long long)sample_rate);
    for (unsigned i = 0; i < 2; i++)
        edges[i] =
            signal_get(node->inputs[LOWER_EDGE + i]->type, node->inputs[LOWER_EDGE + i]->data, 0);
    const struct bands b = {.n_bins = y->dims[0],
                            .n_bands = y->dims[1],
                            .length = (double)length,
                            .sample_rate = (double)sample_rate,
                            .low = mel(edges[0]),
                            .step = (mel(edges[1]) - mel(edges[0])) / (double)(y->dims[1] + 2)};
    memset(y->data, 0, hinge_size(y->type, hinge_count(y)));
    int64_t bins[3] = {0, edge_bin(&b, 0), edge_bin(&b, 1)};
    for (int64_t band = 0; band < b.n_bands; band++) {
        bins[0] = bins[1];
        bins[1] = bins[2];
        bins[2] = edge_bin(&b, band + 2);
        if (bins[0] < 0 || bins[1] < 0 || bins[2] < 0)
            return OP_FAIL(node, HINGE_BAD_VALUE,
                           "band %lld of %g to %g Hz is not within the %lld bins", (long long)band,
                           edges[0], edges[1], (long long)b.n_bins);
        put_triangle(y, band, bins[0], bins[1], bins[2]);
    }
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "output_datatype", .type = HINGE_ATTR_INT, .i = HINGE_FLOAT}, {.name = NULL}};

const struct hinge_op op_melweightmatrix[] = {
    {.name = "MelWeightMatrix",
     .since = 17,
     .signature = "(num_mel_bins: T1, dft_length: T1, sample_rate: T1, lower_edge_hertz: T2, "
                  "upper_edge_hertz: T2) -> (output: T3); T1: int32 int64; T2: " OP_TYPES_FLOAT
                  "; T3@output_datatype: " OP_TYPES_NUMBER,
     .attributes = attributes,
     .infer = infer,
     .kernels = HINGE_KERNELS({HINGE_NO_TYPE, run})},
    OP_END,
};
