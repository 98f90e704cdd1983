#include "serve/server.h"

#include "base/module.h"
#include "serve/clock.h"
#include "serve/http/http.h"
#include "serve/models/poll.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define MILLISECOND_NS 1000000u
/* What clients may take to read that their requests were ended. */
#define TELL_NS ((uint64_t)3000 * MILLISECOND_NS)
/* For models, plugins and connections that are told that they are too many. */
#define DESCRIPTORS_BESIDE 256

struct server {
    const struct settings *settings;
    int listener, signals;
    struct repository repository;
    struct poll_thread poll;
    struct route route;
    struct http http;
};

/* Listening */

static int listen_at(const struct addrinfo *address)
{
    int one = 1;
    int listener = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return -1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(listener, address->ai_addr, address->ai_addrlen) == 0 && listen(listener, 1024) == 0)
        return listener;
    int code = errno;
    close(listener);
    errno = code;
    return -1;
}

static bool start_listening(struct server *server, hinge_error *error)
{
    const struct settings *settings = server->settings;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found;
    char port[8];
    snprintf(port, sizeof port, "%u", settings->port);
    int code = getaddrinfo(settings->address, port, &hints, &found);
    if (code != 0)
        return error_set(error, HINGE_IO, "%.200s: %s", settings->address, gai_strerror(code));
    server->listener = listen_at(found);
    code = errno;
    freeaddrinfo(found);
    return server->listener >= 0 || error_set(error, HINGE_IO, "%.200s, port %s: %s",
                                              settings->address, port, strerror(code));
}

/* The port is the one that was taken where none was asked for. */
static bool say_address(const struct server *server, hinge_error *error)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[64], port[16];
    if (getsockname(server->listener, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return error_set(error, HINGE_IO, "the address cannot be told");
    bool v6 = strchr(host, ':') != NULL;
    printf("listening on %s://%s%s%s:%s\n", server->http.key ? "https" : "http", v6 ? "[" : "",
           host, v6 ? "]" : "", port);
    return fflush(stdout) == 0 ||
           error_set(error, HINGE_IO, "standard output: %s", strerror(errno));
}

/* Serving */

/* All that wait. Where there are no file descriptors left they go on waiting. */
static void accept_all(struct server *server)
{
    int one = 1, client;
    while ((client = accept(server->listener, NULL, NULL)) >= 0) {
        fcntl(client, F_SETFD, FD_CLOEXEC);
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        http_add(&server->http, client);
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
        poll(NULL, 0, 20);
}

static void end_slow(struct server *server)
{
    uint64_t now_ns = clock_now_ns(), limit_ns = 0;
    limit_ns = (uint64_t)((server->settings->client_timeout_s + 1) * 1e9);
    if (now_ns > limit_ns)
        clients_end_slow(&server->http.clients, now_ns - limit_ns, !server->http.key);
}

static void serve(struct server *server)
{
    struct pollfd events[] = {{server->listener, POLLIN, 0}, {server->signals, POLLIN, 0}};
    uint64_t swept_ns = clock_now_ns();
    for (;;) {
        int n = poll(events, 2, 500);
        if (n > 0 && events[1].revents)
            return;
        if (n > 0 && events[0].revents)
            accept_all(server);
        if (clock_now_ns() - swept_ns > 500 * MILLISECOND_NS) {
            end_slow(server);
            swept_ns = clock_now_ns();
        }
    }
}

/* Whether every client has its answers, before end_ns. */
static bool wait_until_idle(struct server *server, uint64_t end_ns)
{
    unsigned n_idle = 0;
    while (n_idle < 3 && clock_now_ns() < end_ns) {
        n_idle = clients_are_idle(&server->http.clients) ? n_idle + 1 : 0;
        poll(NULL, 0, 10);
    }
    return n_idle == 3;
}

/* What has begun is finished, and what has been sent to here is begun: nothing is lost of what a
 * client could believe received. Runs that take too long are ended, and their clients told. */
static void drain(struct server *server)
{
    const uint64_t drain_ns = (uint64_t)(server->settings->drain_timeout_s * 1e9);
    atomic_store(&server->route.is_draining, true);
    accept_all(server);
    close(server->listener);
    server->listener = -1;
    if (wait_until_idle(server, clock_now_ns() + drain_ns))
        return;
    error_say("warning: ", "requests took longer than the drain timeout, and were ended");
    repository_cancel(&server->repository);
    (void)wait_until_idle(server, clock_now_ns() + TELL_NS);
}

/* Signals come as events; a client that has gone is seen where it is written to. */
static bool take_signals(struct server *server, hinge_error *error)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    if (pthread_sigmask(SIG_BLOCK, &wanted, NULL) != 0 ||
        (server->signals = signalfd(-1, &wanted, SFD_CLOEXEC)) < 0)
        return error_set(error, HINGE_IO, "signals cannot be waited for: %s", strerror(errno));
    return true;
}

/* Most processes may have 1024, and more when they ask. Where these are too few, connections wait.
 */
static void raise_descriptors(unsigned n_connections)
{
    struct rlimit limit;
    rlim_t wanted = n_connections + DESCRIPTORS_BESIDE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool run(struct settings *settings, hinge_error *error)
{
    hinge_options *open = &settings->common.open;
    struct server server = {.settings = settings, .listener = -1, .signals = -1};
    server.route = (struct route){.repository = &server.repository, .settings = settings};
    raise_descriptors(settings->n_connections);
    /* Signals first: no thread of the pool is to take them. */
    bool ok =
        take_signals(&server, error) &&
        hinge_threads_create(open->n_threads, NULL, &open->threads, error) == HINGE_OK &&
        repository_open(&server.repository, settings, error) && start_listening(&server, error) &&
        poll_start(&server.poll, &server.repository, (uint64_t)(settings->poll_s * 1e9), error) &&
        http_start(&server.http, settings, &server.route, error) && say_address(&server, error);
    if (ok) {
        serve(&server);
        drain(&server);
    }
    poll_stop(&server.poll);
    http_stop(&server.http);
    repository_close(&server.repository);
    hinge_threads_release(open->threads);
    if (server.listener >= 0)
        close(server.listener);
    if (server.signals >= 0)
        close(server.signals);
    return ok;
}

MODULE_EXPORT const struct server_module hinge_server = {MODULE_VERSION, run};
