#include "serve/http/http.h"

#include "files/file.h"
#include "serve/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections beyond the limit that are told so before they are closed; more are closed at once. */
#define N_TOLD 32
/* libmicrohttpd 0.9.75 locks itself up where its own limit is met: it is out of reach. */
#define N_NEVER 4096
/* The bodies of all requests together may take as much as that many of the largest. */
#define BODIES_IN_HAND 8
/* As much room is made at once for a body that is said to be so large: what is beyond has to come
 * first. */
#define ROOM_AHEAD ((size_t)1 << 20)
/* Of a connection's memory half is for what is read in one go; all of it is cleared for each
 * request.
 */
#define CONNECTION_MEMORY ((size_t)64 << 10)
/* The first binary tensor begins at a multiple of it, and need not be copied. */
#define ALIGNMENT 64

/* One request and its answer. */
struct exchange {
    struct client *client;
    struct bytes body; /* behind lead bytes that align it */
    size_t lead;
    struct reply reply;
    uint64_t start_ns;
    bool has_begun, is_answered;
};

/* How much of a body is JSON, where binary tensors follow. */
#define JSON_SIZE "Inference-Header-Content-Length"

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* A number of bytes; false where it is none. */
static bool read_size(const char *text, uint64_t *size)
{
    char *end;
    errno = 0;
    *size = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* The callbacks of libmicrohttpd */

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http *http = user;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        clients_remove(&http->clients, *context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info ? clients_add(&http->clients, info->connect_fd) : NULL;
}

/* The first line of a request has come. */
static void *on_request(void *user, const char *uri, struct MHD_Connection *connection)
{
    (void)uri;
    struct http *http = user;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->client = client_of(connection);
    exchange->start_ns = clock_now_ns();
    if (exchange->client)
        clients_begin(&http->clients, exchange->client);
    return exchange;
}

static void drop_body(struct http *http, struct exchange *exchange)
{
    atomic_fetch_sub(&http->received, exchange->body.capacity);
    bytes_free(&exchange->body);
    exchange->lead = 0;
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    (void)connection;
    (void)how;
    struct http *http = user;
    struct exchange *exchange = *context;
    if (!exchange)
        return;
    *context = NULL;
    drop_body(http, exchange);
    bytes_free(&exchange->reply.body);
    if (exchange->client)
        clients_answered(&http->clients, exchange->client);
    free(exchange);
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    MHD_add_response_header(response, name, value);
}

/* hinge: METHOD PATH STATUS, bytes of body and answer, milliseconds from the first line on */
static void log_request(const struct exchange *exchange, const char *path, const char *method,
                        size_t size)
{
    char line[512];
    snprintf(line, sizeof line, "%.16s %.300s %u %zu %zu %.3f", method, path,
             exchange->reply.status, size, exchange->reply.body.size,
             (double)(clock_now_ns() - exchange->start_ns) * 1e-6);
    flockfile(stderr);
    error_say("", line);
    funlockfile(stderr);
}

static enum MHD_Result answer(struct http *http, struct MHD_Connection *connection,
                              struct exchange *exchange)
{
    struct reply *reply = &exchange->reply;
    char number[24];
    if (!reply->status)
        reply_error(reply, 500, "there is no answer");
    if (reply->body.failed)
        bytes_free(&reply->body);
    struct MHD_Response *response =
        reply->body.size ? MHD_create_response_from_buffer(reply->body.size, reply->body.data,
                                                           MHD_RESPMEM_MUST_FREE)
                         : MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    reply->body = (struct bytes){0};
    add_header(response, "Content-Type", reply->type ? reply->type : "application/json");
    if (reply->json_size) {
        snprintf(number, sizeof number, "%zu", reply->json_size);
        add_header(response, JSON_SIZE, number);
    }
    if (reply->allowed)
        add_header(response, "Allow", reply->allowed);
    if (reply->asks_for_token)
        add_header(response, "WWW-Authenticate", "Bearer");
    if (reply->retry_after) {
        snprintf(number, sizeof number, "%u", reply->retry_after);
        add_header(response, "Retry-After", number);
    }
    if (atomic_load(&http->route->is_draining) || (exchange->client && exchange->client->is_over))
        add_header(response, "Connection", "close");
    if (exchange->client)
        clients_received(&http->clients, exchange->client);
    enum MHD_Result result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    exchange->is_answered = true;
    return result;
}

/* Whether a page of another site is asking: a browser lets it, and would send what it likes. */
static bool is_foreign(const struct http *http, struct MHD_Connection *connection)
{
    const char *origin = header(connection, "Origin"), *host = header(connection, "Host");
    const char *scheme = http->key ? "https://" : "http://";
    return origin && (strncmp(origin, scheme, strlen(scheme)) != 0 || !host ||
                      strcmp(origin + strlen(scheme), host) != 0);
}

/* What tells nothing of the models: health, and the page, which asks for the token itself. */
static bool is_for_all(const char *path)
{
    return strncmp(path, "/v2/health/", 11) == 0 || strcmp(path, "/") == 0;
}

/* What was taken for the body since it had that capacity counts for all of them; false, without the
 * body, where that is too much. */
static bool account(struct http *http, struct exchange *exchange, size_t before)
{
    size_t all = atomic_fetch_add(&http->received, exchange->body.capacity - before);
    if (!exchange->body.failed && all / BODIES_IN_HAND <= http->settings->max_body)
        return true;
    drop_body(http, exchange);
    return reply_error(&exchange->reply, 503, "no memory for the request at present");
}

/* Makes room for a body of that size, with the first json_size bytes in front of binary tensors. */
static bool expect_body(struct http *http, struct exchange *exchange, uint64_t size,
                        const char *json_size)
{
    static const char filling[ALIGNMENT];
    uint64_t json;
    if (json_size && read_size(json_size, &json))
        exchange->lead = (size_t)(-json % ALIGNMENT);
    size_t wanted = size < ROOM_AHEAD ? (size_t)size : ROOM_AHEAD;
    if (wanted > 0)
        bytes_room(&exchange->body, exchange->lead + wanted);
    bytes_add(&exchange->body, filling, exchange->lead);
    return account(http, exchange, 0);
}

/* What can be said before the body has come; false where an answer is ready. */
static bool begin(struct http *http, struct MHD_Connection *connection, struct exchange *exchange,
                  const char *path)
{
    const char *length = header(connection, "Content-Length");
    const char *coding = header(connection, "Content-Encoding");
    uint64_t size = 0;
    if (!exchange->client || exchange->client->is_over)
        return reply_error(&exchange->reply, 503, "too many connections");
    if (is_foreign(http, connection))
        return reply_error(&exchange->reply, 403, "pages of other sites are not answered");
    if (http->settings->token_file && !is_for_all(path) &&
        !tokens_allow(&http->tokens, header(connection, "Authorization"))) {
        reply_error(&exchange->reply, 401, "a bearer token is needed");
        exchange->reply.asks_for_token = true;
        return false;
    }
    if (length && (!read_size(length, &size) || size > http->settings->max_body))
        return reply_error(&exchange->reply, 413, "the body is larger than %zu bytes",
                           http->settings->max_body);
    if (coding && strcmp(coding, "identity") != 0)
        return reply_error(&exchange->reply, 415, "the body is coded as \"%.40s\"", coding);
    return expect_body(http, exchange, size, header(connection, JSON_SIZE));
}

/* Of a body that is refused the rest is read and dropped, so that the client comes to read. */
static void receive(struct http *http, struct exchange *exchange, const char *data, size_t size)
{
    struct bytes *body = &exchange->body;
    size_t capacity = body->capacity;
    if (exchange->reply.status)
        return;
    if (size > http->settings->max_body - (body->size - exchange->lead)) {
        drop_body(http, exchange);
        reply_error(&exchange->reply, 413, "the body is larger than %zu bytes",
                    http->settings->max_body);
        return;
    }
    bytes_add(body, data, size);
    account(http, exchange, capacity);
}

/* The earliest of what the header and the command line say; 0: neither does. */
static bool read_deadline(const struct http *http, const char *timeout, uint64_t start_ns,
                          uint64_t *deadline_ns)
{
    double limit_s = http->settings->common.time_limit_s;
    if (timeout) {
        char *end;
        double asked_s = strtod(timeout, &end);
        if (end == timeout || *end || !(asked_s > 0))
            return false;
        limit_s = limit_s > 0 && limit_s < asked_s ? limit_s : asked_s;
    }
    *deadline_ns = limit_s > 0 && limit_s < 1e9 ? start_ns + (uint64_t)(limit_s * 1e9) : 0;
    return true;
}

static void respond(struct http *http, struct MHD_Connection *connection, struct exchange *exchange,
                    const char *path, const char *method)
{
    static char nothing[1];
    const char *json_size = header(connection, JSON_SIZE);
    const char *timeout = header(connection, "Request-Timeout");
    uint64_t size = exchange->body.size - exchange->lead;
    struct call call = {.method = method,
                        .path = path,
                        .body = size ? exchange->body.data + exchange->lead : nothing,
                        .body_size = (size_t)size,
                        .start_ns = exchange->start_ns};
    if (json_size && (!read_size(json_size, &size) || size > call.body_size)) {
        reply_error(&exchange->reply, 400, "Inference-Header-Content-Length does not fit the body");
    } else if (!read_deadline(http, timeout, exchange->start_ns, &call.deadline_ns)) {
        reply_error(&exchange->reply, 400, "Request-Timeout is no number of seconds");
    } else {
        call.json_size = (size_t)size;
        route_answer(http->route, &call, &exchange->reply);
    }
}

/* Called when the headers are there, with each piece of the body, and when all is there. */
static enum MHD_Result on_access(void *user, struct MHD_Connection *connection, const char *path,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **context)
{
    (void)version;
    struct http *http = user;
    struct exchange *exchange = *context;
    if (!exchange)
        return MHD_NO;
    if (!exchange->has_begun) {
        exchange->has_begun = true;
        if (begin(http, connection, exchange, path))
            return MHD_YES;
        if (http->settings->has_log)
            log_request(exchange, path, method, 0);
        return answer(http, connection, exchange);
    }
    if (*size > 0) {
        receive(http, exchange, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (exchange->is_answered)
        return MHD_YES;
    if (exchange->client)
        clients_received(&http->clients, exchange->client);
    if (!exchange->reply.status)
        respond(http, connection, exchange, path, method);
    if (http->settings->has_log)
        log_request(exchange, path, method, exchange->body.size - exchange->lead);
    drop_body(http, exchange);
    return answer(http, connection, exchange);
}

/* A text file, terminated; NULL where it cannot be had. */
static char *read_text(const char *path, hinge_error *error)
{
    unsigned char *bytes;
    size_t size;
    if (!file_read(path, &bytes, &size, error))
        return NULL;
    char *text = realloc(bytes, size + 1);
    if (!text) {
        free(bytes);
        error_no_memory(error);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

static bool read_secrets(struct http *http, hinge_error *error)
{
    const struct settings *settings = http->settings;
    if (settings->token_file && !tokens_read(&http->tokens, settings->token_file, error))
        return false;
    if (!settings->tls_certificate)
        return true;
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return error_set(error, HINGE_UNSUPPORTED, "this libmicrohttpd was built without TLS");
    return (http->certificate = read_text(settings->tls_certificate, error)) &&
           (http->key = read_text(settings->tls_key, error));
}

bool http_start(struct http *http, const struct settings *settings, struct route *route,
                hinge_error *error)
{
    *http = (struct http){.settings = settings, .route = route};
    if (!read_secrets(http, error))
        return false;
    const struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, http->certificate},
                                         {MHD_OPTION_HTTPS_MEM_KEY, 0, http->key},
                                         {MHD_OPTION_END, 0, NULL}};
    /* By poll: select has no room for descriptors from 1024 on. */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_NO_LISTEN_SOCKET | (http->key ? MHD_USE_TLS : 0u);
    unsigned timeout_s = (unsigned)settings->client_timeout_s;
    clients_create(&http->clients, settings->n_connections);
    route->clients = &http->clients;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_access, http, MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
        MHD_OPTION_URI_LOG_CALLBACK, on_request, http, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        http, MHD_OPTION_CONNECTION_LIMIT, settings->n_connections + N_TOLD + N_NEVER,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
        timeout_s ? timeout_s : 1, MHD_OPTION_ARRAY, http->key ? tls : tls + 2, MHD_OPTION_END);
    return http->daemon ||
           error_set(error, HINGE_IO, "the HTTP server cannot be started%s",
                     http->key ? ": are certificate and key PEM files that belong together?" : "");
}

void http_add(struct http *http, int socket)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (clients_count(&http->clients) >= http->clients.limit + N_TOLD ||
        getpeername(socket, (struct sockaddr *)&peer, &size) != 0) {
        close(socket);
        return;
    }
    /* Closes the socket where it fails; otherwise it is counted when this returns. */
    MHD_add_connection(http->daemon, socket, (struct sockaddr *)&peer, size);
}

void http_stop(struct http *http)
{
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    clients_destroy(&http->clients);
    tokens_free(&http->tokens);
    free(http->certificate);
    free(http->key);
}
