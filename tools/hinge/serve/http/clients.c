#include "serve/http/clients.h"

#include "serve/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void clients_create(struct clients *clients, size_t limit)
{
    *clients = (struct clients){.limit = limit};
    pthread_mutex_init(&clients->lock, NULL);
}

void clients_destroy(struct clients *clients)
{
    pthread_mutex_destroy(&clients->lock);
}

struct client *clients_add(struct clients *clients, int socket)
{
    struct client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->socket = socket;
    client->since_ns = clock_now_ns();
    pthread_mutex_lock(&clients->lock);
    client->is_over = clients->n++ >= clients->limit;
    client->next = clients->first;
    if (client->next)
        client->next->previous = client;
    clients->first = client;
    pthread_mutex_unlock(&clients->lock);
    return client;
}

void clients_remove(struct clients *clients, struct client *client)
{
    if (!client)
        return;
    pthread_mutex_lock(&clients->lock);
    if (client->previous)
        client->previous->next = client->next;
    else
        clients->first = client->next;
    if (client->next)
        client->next->previous = client->previous;
    clients->n--;
    pthread_mutex_unlock(&clients->lock);
    free(client);
}

size_t clients_count(struct clients *clients)
{
    pthread_mutex_lock(&clients->lock);
    size_t n = clients->n;
    pthread_mutex_unlock(&clients->lock);
    return n;
}

static void enter(struct clients *clients, struct client *client, enum client_state state)
{
    uint64_t now_ns = clock_now_ns();
    pthread_mutex_lock(&clients->lock);
    client->state = state;
    client->since_ns = now_ns;
    pthread_mutex_unlock(&clients->lock);
}

void clients_begin(struct clients *clients, struct client *client)
{
    enter(clients, client, CLIENT_SENDS);
}

void clients_received(struct clients *clients, struct client *client)
{
    enter(clients, client, CLIENT_WAITS);
}

void clients_answered(struct clients *clients, struct client *client)
{
    enter(clients, client, CLIENT_IDLE);
}

void clients_end_slow(struct clients *clients, uint64_t before_ns, bool is_plain)
{
    static const char answer[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                                 "Content-Type: application/json\r\nContent-Length: 52\r\n\r\n"
                                 "{\"error\":\"the request took too long to be received\"}";
    pthread_mutex_lock(&clients->lock);
    for (struct client *client = clients->first; client; client = client->next) {
        if (client->state == CLIENT_WAITS || client->since_ns >= before_ns)
            continue;
        if (is_plain)
            send(client->socket, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        shutdown(client->socket, SHUT_RDWR);
        client->state = CLIENT_WAITS; /* for its end */
    }
    pthread_mutex_unlock(&clients->lock);
}

bool clients_are_idle(struct clients *clients)
{
    bool idle = true;
    pthread_mutex_lock(&clients->lock);
    for (struct client *client = clients->first; client && idle; client = client->next) {
        int unread = 0;
        ioctl(client->socket, FIONREAD, &unread);
        idle = client->state == CLIENT_IDLE && unread == 0;
    }
    pthread_mutex_unlock(&clients->lock);
    return idle;
}
