/* hinge serve: models behind an address, by the Open Inference Protocol over HTTP. */
#include "base/module.h"
#include "commands.h"
#include "serve/server.h"

#include <unistd.h>

enum {
    KEY_ADDRESS = 'a',
    KEY_PORT = 'p',
    KEY_POLL = 0x200,
    KEY_TOKEN_FILE,
    KEY_TLS_CERTIFICATE,
    KEY_TLS_KEY,
    KEY_LOG,
    KEY_CONNECTIONS,
    KEY_CONTEXTS,
    KEY_QUEUE,
    KEY_MAX_BATCH,
    KEY_MAX_DELAY,
    KEY_MAX_BODY,
    KEY_MAX_TENSORS,
    KEY_CLIENT_TIMEOUT,
    KEY_DRAIN_TIMEOUT
};

static const struct argp_option own_options[] = {
    {"address", KEY_ADDRESS, "HOST", 0, "listen there (127.0.0.1; 0.0.0.0 or :: for all)", 1},
    {"port", KEY_PORT, "N", 0, "listen there (8000; 0: one that is free)", 1},
    {"poll", KEY_POLL, "SECONDS", 0,
     "look for models that have come, changed or gone (2; 0: only when asked to load one)", 1},
    {"token-file", KEY_TOKEN_FILE, "FILE", 0,
     "answer those who send one of its bearer tokens, a line each; health and the page are for all",
     1},
    {"tls-certificate", KEY_TLS_CERTIFICATE, "FILE", 0, "HTTPS: the certificate, PEM", 1},
    {"tls-key", KEY_TLS_KEY, "FILE", 0, "its key, PEM", 1},
    {"log", KEY_LOG, NULL, 0,
     "a line on stderr for each request: method, path, status, bytes of request and answer, "
     "milliseconds",
     1},
    {"contexts", KEY_CONTEXTS, "N", 0, "runs of one model at a time (one for each core)", 2},
    {"queue", KEY_QUEUE, "N", 0, "requests that may wait for a model; more get 503 (256)", 2},
    {"max-batch", KEY_MAX_BATCH, "N", 0,
     "run requests together, up to N rows along the symbolic first dimension, where each has the "
     "bits that it has alone (1)",
     2},
    {"max-delay", KEY_MAX_DELAY, "MS", 0,
     "a request may wait so long for others; more join while all contexts run (0)", 2},
    {"max-body", KEY_MAX_BODY, "SIZE", 0, "largest body of a request (64M)", 3},
    {"max-tensors", KEY_MAX_TENSORS, "SIZE", 0, "most memory for a request's tensors (256M)", 3},
    {"connections", KEY_CONNECTIONS, "N", 0, "most connections at a time (256)", 3},
    {"client-timeout", KEY_CLIENT_TIMEOUT, "SECONDS", 0,
     "a client may be silent, or take to send a request (30)", 3},
    {"drain-timeout", KEY_DRAIN_TIMEOUT, "SECONDS", 0, "what has begun may take after SIGTERM (30)",
     3},
    {0},
};

static unsigned count(const char *argument, uint64_t low, uint64_t high, const char *option,
                      struct argp_state *state)
{
    return (unsigned)options_number(argument, low, high, option, state);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct settings *settings = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &settings->common; return 0;
    case KEY_ADDRESS: settings->address = argument; return 0;
    case KEY_PORT:
        settings->port = (uint16_t)options_number(argument, 0, UINT16_MAX, "port", state);
        return 0;
    case KEY_POLL: settings->poll_s = options_real(argument, "poll", state); return 0;
    case KEY_TOKEN_FILE: settings->token_file = argument; return 0;
    case KEY_TLS_CERTIFICATE: settings->tls_certificate = argument; return 0;
    case KEY_TLS_KEY: settings->tls_key = argument; return 0;
    case KEY_LOG: settings->has_log = true; return 0;
    case KEY_CONNECTIONS:
        settings->n_connections = count(argument, 1, 65536, "connections", state);
        return 0;
    case KEY_CONTEXTS: settings->n_contexts = count(argument, 1, 1024, "contexts", state); return 0;
    case KEY_QUEUE: settings->n_queued = count(argument, 0, 65536, "queue", state); return 0;
    case KEY_MAX_BATCH:
        settings->max_batch = count(argument, 1, 4096, "max-batch", state);
        return 0;
    case KEY_MAX_DELAY:
        settings->max_delay_ms = options_real(argument, "max-delay", state);
        return 0;
    case KEY_MAX_BODY: settings->max_body = options_size(argument, "max-body", state); return 0;
    case KEY_MAX_TENSORS:
        settings->max_tensors = options_size(argument, "max-tensors", state);
        return 0;
    case KEY_CLIENT_TIMEOUT:
        settings->client_timeout_s = options_real(argument, "client-timeout", state);
        return 0;
    case KEY_DRAIN_TIMEOUT:
        settings->drain_timeout_s = options_real(argument, "drain-timeout", state);
        return 0;
    case ARGP_KEY_ARG:
        if (settings->models)
            argp_error(state, "one folder or model at a time: \"%s\" is a second one", argument);
        settings->models = argument;
        return 0;
    case ARGP_KEY_END:
        if (!settings->tls_certificate != !settings->tls_key)
            argp_error(state, "--tls-certificate and --tls-key go together");
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which folder of models, or which model?"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int command_serve(int argc, char **argv)
{
    static const struct argp argp = {
        own_options,
        parse,
        "FOLDER|MODEL.onnx",
        "Answers requests for models over HTTP, by the Open Inference Protocol (version 2). FOLDER "
        "holds NAME/VERSION/model.onnx, VERSION a number; one file is served as version 1 under "
        "its name."
        "\vThe address goes to standard output. --time-limit is the deadline of every request; one "
        "may have a nearer one, by the header Request-Timeout (seconds) or the parameter timeout "
        "(microseconds). SIGTERM finishes what has begun and ends with status 0.\n"
        "Examples:\n"
        "  hinge serve models/ --port 8000\n"
        "  curl localhost:8000/v2/models/digits\n"
        "  curl localhost:8000/v2/models/digits/infer -d '{\"inputs\": [{\"name\": \"x\",\n"
        "    \"datatype\": \"FP32\", \"shape\": [1, 3], \"data\": [1, 2, 3]}]}'",
        options_common_children,
        NULL,
        NULL};
    static struct module module = {.name = "serve",
                                   .symbol = "hinge_server",
                                   .needs = "hinge serve needs libmicrohttpd",
                                   .has_version = true};
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct settings settings = {.address = "127.0.0.1",
                                .poll_s = 2,
                                .port = 8000,
                                .n_connections = 256,
                                .n_contexts = n_cores > 0 ? (unsigned)n_cores : 1,
                                .n_queued = 256,
                                .max_batch = 1,
                                .max_body = (size_t)64 << 20,
                                .max_tensors = (size_t)256 << 20,
                                .client_timeout_s = 30,
                                .drain_timeout_s = 30};
    hinge_error error;
    if (!options_parse(&argp, argc, argv, 0, &settings))
        return 1;
    const struct server_module *server = module_open(&module, &error);
    int status = server && server->run(&settings, &error) ? 0 : error_fail(&error);
    options_free_common(&settings.common);
    return status;
}
