/* What hinge bench measures, of ONNX Runtime: the harness of tools/bench_models. Takes the options
 * of hinge bench, of which those on inputs and --threads matter, and finds the library by the
 * environment's ORT_LIB. Inputs are .npy and .pb files, or what hinge bench makes up. */
#include "base/measure.h"
#include "bench/bench_loop.h"
#include "tools/onnxruntime/ort_inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct model_options model;
    struct input_options inputs;
    struct bench_options bench;
};

static bool are_values(const struct input_options *inputs)
{
    bool all = true;
    for (size_t i = 0; i < inputs->files.n; i++)
        all &= inputs->files.items[i].source == SOURCE_VALUE;
    return all;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->bench;
        state->child_inputs[1] = &options->model;
        state->child_inputs[2] = &options->inputs;
        return 0;
    case ARGP_KEY_END:
        if (options->inputs.n_archives || options->model.bytes || !are_values(&options->inputs))
            argp_error(state, "the model is a file, and inputs are .npy or .pb files, or made up");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* Zero, and what has been got so far; released in the end by the process. */
struct peer {
    struct ort_api api;
    ort_environment *environment;
    ort_session *session;
    struct ort_inputs inputs;
    size_t n_outputs;
    char **output_names;
    ort_value **outputs;
};

/* Nodes run one after the other, as Hinge's do. */
static bool configure(const struct ort_api *api, ort_session_options *options, unsigned n_threads,
                      hinge_error *error)
{
    return ort_succeeded(api, api->set_session_graph_optimization_level(options, ORT_OPTIMIZE_ALL),
                         error) &&
           ort_succeeded(api, api->set_intra_op_num_threads(options, (int)n_threads), error) &&
           ort_succeeded(api, api->set_inter_op_num_threads(options, 1), error);
}

static bool find_outputs(struct peer *peer, hinge_error *error)
{
    const struct ort_api *api = &peer->api;
    ort_allocator *allocator = NULL;
    size_t n;
    if (!ort_succeeded(api, api->get_allocator_with_default_options(&allocator), error) ||
        !ort_succeeded(api, api->session_get_output_count(peer->session, &n), error))
        return false;
    peer->output_names = calloc(n + 1, sizeof *peer->output_names);
    peer->outputs = calloc(n + 1, sizeof *peer->outputs);
    if (!peer->output_names || !peer->outputs)
        return error_no_memory(error);
    for (; peer->n_outputs < n; peer->n_outputs++)
        if (!ort_succeeded(api,
                           api->session_get_output_name(peer->session, peer->n_outputs, allocator,
                                                        &peer->output_names[peer->n_outputs]),
                           error))
            return false;
    return true;
}

static bool open_model(struct peer *peer, const struct options *options, double *load_ms,
                       hinge_error *error)
{
    const struct ort_api *api = &peer->api;
    ort_session_options *session = NULL;
    if (!ort_succeeded(api, api->create_env(ORT_LOG_FATAL, "hinge", &peer->environment), error) ||
        !ort_succeeded(api, api->create_session_options(&session), error))
        return false;
    bool good = configure(api, session, options->model.common.open.n_threads, error);
    double start = measure_now_ms();
    good = good && ort_succeeded(api,
                                 api->create_session(peer->environment, options->model.model,
                                                     session, &peer->session),
                                 error);
    *load_ms = measure_now_ms() - start;
    api->release_session_options(session);
    return good && find_outputs(peer, error) &&
           ort_inputs_make(&peer->inputs, api, peer->session, &options->inputs, error);
}

static void close_model(struct peer *peer)
{
    const struct ort_api *api = &peer->api;
    ort_allocator *allocator = NULL;
    ort_inputs_free(&peer->inputs, api);
    api->release_status(api->get_allocator_with_default_options(&allocator));
    for (size_t i = 0; i < peer->n_outputs; i++)
        api->release_status(api->allocator_free(allocator, peer->output_names[i]));
    free(peer->output_names);
    free(peer->outputs);
    if (peer->session)
        api->release_session(peer->session);
    if (peer->environment)
        api->release_env(peer->environment);
}

static bool run_once(void *user, double *ms, hinge_error *error)
{
    struct peer *peer = user;
    const struct ort_api *api = &peer->api;
    double start = measure_now_ms();
    ort_status *status =
        api->run(peer->session, NULL, (const char *const *)peer->inputs.names,
                 (const ort_value *const *)peer->inputs.values, peer->inputs.n,
                 (const char *const *)peer->output_names, peer->n_outputs, peer->outputs);
    *ms = measure_now_ms() - start;
    for (size_t i = 0; i < peer->n_outputs; i++) {
        if (peer->outputs[i])
            api->release_value(peer->outputs[i]);
        peer->outputs[i] = NULL;
    }
    return ort_succeeded(api, status, error);
}

static int report(const struct options *options, const char *version, struct bench_times *times)
{
    char runtime[64];
    bool good = true;
    json_t *root =
        bench_json(options->model.model, times, options->model.common.open.n_threads, &good);
    snprintf(runtime, sizeof runtime, "onnxruntime %s", version);
    json_put(root, "runtime", json_text(runtime, strlen(runtime)), &good);
    return json_finish(root, good, NULL);
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&bench_options_argp, 0, NULL, 0},
                                                 {&options_model_argp, 0, NULL, 0},
                                                 {&options_input_argp, 0, NULL, 0},
                                                 {0}};
    static const struct argp argp = {
        NULL,     parse, NULL, "Measures ONNX Runtime as hinge bench measures Hinge.",
        children, NULL,  NULL};
    struct options options = {0};
    struct peer peer = {.environment = NULL};
    struct bench_times times = {0};
    hinge_error error = {.message = "the environment's ORT_LIB names no library"};
    argp_err_exit_status = 2;
    if (!options_parse(&argp, argc, argv, 0, &options))
        return 1;
    const char *library = getenv("ORT_LIB");
    bool is_open = library && ort_api_open(&peer.api, library, error.message, sizeof error.message);
    bool good = is_open && open_model(&peer, &options, &times.load_ms, &error) &&
                bench_measure(&options.bench, run_once, &peer, &times, &error);
    int status = good ? report(&options, peer.api.version, &times) : 1;
    if (!good)
        fprintf(stderr, "%s\n", error.message);
    if (is_open)
        close_model(&peer);
    bench_times_free(&times);
    options_free_model(&options.model);
    options_free_input(&options.inputs);
    return status;
}
