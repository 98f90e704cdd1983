#include "inspect/inspect_count.h"

#include "describe/describe.h"

#include <inttypes.h>
#include <string.h>

/* Of a node's inputs and of its first output; rank -1 where there is none. */
struct shapes {
    const struct inspect *inspect;
    size_t node;
    hinge_tensor output;
};

static hinge_tensor value_shape(const struct inspect *inspect, size_t value)
{
    hinge_value_info info = {.size = sizeof info};
    return hinge_get_value(inspect->session, value, &info) ? inspect_tensor(inspect, value)
                                                           : (hinge_tensor){.rank = -1};
}

static hinge_tensor input(const struct shapes *shapes, size_t index)
{
    return value_shape(shapes->inspect,
                       hinge_node_input(shapes->inspect->session, shapes->node, index));
}

/* -1 where it is not known, as for all that follow. axis counts from the end where it is negative.
 */
static int64_t dim(const hinge_tensor *tensor, int32_t axis)
{
    int32_t at = axis < 0 ? axis + tensor->rank : axis;
    return at >= 0 && at < tensor->rank ? tensor->dims[at] : -1;
}

static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    return a < 0 || b < 0 || __builtin_mul_overflow(a, b, &product) ? -1 : product;
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return a < 0 || b < 0 || __builtin_add_overflow(a, b, &sum) ? -1 : sum;
}

static int64_t count_of(const hinge_tensor *tensor)
{
    return tensor->rank < 0 ? -1 : hinge_tensor_count(tensor);
}

/* The elements that one index of axis 0 leaves. */
static int64_t row_of(const hinge_tensor *tensor)
{
    int64_t n = dim(tensor, 0), count = count_of(tensor);
    return n > 0 && count >= 0 ? count / n : n;
}

/* What a family of operators takes. a and b are the places of its two factors among the inputs. */
typedef int64_t formula(const struct shapes *shapes, size_t a, size_t b);

/* For each element of the output, the weights [M, C / groups, k…] of its channel. */
static int64_t convolution(const struct shapes *shapes, size_t a, size_t b)
{
    (void)a;
    hinge_tensor w = input(shapes, b);
    return times(count_of(&shapes->output), row_of(&w));
}

/* All weights for each pixel of an output (N, pixels, channels), of whose channels it has some. */
static int64_t convolution_into(const struct shapes *shapes, size_t a, size_t b)
{
    (void)a;
    hinge_tensor w = input(shapes, b);
    int64_t n_channels = dim(&shapes->output, -1), count = count_of(&shapes->output);
    return n_channels > 0 && count >= 0 ? times(count / n_channels, count_of(&w)) : n_channels;
}

/* For each element of the input, the weights [C, M / groups, k…] of its channel. */
static int64_t transposed_convolution(const struct shapes *shapes, size_t a, size_t b)
{
    hinge_tensor x = input(shapes, a), w = input(shapes, b);
    return times(count_of(&x), row_of(&w));
}

/* [… , M, K] [… , K, N] = [… , M, N], or vectors of K. */
static int64_t product(const struct shapes *shapes, size_t a, size_t b)
{
    (void)b;
    hinge_tensor x = input(shapes, a);
    return times(count_of(&shapes->output), dim(&x, -1));
}

/* The same where [K, M] or [M, K] is not known but by M. */
static int64_t maybe_transposed_product(const struct shapes *shapes, size_t a, size_t b)
{
    (void)b;
    hinge_tensor x = input(shapes, a);
    int64_t m = dim(&shapes->output, -2);
    int64_t k = m < 0 ? -1 : dim(&x, -2) == m ? dim(&x, -1) : dim(&x, -1) == m ? dim(&x, -2) : -1;
    return times(count_of(&shapes->output), k);
}

/* [M, K] or transposed, giving [M, N]. */
static int64_t gemm(const struct shapes *shapes, size_t a, size_t b)
{
    (void)b;
    hinge_tensor x = input(shapes, a);
    int64_t m = dim(&shapes->output, 0), count = count_of(&x);
    return m > 0 && count >= 0 ? times(count_of(&shapes->output), count / m) : m;
}

/* X of [steps, batch, …], in either order; all weights of W and R at every step. */
static int64_t recurrent(const struct shapes *shapes, size_t a, size_t b)
{
    hinge_tensor x = input(shapes, a), w = input(shapes, b), r = input(shapes, b + 1);
    return times(times(dim(&x, 0), dim(&x, 1)), plus(count_of(&w), count_of(&r)));
}

/* Each element of the queries, and each of the output, once for each key: [batch, heads, keys,
 * size] or [batch, keys, heads size], behind those of the past (input 4). */
static int64_t attention(const struct shapes *shapes, size_t a, size_t b)
{
    hinge_tensor queries = input(shapes, a), keys = input(shapes, b), past = input(shapes, 4);
    size_t past_value = hinge_node_input(shapes->inspect->session, shapes->node, 4);
    int64_t n_keys = plus(dim(&keys, -2), past_value == HINGE_NO_INDEX ? 0 : dim(&past, 2));
    return times(plus(count_of(&queries), count_of(&shapes->output)), n_keys);
}

/* The same behind the projections [inputs, queries + keys + values], queries and keys being as
 * many, of X [batch, steps, inputs]; past (input 4) is [2, batch, heads, steps, size]. */
static int64_t projected_attention(const struct shapes *shapes, size_t a, size_t b)
{
    hinge_tensor x = input(shapes, a), w = input(shapes, b), past = input(shapes, 4);
    size_t past_value = hinge_node_input(shapes->inspect->session, shapes->node, 4);
    int64_t n_rows = times(dim(&x, 0), dim(&x, 1)), n_values = dim(&shapes->output, -1);
    int64_t n_keys = plus(dim(&x, 1), past_value == HINGE_NO_INDEX ? 0 : dim(&past, 3));
    if (n_values < 0 || dim(&w, 1) < n_values)
        return -1;
    int64_t n_queries = (dim(&w, 1) - n_values) / 2;
    return plus(times(n_rows, count_of(&w)),
                times(times(n_rows, n_keys), plus(n_queries, n_values)));
}

static int64_t not_known(const struct shapes *shapes, size_t a, size_t b)
{
    (void)shapes;
    (void)a;
    (void)b;
    return -1;
}

#define MICROSOFT "com.microsoft"

static const struct {
    const char *domain, *op;
    formula *formula;
    size_t a, b;
} families[] = {
    {"", "CausalConvWithState", convolution, 0, 1},
    {"", "Conv", convolution, 0, 1},
    {"", "ConvInteger", convolution, 0, 1},
    {"", "DeformConv", convolution, 0, 1},
    {"", "QLinearConv", convolution, 0, 3},
    {"ai.hinge", "ConvChannelsLast", convolution, 0, 1},
    {"ai.hinge", "ConvChannelsInto", convolution_into, 0, 1},
    {MICROSOFT, "FusedConv", convolution, 0, 1},
    {"", "ConvTranspose", transposed_convolution, 0, 1},
    {"", "MatMul", product, 0, 1},
    {"", "MatMulInteger", product, 0, 1},
    {"", "QLinearMatMul", product, 0, 3},
    {MICROSOFT, "DynamicQuantizeMatMul", product, 0, 1},
    {MICROSOFT, "MatMulIntegerToFloat", product, 0, 1},
    {MICROSOFT, "MatMulNBits", product, 0, 1},
    {MICROSOFT, "FusedMatMul", maybe_transposed_product, 0, 1},
    {"", "Gemm", gemm, 0, 1},
    {MICROSOFT, "FusedGemm", gemm, 0, 1},
    {MICROSOFT, "QGemm", gemm, 0, 3},
    {"", "GRU", recurrent, 0, 1},
    {"", "LSTM", recurrent, 0, 1},
    {"", "RNN", recurrent, 0, 1},
    {"", "Attention", attention, 0, 1},
    {MICROSOFT, "Attention", projected_attention, 0, 1},
    /* By an equation, or by algorithms. */
    {"", "DFT", not_known, 0, 0},
    {"", "Det", not_known, 0, 0},
    {"", "Einsum", not_known, 0, 0},
    {"", "LinearAttention", not_known, 0, 0},
    {MICROSOFT, "Inverse", not_known, 0, 0},
    {"", "STFT", not_known, 0, 0},
};
#define N_FAMILIES (sizeof families / sizeof *families)

static int64_t multiply_adds(const struct inspect *inspect, size_t index,
                             const hinge_node_info *node)
{
    for (size_t i = 0; i < N_FAMILIES; i++) {
        if (strcmp(families[i].op, node->op) != 0 || strcmp(families[i].domain, node->domain) != 0)
            continue;
        struct shapes shapes = {
            inspect, index, value_shape(inspect, hinge_node_output(inspect->session, index, 0))};
        int64_t n = families[i].formula(&shapes, families[i].a, families[i].b);
        return node->graph == 0 && n >= 0 ? n : INSPECT_NOT_KNOWN;
    }
    return 0;
}

struct inspect_count inspect_count_node(const struct inspect *inspect, size_t index)
{
    hinge_node_info node = {.size = sizeof node};
    hinge_value_info value = {.size = sizeof value};
    struct inspect_count count = {0, 0};
    if (!hinge_get_node(inspect->session, index, &node))
        return count;
    for (size_t i = 0; i < node.n_inputs; i++)
        if (hinge_get_value(inspect->session, hinge_node_input(inspect->session, index, i),
                            &value) &&
            value.is_constant)
            count.parameters = plus(count.parameters, count_of(&value.tensor));
    count.multiply_adds = multiply_adds(inspect, index, &node);
    return count;
}

struct inspect_total inspect_count_all(const struct inspect *inspect)
{
    hinge_node_info node = {.size = sizeof node};
    struct inspect_total total = {.parameters = inspect_n_parameters(inspect)};
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++) {
        int64_t sum = plus(total.multiply_adds, inspect_count_node(inspect, i).multiply_adds);
        if (sum < 0)
            total.n_not_known++;
        else
            total.multiply_adds = sum;
    }
    return total;
}

void inspect_print_counts(const struct inspect *inspect)
{
    char op[DESCRIBE_OP_SIZE], shape[TEXT_SHAPE_SIZE];
    hinge_node_info node = {.size = sizeof node};
    printf("counts  %12s %15s\n", "PARAMETERS", "MULTIPLY-ADDS");
    for (size_t i = 0; hinge_get_node(inspect->session, i, &node); i++) {
        struct inspect_count count = inspect_count_node(inspect, i);
        size_t output = hinge_node_output(inspect->session, i, 0);
        if (count.parameters == 0 && count.multiply_adds == 0)
            continue;
        printf("  %5zu %12" PRId64 " ", i, count.parameters);
        if (count.multiply_adds < 0)
            printf("%15s  ", "not known");
        else
            printf("%15" PRId64 "  ", count.multiply_adds);
        text_print(stdout, describe_op(op, &node), 0);
        fputs("  ", stdout);
        text_print(stdout, node.label, 80);
        if (output != HINGE_NO_INDEX)
            printf("  %s", inspect_value_text(shape, inspect, output));
        putchar('\n');
    }
}
