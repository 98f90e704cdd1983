/* The connections: how many, and what each is doing. */
#ifndef SERVE_CLIENTS_H
#define SERVE_CLIENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum client_state { CLIENT_IDLE, CLIENT_SENDS, CLIENT_WAITS }; /* for its answer */

struct client {
    struct client *previous, *next;
    int socket;
    bool is_over; /* one more than there may be: it is told so */
    enum client_state state;
    uint64_t since_ns; /* in this state; but CLIENT_IDLE: since it came, or had its last answer */
};

struct clients {
    pthread_mutex_t lock;
    struct client *first;
    size_t n, limit;
};

void clients_create(struct clients *clients, size_t limit);
void clients_destroy(struct clients *clients);

/* NULL: no memory. It is released by clients_remove. */
struct client *clients_add(struct clients *clients, int socket);
void clients_remove(struct clients *clients, struct client *client);
size_t clients_count(struct clients *clients);

/* A request began, has been received, and has been answered. */
void clients_begin(struct clients *clients, struct client *client);
void clients_received(struct clients *clients, struct client *client);
void clients_answered(struct clients *clients, struct client *client);

/* Ends the connections that have been sending, or been expected to, since before then; with 408
 * where the client can read it. */
void clients_end_slow(struct clients *clients, uint64_t before_ns, bool is_plain);
/* Whether no request has begun and none lies unread. */
bool clients_are_idle(struct clients *clients);

#endif
