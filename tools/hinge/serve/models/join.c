#include "serve/models/join.h"

#include "base/array.h"
#include "serve/clock.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

struct member {
    struct model_run *run;
    size_t rows;
    bool ok;
    hinge_error error;
};

enum batch_state { WAITS, BUSY, RUNS, DONE };

/* In BUSY what the members gave is read, or what they get is written: none may
 * leave. In WAITS and RUNS one whose deadline passes does. */
struct batch {
    struct batch *next;
    enum batch_state state;
    pthread_cond_t changed;
    struct member **members; /* max_rows; NULL for one that has left; [0] leads */
    size_t n, rows, n_present;
};

void join_create(struct join *join, struct contexts *contexts, size_t max_rows,
                 uint64_t max_delay_ns, atomic_size_t *n_queued)
{
    *join = (struct join){contexts, max_rows, max_delay_ns, n_queued};
    pthread_mutex_init(&join->lock, NULL);
}

void join_destroy(struct join *join)
{
    pthread_mutex_destroy(&join->lock);
}

static size_t n_inputs(const struct join *join)
{
    return hinge_n_inputs(join->contexts->session);
}

static size_t n_outputs(const struct join *join)
{
    return hinge_n_outputs(join->contexts->session);
}

size_t join_rows(const struct join *join, const struct model_run *run)
{
    if (join->max_rows <= 1)
        return 0;
    int64_t rows = run->inputs[0].dims[0];
    for (size_t i = 0; i < n_inputs(join); i++)
        if (run->inputs[i].dims[0] != rows || array_size(&run->inputs[i]) == 0)
            return 0;
    return rows < (int64_t)join->max_rows ? (size_t)rows : 0;
}

static bool is_same_shape(const struct join *join, const struct model_run *a,
                          const struct model_run *b)
{
    for (size_t i = 0; i < n_inputs(join); i++)
        if (a->inputs[i].rank != b->inputs[i].rank ||
            memcmp(a->inputs[i].dims + 1, b->inputs[i].dims + 1,
                   (size_t)(a->inputs[i].rank - 1) * sizeof(int64_t)) != 0)
            return false;
    return true;
}

/* The batch, with the lock held */

static struct batch *create(struct join *join)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch && !(batch->members = calloc(join->max_rows, sizeof(struct member *)))) {
        free(batch);
        return NULL;
    }
    if (batch)
        clock_cond_init(&batch->changed);
    return batch;
}

static void leave(struct batch *batch)
{
    if (--batch->n_present > 0)
        return;
    pthread_cond_destroy(&batch->changed);
    free(batch->members);
    free(batch);
}

static void enter(struct join *join, struct batch *batch, struct member *member)
{
    batch->members[batch->n++] = member;
    batch->rows += member->rows;
    batch->n_present++;
    /* Slots are as many as rows: those of members that have left are not used again. */
    if (batch->rows == join->max_rows || batch->n == join->max_rows)
        pthread_cond_broadcast(&batch->changed);
}

static bool is_full(const struct join *join, const struct batch *batch)
{
    return batch->rows == join->max_rows || batch->n == join->max_rows;
}

static struct batch *find_open(const struct join *join, const struct member *member)
{
    for (struct batch *batch = join->open; batch; batch = batch->next)
        if (batch->rows + member->rows <= join->max_rows && batch->n < join->max_rows &&
            is_same_shape(join, batch->members[0]->run, member->run))
            return batch;
    return NULL;
}

static void remove_open(struct join *join, const struct batch *batch)
{
    struct batch **at = &join->open;
    while (*at != batch)
        at = &(*at)->next;
    *at = batch->next;
}

static void set_state(struct join *join, struct batch *batch, enum batch_state state)
{
    pthread_mutex_lock(&join->lock);
    batch->state = state;
    pthread_cond_broadcast(&batch->changed);
    pthread_mutex_unlock(&join->lock);
}

/* The latest of the members': 0 where one has none. */
static uint64_t deadline_of(const struct batch *batch)
{
    uint64_t latest = 0;
    for (size_t i = 0; i < batch->n; i++) {
        const struct member *member = batch->members[i];
        if (member && member->run->deadline_ns == 0)
            return 0;
        if (member && member->run->deadline_ns > latest)
            latest = member->run->deadline_ns;
    }
    return latest;
}

/* Running, without the lock: the state is BUSY or RUNS */

static void set_all(struct batch *batch, const hinge_error *error)
{
    for (size_t i = 0; i < batch->n; i++)
        if (batch->members[i]) {
            batch->members[i]->ok = error->status == HINGE_OK;
            batch->members[i]->error = *error;
        }
}

/* The member takes its rows, from first on, of outputs that have all_rows. */
static void give_outputs(const struct join *join, struct member *member,
                         const hinge_tensor *outputs, size_t first, size_t all_rows)
{
    struct model_run *run = member->run;
    for (size_t i = 0; i < n_outputs(join); i++) {
        size_t row_size = array_size(&outputs[i]) / all_rows;
        run->outputs[i] = outputs[i];
        run->outputs[i].dims[0] = (int64_t)member->rows;
        if (outputs[i].data)
            run->outputs[i].data = (char *)outputs[i].data + first * row_size;
    }
    run->n_rows = all_rows;
    run->take(run->user);
    member->ok = true;
}

static bool are_rows(const struct join *join, const hinge_tensor *outputs, size_t rows)
{
    for (size_t i = 0; i < n_outputs(join); i++)
        if (outputs[i].rank < 1 || outputs[i].dims[0] != (int64_t)rows)
            return false;
    return true;
}

/* What one member's input is to blame for is not to be the others' failure. */
static void run_each(struct join *join, struct batch *batch, hinge_context *context,
                     hinge_tensor *outputs)
{
    for (size_t i = 0; i < batch->n; i++) {
        struct member *member = batch->members[i];
        if (!member)
            continue;
        hinge_run_options options = {.size = sizeof options,
                                     .deadline_ns = member->run->deadline_ns};
        member->ok = hinge_run(context, member->run->inputs, n_inputs(join), outputs,
                               n_outputs(join), &options, &member->error) == HINGE_OK;
        if (member->ok && !are_rows(join, outputs, member->rows))
            member->ok = error_set(&member->error, HINGE_BAD_SHAPE, "the outputs are not rows");
        if (member->ok)
            give_outputs(join, member, outputs, 0, member->rows);
    }
}

/* The members' rows one after the other; NULL: no memory. */
static void *gather(const struct join *join, const struct batch *batch, hinge_tensor *inputs)
{
    size_t size = 1, at = 0;
    const struct model_run *first = batch->members[0]->run;
    for (size_t i = 0; i < n_inputs(join); i++)
        size += array_size(&first->inputs[i]) / batch->members[0]->rows * batch->rows + ALIGNMENT;
    char *memory = malloc(size);
    for (size_t i = 0; memory && i < n_inputs(join); i++) {
        inputs[i] = first->inputs[i];
        inputs[i].dims[0] = (int64_t)batch->rows;
        inputs[i].data = memory + at;
        for (size_t m = 0; m < batch->n; m++)
            if (batch->members[m]) {
                const hinge_tensor *input = &batch->members[m]->run->inputs[i];
                memcpy(memory + at, input->data, array_size(input));
                at += array_size(input);
            }
        at = (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return memory;
}

static void scatter(const struct join *join, struct batch *batch, const hinge_tensor *outputs,
                    const size_t *firsts, size_t rows)
{
    for (size_t i = 0; i < batch->n; i++)
        if (batch->members[i])
            give_outputs(join, batch->members[i], outputs, firsts[i], rows);
}

static void run_all(struct join *join, struct batch *batch, hinge_context *context,
                    uint64_t deadline_ns)
{
    hinge_error error = {.status = HINGE_OK};
    hinge_tensor *inputs = calloc(n_inputs(join), sizeof *inputs);
    hinge_tensor *outputs = calloc(n_outputs(join) + 1, sizeof *outputs);
    size_t *firsts = calloc(batch->n, sizeof *firsts), rows = batch->rows, next = 0;
    void *memory = inputs && outputs && firsts ? gather(join, batch, inputs) : NULL;
    if (!memory) {
        error_no_memory(&error);
        set_all(batch, &error);
    } else {
        for (size_t i = 0; i < batch->n;
             next += batch->members[i] ? batch->members[i]->rows : 0, i++)
            firsts[i] = next;
        hinge_run_options options = {.size = sizeof options, .deadline_ns = deadline_ns};
        set_state(join, batch, RUNS);
        hinge_status status =
            hinge_run(context, inputs, n_inputs(join), outputs, n_outputs(join), &options, &error);
        set_state(join, batch, BUSY);
        if (status == HINGE_OK && are_rows(join, outputs, rows))
            scatter(join, batch, outputs, firsts, rows);
        else if (status == HINGE_DEADLINE || status == HINGE_CANCELLED)
            set_all(batch, &error);
        else
            run_each(join, batch, context, outputs);
    }
    free(memory);
    free(inputs);
    free(outputs);
    free(firsts);
}

/* One that nobody joined. */
static void run_alone(struct join *join, struct member *member, hinge_context *context)
{
    struct model_run *run = member->run;
    hinge_run_options options = {.size = sizeof options, .deadline_ns = run->deadline_ns};
    run->n_rows = member->rows;
    member->ok = hinge_run(context, run->inputs, n_inputs(join), run->outputs, n_outputs(join),
                           &options, &member->error) == HINGE_OK;
    if (member->ok)
        run->take(run->user);
}

static size_t n_members(const struct batch *batch)
{
    size_t n = 0;
    for (size_t i = 0; i < batch->n; i++)
        n += batch->members[i] != NULL;
    return n;
}

/* Nobody joins it any more. With the lock held. */
static void begin(struct join *join, struct batch *batch)
{
    remove_open(join, batch);
    batch->state = BUSY;
    atomic_fetch_sub(join->n_queued, n_members(batch));
}

struct work {
    struct join *join;
    struct batch *batch;
};

static void run_batch(void *user, hinge_context *context)
{
    struct join *join = ((struct work *)user)->join;
    struct batch *batch = ((struct work *)user)->batch;
    pthread_mutex_lock(&join->lock);
    uint64_t deadline_ns = deadline_of(batch);
    begin(join, batch);
    pthread_mutex_unlock(&join->lock);
    if (n_members(batch) == 1)
        run_alone(join, batch->members[0], context);
    else
        run_all(join, batch, context, deadline_ns);
}

/* The two roles, with the lock held at the beginning and the end */

static void lead(struct join *join, struct batch *batch, struct member *member)
{
    hinge_error error;
    struct work work = {join, batch};
    bool has_run;
    uint64_t now_ns = clock_now_ns(), until_ns = now_ns + join->max_delay_ns, deadline_ns;
    /* Half of the time that it has is for the run. */
    uint64_t own_ns = member->run->deadline_ns;
    if (own_ns && own_ns < until_ns)
        until_ns = own_ns > now_ns ? now_ns + (own_ns - now_ns) / 2 : now_ns;
    bool in_time = join->max_delay_ns > 0;
    while (in_time && !is_full(join, batch))
        in_time = clock_cond_wait(&batch->changed, &join->lock, until_ns);
    /* Others may join, with a later deadline, for as long as no context is free. */
    do {
        deadline_ns = deadline_of(batch);
        pthread_mutex_unlock(&join->lock);
        has_run = contexts_wait(join->contexts, deadline_ns, run_batch, &work, &error);
        pthread_mutex_lock(&join->lock);
    } while (!has_run && error.status == HINGE_DEADLINE && deadline_of(batch) != deadline_ns);
    if (!has_run) {
        begin(join, batch);
        set_all(batch, &error);
    }
    batch->state = DONE;
    pthread_cond_broadcast(&batch->changed);
}

static void follow(struct join *join, struct batch *batch, struct member *member)
{
    size_t slot = batch->n - 1;
    bool in_time = true;
    while (batch->state != DONE) {
        if (!in_time && batch->state != BUSY) {
            if (batch->state == WAITS) {
                batch->rows -= member->rows;
                atomic_fetch_sub(join->n_queued, 1);
            }
            batch->members[slot] = NULL;
            error_set(&member->error, HINGE_DEADLINE, "the deadline passed");
            return;
        }
        in_time =
            clock_cond_wait(&batch->changed, &join->lock, in_time ? member->run->deadline_ns : 0) &&
            in_time;
    }
}

bool join_run(struct join *join, struct model_run *run, size_t rows, hinge_error *error)
{
    struct member member = {.run = run, .rows = rows};
    pthread_mutex_lock(&join->lock);
    struct batch *batch = find_open(join, &member);
    bool leads = !batch;
    if (leads && (batch = create(join))) {
        batch->next = join->open;
        join->open = batch;
    }
    if (!batch) {
        pthread_mutex_unlock(&join->lock);
        atomic_fetch_sub(join->n_queued, 1);
        return error_no_memory(error);
    }
    enter(join, batch, &member);
    if (leads)
        lead(join, batch, &member);
    else
        follow(join, batch, &member);
    leave(batch);
    pthread_mutex_unlock(&join->lock);
    if (member.ok && run->deadline_ns && clock_now_ns() > run->deadline_ns)
        member.ok = error_set(&member.error, HINGE_DEADLINE, "the deadline passed");
    if (!member.ok)
        *error = member.error;
    return member.ok;
}
