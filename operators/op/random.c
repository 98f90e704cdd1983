#include "operators/op/random.h"

#include <math.h>
#include <string.h>
#include <sys/random.h>

#define CHUNK 256
#define GRAIN 4096
#define TWO_PI 6.283185307179586476925

hinge_status random_seed(const struct hinge_node *node, const struct hinge_attribute *seed,
                         struct random *random)
{
    if (!seed || !seed->present) {
        if (getrandom(random->key, sizeof random->key, 0) != (ssize_t)sizeof random->key)
            return OP_FAIL(node, HINGE_IO, "the operating system gives no random seed");
        return HINGE_OK;
    }
    const uint64_t bits = (uint64_t)seed->i;
    random->key[0] = (uint32_t)bits;
    random->key[1] = (uint32_t)(bits >> 32);
    if (seed->type == HINGE_ATTR_FLOAT) {
        memcpy(random->key, &seed->f, sizeof seed->f);
        random->key[1] = 0;
    }
    return HINGE_OK;
}

/* Words 0 and 1, and 2 and 3, of the block are the numbers of elements 2 n and 2 n + 1. */
static void philox(const struct random *random, uint64_t block, uint64_t numbers[2])
{
    uint32_t c[4] = {(uint32_t)block, (uint32_t)(block >> 32), 0, 0};
    uint32_t key[2] = {random->key[0], random->key[1]};
    for (int round = 0; round < 10; round++) {
        const uint64_t p = UINT64_C(0xD2511F53) * c[0], q = UINT64_C(0xCD9E8D57) * c[2];
        const uint32_t next[4] = {(uint32_t)(q >> 32) ^ c[1] ^ key[0], (uint32_t)q,
                                  (uint32_t)(p >> 32) ^ c[3] ^ key[1], (uint32_t)p};
        memcpy(c, next, sizeof c);
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    numbers[0] = c[0] | (uint64_t)c[1] << 32;
    numbers[1] = c[2] | (uint64_t)c[3] << 32;
}

static double to_unit(uint64_t number)
{
    return (double)(number >> 11) * 0x1p-53;
}

void random_uniform(const struct random *random, int64_t first, int64_t count, double *to)
{
    uint64_t numbers[2];
    for (int64_t i = 0; i < count; i++) {
        const uint64_t element = (uint64_t)(first + i);
        if (i == 0 || element % 2 == 0)
            philox(random, element / 2, numbers);
        to[i] = to_unit(numbers[element % 2]);
    }
}

void random_normal(const struct random *random, int64_t first, int64_t count, double *to)
{
    uint64_t numbers[2];
    double radius = 0, angle = 0;
    for (int64_t i = 0; i < count; i++) {
        const uint64_t element = (uint64_t)(first + i);
        if (i == 0 || element % 2 == 0) {
            philox(random, element / 2, numbers);
            radius = sqrt(-2 * log(1 - to_unit(numbers[0])));
            angle = TWO_PI * to_unit(numbers[1]);
        }
        to[i] = radius * (element % 2 ? sin(angle) : cos(angle));
    }
}

struct job {
    const struct hinge_node *node;
    struct random random;
    void (*draw)(const struct random *, int64_t, int64_t, double *);
    random_finish *finish;
};

static void part(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    double numbers[CHUNK];
    (void)thread;
    for (int64_t at = begin; at < end; at += CHUNK) {
        const int64_t count = end - at < CHUNK ? end - at : CHUNK;
        job->draw(&job->random, at, count, numbers);
        job->finish(job->node, at, count, numbers);
    }
}

hinge_status random_run(const struct hinge_node *node, unsigned seed_attribute,
                        void (*draw)(const struct random *, int64_t, int64_t, double *),
                        random_finish *finish)
{
    struct job job = {.node = node, .draw = draw, .finish = finish};
    hinge_status status = random_seed(node, &node->attributes[seed_attribute], &job.random);
    if (!status)
        node->host->parallel(node, hinge_count(node->outputs[0]), GRAIN, part, &job);
    return status;
}

hinge_status random_infer_shape(const struct hinge_node *node)
{
    const struct hinge_attribute *shape = &node->attributes[RANDOM_SHAPE];
    for (size_t d = 0; d < shape->count; d++)
        if (shape->ints[d] < 0)
            return OP_FAIL(node, HINGE_BAD_SHAPE, "dimension %zu of the shape is %lld", d,
                           (long long)shape->ints[d]);
    if (shape->count > HINGE_MAX_RANK)
        return OP_FAIL(node, HINGE_LIMIT, "the shape has rank %zu, more than %d", shape->count,
                       HINGE_MAX_RANK);
    return op_set_dims(node, 0, (int32_t)shape->count, shape->ints);
}
