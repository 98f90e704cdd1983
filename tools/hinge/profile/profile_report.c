#include "profile/profile_report.h"

#include "base/error.h"
#include "base/text.h"
#include "files/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One operator, or one node: the rows of a table. */
struct row {
    const char *name, *op, *plugin;
    uint64_t own_ns, all_ns, n_calls;
    size_t n_nodes;
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

static void print_rows(const struct profile *profile, const struct row *rows, size_t n, bool by_op)
{
    enum { BAR = 20 };
    double total = total_ns(profile);
    for (size_t r = 0; r < n; r++) {
        const struct row *row = &rows[r];
        double share = total > 0 ? (double)row->own_ns / total : 0;
        int cells = (int)(share * BAR + 0.5);
        printf("%10.4f %5.1f%% ", ms_of(profile, (double)row->own_ns), share * 100);
        text_bar(stdout, share, BAR);
        printf("%*s ", BAR - cells, "");
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

int profile_print(const struct profile *profile, size_t n_rows)
{
    size_t n_ops, n_nodes;
    struct row *ops = make_rows(profile, true, &n_ops);
    struct row *nodes = make_rows(profile, false, &n_nodes);
    hinge_error error;
    bool ok = (ops && nodes) || error_no_memory(&error);
    if (ok) {
        size_t n_shown = n_rows && n_rows < n_nodes ? n_rows : n_nodes;
        printf("%.4f ms a run in %zu nodes, mean of %zu runs\n\n",
               ms_of(profile, total_ns(profile)), n_nodes, (size_t)profile->n_runs);
        printf("%10s %6s %-20s %6s %6s %-24s %s\n", "ms", "share", "", "nodes", "calls", "operator",
               "plugin");
        print_rows(profile, ops, n_ops, true);
        printf("\n%10s %6s %-20s %6s %-24s %-12s %s\n", "ms", "share", "", "calls", "operator",
               "plugin", "node");
        print_rows(profile, nodes, n_shown, false);
        if (n_shown < n_nodes)
            printf("… and %zu more; --rows 0 shows all\n", n_nodes - n_shown);
    }
    free(ops);
    free(nodes);
    return ok ? 0 : error_fail(&error);
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

int profile_json(const struct profile *profile)
{
    bool good = true;
    json_t *root = json_object();
    json_put(root, "model", json_text(profile->model, strlen(profile->model)), &good);
    json_put(root, "runs", json_integer((json_int_t)profile->n_runs), &good);
    json_put(root, "total_ms", json_number(ms_of(profile, total_ns(profile))), &good);
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
