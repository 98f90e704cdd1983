#include "profile/roofline.h"

#include "base/array.h"
#include "inspect/inspect_count.h"

#include <math.h>

static int64_t plus_times(int64_t sum, int64_t x, uint64_t n)
{
    int64_t product, result;
    return sum < 0 || x < 0 || __builtin_mul_overflow(x, n, &product) ||
                   __builtin_add_overflow(sum, product, &result)
               ? -1
               : result;
}

struct roofline_work roofline_add(struct roofline_work sum, struct roofline_work work, uint64_t n)
{
    return (struct roofline_work){plus_times(sum.multiply_adds, work.multiply_adds, n),
                                  plus_times(sum.bytes, work.bytes, n)};
}

/* Of a value with a shape; -1 where there is none. */
static int64_t value_bytes(const struct inspect *inspect, size_t value)
{
    hinge_tensor tensor = inspect_tensor(inspect, value);
    bool is_known = tensor.type != HINGE_NO_TYPE && !hinge_is_container(tensor.type) &&
                    tensor.rank >= 0 && hinge_tensor_count(&tensor) >= 0;
    return is_known ? (int64_t)array_size(&tensor) : -1;
}

static bool is_view(const struct inspect *inspect, size_t value)
{
    hinge_place_info place = {.size = sizeof place};
    return inspect_place(inspect, value, &place) && place.is_view;
}

struct roofline_work roofline_count(const struct inspect *inspect, size_t index)
{
    hinge_node_info node = {.size = sizeof node};
    if (!hinge_get_node(inspect->session, index, &node) || node.graph != 0)
        return ROOFLINE_NOT_KNOWN;
    struct roofline_work work = {inspect_count_node(inspect, index).multiply_adds, 0};
    size_t first = hinge_node_output(inspect->session, index, 0);
    if (node.n_outputs == 1 && first != HINGE_NO_INDEX && is_view(inspect, first))
        return work;
    for (size_t i = 0; i < node.n_inputs + node.n_outputs; i++) {
        size_t value = i < node.n_inputs
                           ? hinge_node_input(inspect->session, index, i)
                           : hinge_node_output(inspect->session, index, i - node.n_inputs);
        if (value != HINGE_NO_INDEX)
            work.bytes = plus_times(work.bytes, value_bytes(inspect, value), 1);
    }
    return work;
}

static double rate(int64_t work, double each, double seconds)
{
    return work < 0 || seconds <= 0 ? -1 : each * (double)work / seconds;
}

struct roofline_rates roofline_rates(const struct roofline *roofline, struct roofline_work work,
                                     double seconds)
{
    double flops = rate(work.multiply_adds, 2, seconds), bytes = rate(work.bytes, 1, seconds);
    return (struct roofline_rates){flops, flops < 0 ? -1 : flops / roofline->peak.flops, bytes,
                                   bytes < 0 ? -1 : bytes / roofline->peak.bytes};
}

double roofline_seconds(const struct roofline *roofline, struct roofline_work work)
{
    double by_flops =
        work.multiply_adds < 0 ? -1 : 2 * (double)work.multiply_adds / roofline->peak.flops;
    double by_bytes = work.bytes < 0 ? -1 : (double)work.bytes / roofline->peak.bytes;
    return fmax(by_flops, by_bytes);
}
