#include "profile/profile_report.h"

#include "base/error.h"
#include "base/text.h"
#include "files/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One operator, or one node: the rows of a table. */
struct row {
    const char *name, *op, *plugin;
    uint64_t own_ns, all_ns, n_calls;
    size_t n_nodes;
    struct roofline_work work; /* of all calls */
    bool has_bodies;
};

static int by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->own_ns < y->own_ns) - (x->own_ns > y->own_ns);
}

/* Rows for nodes that have run, or for operators; sorted by time, longest first. NULL where there
 * is no memory. */
static struct row *make_rows(const struct profile *profile, bool by_op, size_t *n)
{
    struct row *rows = calloc(profile->n_nodes + 1, sizeof *rows);
    *n = 0;
    for (size_t i = 0; rows && i < profile->n_nodes; i++) {
        const struct profile_node *node = &profile->nodes[i];
        if (node->n_calls == 0)
            continue;
        size_t r = by_op ? 0 : *n;
        while (r < *n && (strcmp(rows[r].op, node->op) || strcmp(rows[r].plugin, node->plugin)))
            r++;
        if (r == *n)
            rows[(*n)++] = (struct row){
                .name = by_op ? "" : node->name, .op = node->op, .plugin = node->plugin};
        rows[r].own_ns += node->own_ns;
        rows[r].all_ns += node->all_ns;
        rows[r].n_calls += node->n_calls;
        rows[r].work = roofline_add(rows[r].work, node->work, node->n_calls);
        rows[r].has_bodies |= node->has_bodies;
        rows[r].n_nodes++;
    }
    if (rows)
        qsort(rows, *n, sizeof *rows, by_time);
    return rows;
}

static double total_ns(const struct profile *profile)
{
    double sum = 0;
    for (size_t i = 0; i < profile->n_nodes; i++)
        sum += (double)profile->nodes[i].own_ns;
    return sum;
}

/* Milliseconds of a run. */
static double ms_of(const struct profile *profile, double ns)
{
    return ns / (double)profile->n_runs * 1e-6;
}

static uint64_t calls_of(const struct profile *profile, const struct row *row)
{
    return row->n_calls / profile->n_runs;
}

enum { BAR = 20 };

static void print_bar(double share)
{
    int cells = (int)(share * BAR + 0.5);
    text_bar(stdout, share, BAR);
    printf("%*s ", BAR - cells, "");
}

/* Giga a second, and what part of the peak that is; nothing where it is not known, or none. */
static void print_rate(double rate, double share)
{
    if (rate > 0)
        printf("%8.1f %5.1f%% ", rate * 1e-9, share * 100);
    else
        printf("%8s %6s ", "-", "");
}

static void print_rates(const struct profile *profile, const struct row *row)
{
    struct roofline_rates rates =
        roofline_rates(profile->roofline, row->work, (double)row->own_ns * 1e-9);
    print_rate(rates.flops, rates.flops_share);
    print_rate(rates.bytes, rates.bytes_share);
}

static void print_rows(const struct profile *profile, const struct row *rows, size_t n, bool by_op)
{
    double total = total_ns(profile);
    for (size_t r = 0; r < n; r++) {
        const struct row *row = &rows[r];
        double share = total > 0 ? (double)row->own_ns / total : 0;
        printf("%10.4f %5.1f%% ", ms_of(profile, (double)row->own_ns), share * 100);
        if (profile->roofline)
            print_rates(profile, row);
        else
            print_bar(share);
        if (by_op)
            printf("%6zu ", row->n_nodes);
        printf("%6" PRIu64 " ", calls_of(profile, row));
        text_cell(stdout, row->op, 24);
        text_cell(stdout, row->plugin, 12);
        text_print(stdout, row->name, 60);
        if (row->has_bodies)
            printf("%s(%.4f ms with what its bodies do)", by_op ? "" : "  ",
                   ms_of(profile, (double)row->all_ns));
        putchar('\n');
    }
}

/* What part of the time nodes whose work is known take at least, and of them all how long. */
static double roof_share(const struct profile *profile)
{
    double roof_ns = 0, own_ns = 0;
    for (size_t i = 0; i < profile->n_nodes; i++) {
        const struct profile_node *node = &profile->nodes[i];
        double least_ns =
            roofline_seconds(profile->roofline, node->work) * (double)node->n_calls * 1e9;
        if (node->n_calls == 0 || least_ns < 0)
            continue;
        own_ns += (double)node->own_ns;
        roof_ns += fmin(least_ns, (double)node->own_ns);
    }
    return own_ns > 0 ? roof_ns / own_ns : 0;
}

static void print_roofline(const struct profile *profile)
{
    const struct roofline *roofline = profile->roofline;
    printf("%u thread%s, %s: up to %.1f GFLOP/s, and %.1f GB/s from memory; at these limits the "
           "nodes would take %.1f%% of the time\n",
           roofline->n_threads, roofline->n_threads > 1 ? "s" : "", roofline->isa,
           roofline->peak.flops * 1e-9, roofline->peak.bytes * 1e-9, roof_share(profile) * 100);
}

/* The titles of what print_rows puts in front of the calls. */
static void print_titles(const struct profile *profile)
{
    printf("%10s %6s ", "ms", "share");
    if (profile->roofline)
        printf("%8s %6s %8s %6s ", "GFLOP/s", "peak", "GB/s", "peak");
    else
        printf("%-*s ", BAR, "");
}

int profile_print(const struct profile *profile, size_t n_rows)
{
    size_t n_ops, n_nodes;
    struct row *ops = make_rows(profile, true, &n_ops);
    struct row *nodes = make_rows(profile, false, &n_nodes);
    hinge_error error;
    bool ok = (ops && nodes) || error_no_memory(&error);
    if (ok) {
        size_t n_shown = n_rows && n_rows < n_nodes ? n_rows : n_nodes;
        printf("%.4f ms a run in %zu nodes, mean of %zu runs\n", ms_of(profile, total_ns(profile)),
               n_nodes, (size_t)profile->n_runs);
        if (profile->roofline)
            print_roofline(profile);
        putchar('\n');
        print_titles(profile);
        printf("%6s %6s %-24s %s\n", "nodes", "calls", "operator", "plugin");
        print_rows(profile, ops, n_ops, true);
        putchar('\n');
        print_titles(profile);
        printf("%6s %-24s %-12s %s\n", "calls", "operator", "plugin", "node");
        print_rows(profile, nodes, n_shown, false);
        if (n_shown < n_nodes)
            printf("… and %zu more; --rows 0 shows all\n", n_nodes - n_shown);
    }
    free(ops);
    free(nodes);
    return ok ? 0 : error_fail(&error);
}

/* Of a run, as ms is. */
static json_t *work_json(const struct profile *profile, int64_t work)
{
    return work < 0 ? json_null() : json_integer((json_int_t)(work / (int64_t)profile->n_runs));
}

static void put_rate(json_t *object, const char *key, double rate, bool *good)
{
    json_put(object, key, rate < 0 ? json_null() : json_number(rate), good);
}

static void put_rates(json_t *object, const struct profile *profile, const struct row *row,
                      bool *good)
{
    struct roofline_rates rates =
        roofline_rates(profile->roofline, row->work, (double)row->own_ns * 1e-9);
    json_put(object, "multiply_adds", work_json(profile, row->work.multiply_adds), good);
    json_put(object, "bytes", work_json(profile, row->work.bytes), good);
    put_rate(object, "flops_per_s", rates.flops, good);
    put_rate(object, "flops_share", rates.flops_share, good);
    put_rate(object, "bytes_per_s", rates.bytes, good);
    put_rate(object, "bytes_share", rates.bytes_share, good);
}

static json_t *row_json(const struct row *row, const struct profile *profile, bool by_op)
{
    bool good = true;
    double total = total_ns(profile);
    json_t *object = json_object();
    if (by_op)
        json_put(object, "nodes", json_integer((json_int_t)row->n_nodes), &good);
    else
        json_put(object, "node", json_text(row->name, strlen(row->name)), &good);
    json_put(object, "op", json_text(row->op, strlen(row->op)), &good);
    json_put(object, "plugin", json_text(row->plugin, strlen(row->plugin)), &good);
    json_put(object, "calls", json_integer((json_int_t)calls_of(profile, row)), &good);
    json_put(object, "ms", json_number(ms_of(profile, (double)row->own_ns)), &good);
    json_put(object, "ms_with_bodies", json_number(ms_of(profile, (double)row->all_ns)), &good);
    json_put(object, "share", json_number(total > 0 ? (double)row->own_ns / total : 0), &good);
    if (profile->roofline)
        put_rates(object, profile, row, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *rows_json(const struct profile *profile, bool by_op)
{
    size_t n;
    bool good = true;
    struct row *rows = make_rows(profile, by_op, &n);
    json_t *array = rows ? json_array() : NULL;
    for (size_t r = 0; array && r < n; r++)
        json_add(array, row_json(&rows[r], profile, by_op), &good);
    free(rows);
    if (good)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *roofline_json(const struct profile *profile)
{
    const struct roofline *roofline = profile->roofline;
    bool good = true;
    json_t *object = json_object();
    json_put(object, "threads", json_integer((json_int_t)roofline->n_threads), &good);
    json_put(object, "isa", json_string(roofline->isa), &good);
    json_put(object, "flops_per_s", json_number(roofline->peak.flops), &good);
    json_put(object, "bytes_per_s", json_number(roofline->peak.bytes), &good);
    json_put(object, "share", json_number(roof_share(profile)), &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

int profile_json(const struct profile *profile)
{
    bool good = true;
    json_t *root = json_object();
    json_put(root, "model", json_text(profile->model, strlen(profile->model)), &good);
    json_put(root, "runs", json_integer((json_int_t)profile->n_runs), &good);
    json_put(root, "total_ms", json_number(ms_of(profile, total_ns(profile))), &good);
    if (profile->roofline)
        json_put(root, "roofline", roofline_json(profile), &good);
    json_put(root, "ops", rows_json(profile, true), &good);
    json_put(root, "nodes", rows_json(profile, false), &good);
    return json_finish(root, good, NULL);
}

static json_t *event_json(const struct profile_event *event, const struct profile_node *node,
                          uint64_t origin_ns)
{
    bool good = true;
    json_t *object = json_object(), *arguments = json_object();
    const char *name = *node->name ? node->name : node->op;
    json_put(object, "name", json_text(name, strlen(name)), &good);
    json_put(object, "cat", json_text(node->op, strlen(node->op)), &good);
    json_put(object, "ph", json_string("X"), &good);
    json_put(object, "ts", json_number((double)(event->start_ns - origin_ns) * 1e-3), &good);
    json_put(object, "dur", json_number((double)(event->end_ns - event->start_ns) * 1e-3), &good);
    json_put(object, "pid", json_integer(1), &good);
    json_put(object, "tid", json_integer(1), &good);
    json_put(arguments, "op", json_text(node->op, strlen(node->op)), &good);
    json_put(arguments, "plugin", json_text(node->plugin, strlen(node->plugin)), &good);
    json_put(object, "args", arguments, &good);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

int profile_trace(const struct profile *profile, const char *path)
{
    bool good = true;
    json_t *root = json_object(), *events = json_array();
    uint64_t origin_ns = UINT64_MAX;
    for (size_t i = 0; i < profile->n_events; i++)
        if (profile->events[i].start_ns < origin_ns)
            origin_ns = profile->events[i].start_ns;
    for (size_t i = 0; i < profile->n_events; i++) {
        const struct profile_event *event = &profile->events[i];
        json_add(events, event_json(event, &profile->nodes[event->node], origin_ns), &good);
    }
    json_put(root, "traceEvents", events, &good);
    json_put(root, "displayTimeUnit", json_string("ms"), &good);
    return json_finish(root, good, path);
}
