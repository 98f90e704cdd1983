#include "profile_report.h"

#include "json.h"
#include "options.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* One operator, or one node: the rows of a table. */
struct row {
    const char *name, *op, *plugin;
    uint64_t ns;
    size_t n_nodes;
};

static int by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return (x->ns < y->ns) - (x->ns > y->ns);
}

/* Rows for steps, or for operators; sorted by time, longest first. NULL where there is no memory.
 */
static struct row *make_rows(const struct profile *profile, bool by_op, size_t *n)
{
    struct row *rows = calloc(profile->n_steps + 1, sizeof *rows);
    *n = 0;
    for (size_t s = 0; rows && s < profile->n_steps; s++) {
        const struct profile_step *step = &profile->steps[s];
        const char *plugin = step->plugin ? step->plugin : "";
        size_t r = by_op ? 0 : *n;
        while (r < *n && (strcmp(rows[r].op, step->op) || strcmp(rows[r].plugin, plugin)))
            r++;
        if (r == *n)
            rows[(*n)++] = (struct row){by_op ? "" : step->node, step->op, plugin, 0, 0};
        rows[r].ns += step->total_ns;
        rows[r].n_nodes++;
    }
    if (rows)
        qsort(rows, *n, sizeof *rows, by_time);
    return rows;
}

static double total_ns(const struct profile *profile)
{
    double sum = 0;
    for (size_t s = 0; s < profile->n_steps; s++)
        sum += (double)profile->steps[s].total_ns;
    return sum;
}

static void print_rows(const struct profile *profile, const struct row *rows, size_t n, bool by_op)
{
    enum { BAR = 20 };
    double total = total_ns(profile);
    for (size_t r = 0; r < n; r++) {
        double share = total > 0 ? (double)rows[r].ns / total : 0;
        int cells = (int)(share * BAR + 0.5);
        printf("%10.4f %5.1f%% ", (double)rows[r].ns / (double)profile->n_runs * 1e-6, share * 100);
        text_bar(stdout, share, BAR);
        printf("%*s ", BAR - cells, "");
        if (by_op)
            printf("%6zu ", rows[r].n_nodes);
        text_cell(stdout, rows[r].op, 24);
        text_cell(stdout, rows[r].plugin, 8);
        text_print(stdout, rows[r].name, 60);
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
               total_ns(profile) / (double)profile->n_runs * 1e-6, n_nodes,
               (size_t)profile->n_runs);
        printf("%10s %6s %-20s %6s %-24s %s\n", "ms", "share", "", "nodes", "operator", "plugin");
        print_rows(profile, ops, n_ops, true);
        printf("\n%10s %6s %-20s %-24s %-8s %s\n", "ms", "share", "", "operator", "plugin", "node");
        print_rows(profile, nodes, n_shown, false);
        if (n_shown < n_nodes)
            printf("… and %zu more; --rows 0 shows all\n", n_nodes - n_shown);
    }
    free(ops);
    free(nodes);
    return ok ? 0 : options_fail(&error);
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
    json_put(object, "ms", json_number((double)row->ns / (double)profile->n_runs * 1e-6), &good);
    json_put(object, "share", json_number(total > 0 ? (double)row->ns / total : 0), &good);
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
    json_put(root, "total_ms", json_number(total_ns(profile) / (double)profile->n_runs * 1e-6),
             &good);
    json_put(root, "ops", rows_json(profile, true), &good);
    json_put(root, "nodes", rows_json(profile, false), &good);
    return json_finish(root, good, NULL);
}

static json_t *event_json(const struct profile_step *step, uint64_t origin_ns)
{
    bool good = true;
    json_t *event = json_object(), *arguments = json_object();
    const char *name = *step->node ? step->node : step->op;
    const char *plugin = step->plugin ? step->plugin : "";
    json_put(event, "name", json_text(name, strlen(name)), &good);
    json_put(event, "cat", json_text(step->op, strlen(step->op)), &good);
    json_put(event, "ph", json_string("X"), &good);
    json_put(event, "ts", json_number((double)(step->start_ns - origin_ns) * 1e-3), &good);
    json_put(event, "dur", json_number((double)(step->end_ns - step->start_ns) * 1e-3), &good);
    json_put(event, "pid", json_integer(1), &good);
    json_put(event, "tid", json_integer(1), &good);
    json_put(arguments, "op", json_text(step->op, strlen(step->op)), &good);
    json_put(arguments, "plugin", json_text(plugin, strlen(plugin)), &good);
    json_put(event, "args", arguments, &good);
    if (good)
        return event;
    json_decref(event);
    return NULL;
}

int profile_trace(const struct profile *profile, const char *path)
{
    bool good = true;
    json_t *root = json_object(), *events = json_array();
    for (size_t s = 0; s < profile->n_steps; s++)
        json_add(events, event_json(&profile->steps[s], profile->steps[0].start_ns), &good);
    json_put(root, "traceEvents", events, &good);
    json_put(root, "displayTimeUnit", json_string("ms"), &good);
    return json_finish(root, good, path);
}
