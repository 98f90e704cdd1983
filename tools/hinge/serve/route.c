#include "serve/route.h"

#include "serve/infer.h"
#include "serve/metadata.h"
#include "serve/metrics.h"
#include "serve/page/page.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PARTS 7

/* "/v2/models/digits/infer" as v2, models, digits, infer. */
struct path {
    char *parts[MAX_PARTS + 1];
    size_t n;
};

static bool split(struct path *path, char *text)
{
    char *rest = NULL;
    path->n = 0;
    for (char *part = strtok_r(text, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        if (path->n == MAX_PARTS)
            return false;
        path->parts[path->n++] = part;
    }
    return true;
}

static bool is(const struct path *path, size_t part, const char *text)
{
    return part < path->n && strcmp(path->parts[part], text) == 0;
}

/* The method, or an answer that says which it should be. */
static bool wants(const struct call *call, const char *method, struct reply *reply)
{
    bool is_get = strcmp(method, "GET") == 0;
    if (strcmp(call->method, method) == 0 || (is_get && strcmp(call->method, "HEAD") == 0))
        return true;
    reply_error(reply, 405, "%.200s takes %s", call->path, method);
    reply->allowed = is_get ? "GET, HEAD" : method;
    return false;
}

static void ready(struct reply *reply, bool is_ready, const char *sentence)
{
    if (!is_ready) {
        reply_error(reply, 503, "%s", sentence);
        return;
    }
    reply->status = 200;
}

static void answer_page(struct reply *reply)
{
    reply->status = 200;
    reply->type = "text/html; charset=utf-8";
    bytes_add(&reply->body, page_html, page_html_size);
    if (reply->body.failed)
        reply_error(reply, 503, "out of memory");
}

static void answer_health(struct route *route, const struct call *call, const struct path *path,
                          struct reply *reply)
{
    if (path->n != 3 || (!is(path, 2, "live") && !is(path, 2, "ready")))
        reply_error(reply, 404, "%.200s is nothing here", call->path);
    else if (wants(call, "GET", reply))
        ready(reply, is(path, 2, "live") || !atomic_load(&route->is_draining),
              "the server is about to end");
}

/* models/NAME[/versions/VERSION][/ready or /infer] */
static void answer_model(struct route *route, const struct call *call, const struct path *path,
                         struct reply *reply)
{
    size_t action = 3;
    const char *name = path->parts[2], *version = NULL;
    if (is(path, 3, "versions") && path->n > 4) {
        version = path->parts[4];
        action = 5;
    }
    bool is_infer = is(path, action, "infer"), is_ready = is(path, action, "ready");
    if (path->n > action + 1 || (path->n > action && !is_infer && !is_ready)) {
        reply_error(reply, 404, "%.200s is nothing here", call->path);
        return;
    }
    if (!wants(call, is_infer ? "POST" : "GET", reply))
        return;
    struct model *model = repository_find(route->repository, name, version);
    if (!model)
        reply_error(reply, 404, "there is no model \"%.200s\"%s%.40s", name,
                    version ? " of version " : "", version ? version : "");
    else if (is_infer)
        infer(model, call->body, call->body_size, call->json_size, call->start_ns,
              call->deadline_ns, route->settings->max_tensors, reply);
    else if (is_ready)
        reply->status = 200;
    else
        reply_json(reply, metadata_model(model, repository_versions(route->repository, name)),
                   true);
    model_release(model);
}

static void answer_index(struct route *route, const struct call *call, struct reply *reply)
{
    json_t *wanted = NULL;
    json_error_t error;
    if (call->body_size && !(wanted = json_loadb(call->body, call->body_size, 0, &error)))
        reply_error(reply, 400, "the request is no JSON: %s", error.text);
    else
        reply_json(
            reply,
            repository_index(route->repository, json_is_true(json_object_get(wanted, "ready"))),
            true);
    json_decref(wanted);
}

static void answer_repository(struct route *route, const struct call *call, const struct path *path,
                              struct reply *reply)
{
    hinge_error error;
    bool is_load = is(path, 4, "load"), ok;
    if (path->n == 3 && is(path, 2, "index")) {
        if (wants(call, "POST", reply))
            answer_index(route, call, reply);
        return;
    }
    if (path->n != 5 || !is(path, 2, "models") || (!is_load && !is(path, 4, "unload"))) {
        reply_error(reply, 404, "%.200s is nothing here", call->path);
        return;
    }
    if (!wants(call, "POST", reply))
        return;
    ok = is_load ? repository_load(route->repository, path->parts[3], &error)
                 : repository_unload(route->repository, path->parts[3], &error);
    reply->status = 200;
    if (!ok)
        reply_error(reply, error.status == HINGE_BAD_ARGUMENT ? 404 : 400, "%s", error.message);
}

void route_answer(struct route *route, const struct call *call, struct reply *reply)
{
    struct path path;
    char *text = strdup(call->path);
    if (!text) {
        reply_error(reply, 503, "out of memory");
        return;
    }
    bool is_split = split(&path, text), is_metrics = path.n == 1 && is(&path, 0, "metrics");
    if (is_split && path.n == 0) {
        if (wants(call, "GET", reply))
            answer_page(reply);
    } else if (!is_split || (!is(&path, 0, "v2") && !is_metrics))
        reply_error(reply, 404, "%.200s is nothing here", call->path);
    else if (is_metrics) {
        if (wants(call, "GET", reply))
            metrics_write(route->repository, clients_count(route->clients), reply);
    } else if (path.n == 1) {
        if (wants(call, "GET", reply))
            reply_json(reply, metadata_server(), true);
    } else if (is(&path, 1, "health"))
        answer_health(route, call, &path, reply);
    else if (is(&path, 1, "models") && path.n > 2)
        answer_model(route, call, &path, reply);
    else if (is(&path, 1, "repository"))
        answer_repository(route, call, &path, reply);
    else
        reply_error(reply, 404, "%.200s is nothing here", call->path);
    free(text);
}
