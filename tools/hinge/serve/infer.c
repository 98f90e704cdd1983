#include "serve/infer.h"

#include "serve/body/datatype.h"
#include "serve/body/request.h"
#include "serve/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void write_output(const struct model *model, const struct request_output *output,
                         const hinge_tensor *tensor, struct bytes *json, struct bytes *binary)
{
    char type[DATATYPE_TEXT];
    const char *name = hinge_output_name(model->session, output->index);
    bytes_text(json, "{\"name\":");
    bytes_json_string(json, name, strlen(name));
    bytes_format(json, ",\"datatype\":\"%s\",\"shape\":[", datatype_text(type, tensor->type));
    for (int32_t i = 0; i < tensor->rank; i++)
        bytes_format(json, "%s%" PRId64, i ? "," : "", tensor->dims[i]);
    if (output->is_binary) {
        size_t before = binary->size;
        elements_to_binary(binary, tensor);
        bytes_format(json, "],\"parameters\":{\"binary_data_size\":%zu}}", binary->size - before);
    } else {
        bytes_text(json, "],\"data\":");
        elements_to_json(json, tensor);
        bytes_text(json, "}");
    }
}

static void write_reply(const struct model *model, const struct request *request,
                        const hinge_tensor *outputs, struct reply *reply)
{
    struct bytes *json = &reply->body, binary = {0};
    reply->status = 200;
    bytes_text(json, "{\"model_name\":");
    bytes_json_string(json, model->name, strlen(model->name));
    bytes_format(json, ",\"model_version\":\"%s\",", model->version);
    if (request->id) {
        bytes_text(json, "\"id\":");
        bytes_json_string(json, request->id, strlen(request->id));
        bytes_text(json, ",");
    }
    bytes_text(json, "\"outputs\":[");
    bool any_binary = false;
    for (size_t i = 0; i < request->n_outputs; i++) {
        const struct request_output *output = &request->outputs[i];
        if (i > 0)
            bytes_text(json, ",");
        write_output(model, output, &outputs[output->index], json, &binary);
        any_binary |= output->is_binary;
    }
    bytes_text(json, "]}");
    if (any_binary) {
        reply->json_size = json->size;
        reply->type = "application/octet-stream";
        bytes_add(json, binary.data, binary.size);
    }
    if (json->failed || binary.failed)
        reply_error(reply, 503, "out of memory");
    bytes_free(&binary);
}

/* What the outputs of a run are written into. */
struct answer {
    const struct model *model;
    const struct request *request;
    const hinge_tensor *outputs;
    struct reply *reply;
};

static void take_outputs(void *user)
{
    const struct answer *answer = user;
    write_reply(answer->model, answer->request, answer->outputs, answer->reply);
}

static uint64_t earlier(uint64_t deadline_ns, uint64_t start_ns, double timeout_us)
{
    if (timeout_us <= 0 || timeout_us > 1e12)
        return deadline_ns;
    uint64_t own = start_ns + (uint64_t)(timeout_us * 1e3);
    return deadline_ns == 0 || own < deadline_ns ? own : deadline_ns;
}

void infer(struct model *model, char *body, size_t size, size_t json_size, uint64_t start_ns,
           uint64_t deadline_ns, size_t tensors_limit, struct reply *reply)
{
    struct request request;
    hinge_error error;
    hinge_tensor *outputs = calloc(hinge_n_outputs(model->session) + 1, sizeof *outputs);
    struct answer answer = {model, &request, outputs, reply};
    struct model_run run = {.outputs = outputs, .take = take_outputs, .user = &answer};
    bool ok = request_read(&request, model, body, size, json_size, tensors_limit, &error);
    if (!outputs)
        ok = error_no_memory(&error);
    if (ok) {
        run.inputs = request.tensors;
        run.deadline_ns = earlier(deadline_ns, start_ns, request.timeout_us);
        ok = model_run(model, &run, &error);
    }
    if (run.is_refused)
        reply_error(reply, 503, "%s", error.message);
    else if (!ok)
        reply_failure(reply, &error);
    stats_add(&model->stats, reply->status, clock_now_ns() - start_ns, run.n_rows);
    request_free(&request);
    free(outputs);
}
