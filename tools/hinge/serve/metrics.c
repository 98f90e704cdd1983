#include "serve/metrics.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct writer {
    struct bytes *text;
    const char *metric;
    const struct model *model;
};

/* {model="…",version="…", with the backslashes that the format asks for. */
static void labels(struct writer *writer, const char *suffix)
{
    char shown[TEXT_CHARACTER_SIZE];
    bytes_format(writer->text, "%s%s{model=\"", writer->metric, suffix);
    const char *at = writer->model->name;
    for (size_t n; (n = text_character(shown, at)) > 0; at += n) {
        if (strchr("\"\\", *shown))
            bytes_text(writer->text, "\\");
        bytes_text(writer->text, shown);
    }
    bytes_format(writer->text, "\",version=\"%s\"", writer->model->version);
}

static void line(struct writer *writer, const char *label, unsigned long long value)
{
    labels(writer, "");
    bytes_format(writer->text, "%s} %llu\n", label, value);
}

static void requests(void *user, const struct model *model)
{
    struct writer *writer = user;
    writer->model = model;
    line(writer, ",result=\"ok\"", model->stats.n_ok);
    line(writer, ",result=\"bad_request\"", model->stats.n_bad);
    line(writer, ",result=\"refused\"", model->stats.n_refused);
    line(writer, ",result=\"deadline\"", model->stats.n_late);
    line(writer, ",result=\"failed\"", model->stats.n_failed);
}

static void queued(void *user, const struct model *model)
{
    struct writer *writer = user;
    writer->model = model;
    line(writer, "", model->n_queued);
}

/* counts: one more than there are bounds, for what is above; sum: as it is to be written. */
static void histogram(struct writer *writer, const atomic_ullong *counts, const double *bounds,
                      size_t n_bounds, const char *sum)
{
    unsigned long long n = 0;
    for (size_t i = 0; i < n_bounds; i++) {
        n += counts[i];
        labels(writer, "_bucket");
        bytes_format(writer->text, ",le=\"%g\"} %llu\n", bounds[i], n);
    }
    n += counts[n_bounds];
    labels(writer, "_bucket");
    bytes_format(writer->text, ",le=\"+Inf\"} %llu\n", n);
    labels(writer, "_sum");
    bytes_format(writer->text, "} %s\n", sum);
    labels(writer, "_count");
    bytes_format(writer->text, "} %llu\n", n);
}

static void seconds(void *user, const struct model *model)
{
    struct writer *writer = user;
    char sum[32];
    writer->model = model;
    snprintf(sum, sizeof sum, "%.9f", (double)model->stats.total_ns * 1e-9);
    histogram(writer, model->stats.seconds, stats_seconds, STATS_N_SECONDS, sum);
}

static void rows(void *user, const struct model *model)
{
    struct writer *writer = user;
    char sum[32];
    writer->model = model;
    snprintf(sum, sizeof sum, "%llu", (unsigned long long)model->stats.total_rows);
    histogram(writer, model->stats.rows, stats_rows, STATS_N_ROWS, sum);
}

static const struct {
    const char *name, *type, *help;
    repository_visitor *write;
} metrics[] = {
    {"hinge_requests_total", "counter", "Inference requests, by how they ended.", requests},
    {"hinge_queued_requests", "gauge", "Requests that wait for the model.", queued},
    {"hinge_request_seconds", "histogram",
     "From a request's first line to its answer, of those that succeeded.", seconds},
    {"hinge_batch_rows", "histogram",
     "Rows of the run that a request was part of, where requests can be joined.", rows},
};

void metrics_write(struct repository *repository, size_t n_connections, struct reply *reply)
{
    struct writer writer = {.text = &reply->body};
    reply->status = 200;
    reply->type = "text/plain; version=0.0.4";
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        writer.metric = metrics[i].name;
        bytes_format(&reply->body, "# HELP %s %s\n# TYPE %s %s\n", metrics[i].name, metrics[i].help,
                     metrics[i].name, metrics[i].type);
        repository_visit(repository, metrics[i].write, &writer);
    }
    bytes_format(&reply->body,
                 "# HELP hinge_connections Connections that are open.\n"
                 "# TYPE hinge_connections gauge\nhinge_connections %zu\n",
                 n_connections);
    if (reply->body.failed)
        reply_error(reply, 503, "out of memory");
}
