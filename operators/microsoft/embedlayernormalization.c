/* com.microsoft EmbedLayerNormalization-1: LayerNormalization of the sum (output 2) of rows of the
 * word, position and segment embeddings. Positions are those in the sequence unless position_ids
 * are given. mask_index is how many ones each row of mask has; 0 without mask. Of halves, the sum
 * is rounded to their type before it is normalized. */
#include "operators/kernels/half.h"
#include "operators/norm/rows.h"
#include "operators/op/index.h"

#include <string.h>

#define PIECE 512 /* elements converted at a time */

enum { IDS, SEGMENT_IDS, WORDS, POSITIONS, SEGMENTS, GAMMA, BETA, MASK, POSITION_IDS };
enum { OUTPUT, MASK_INDEX, SUM };
enum { N_EMBEDDINGS = 3 };

/* One embedding and the ids that choose its rows; ids NULL: the place in the sequence. */
struct lookup {
    const char *name;
    const hinge_tensor *table, *ids;
};

static void lookups_of(const struct hinge_node *node, struct lookup lookups[N_EMBEDDINGS])
{
    lookups[0] = (struct lookup){"word_embedding", node->inputs[WORDS], node->inputs[IDS]};
    lookups[1] = (struct lookup){"position_embedding", node->inputs[POSITIONS],
                                 op_input(node, POSITION_IDS)};
    lookups[2] =
        (struct lookup){"segment_embedding", node->inputs[SEGMENTS], node->inputs[SEGMENT_IDS]};
}

static hinge_status check_embeddings(const struct hinge_node *node)
{
    const hinge_tensor *ids = node->inputs[IDS];
    const int64_t width = node->inputs[WORDS]->rank == 2 ? node->inputs[WORDS]->dims[1] : -1;
    struct lookup lookups[N_EMBEDDINGS];
    lookups_of(node, lookups);
    for (int i = 0; i < N_EMBEDDINGS; i++) {
        const hinge_tensor *table = lookups[i].table;
        if (table && (table->rank != 2 || table->dims[1] != width))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "%s is not a table as wide as word_embedding",
                           lookups[i].name);
    }
    if (!lookups[2].table != !lookups[2].ids)
        return OP_FAIL(node, HINGE_BAD_MODEL,
                       "of segment_ids and segment_embedding only one is there");
    if (!lookups[1].ids && lookups[1].table->dims[0] < ids->dims[1])
        return OP_FAIL(node, HINGE_BAD_SHAPE,
                       "%lld positions are fewer than the %lld of a sequence",
                       (long long)lookups[1].table->dims[0], (long long)ids->dims[1]);
    hinge_status status = rows_check_list(node, "gamma", node->inputs[GAMMA], width);
    return status ? status : rows_check_list(node, "beta", node->inputs[BETA], width);
}

static hinge_status infer(const struct hinge_node *node)
{
    const hinge_tensor *ids = node->inputs[IDS];
    const unsigned like_ids[] = {SEGMENT_IDS, MASK, POSITION_IDS};
    if (ids->rank != 2)
        return OP_FAIL(node, HINGE_BAD_SHAPE, "input_ids has rank %d, not 2", (int)ids->rank);
    for (int i = 0; i < 3; i++) {
        const hinge_tensor *t = op_input(node, like_ids[i]);
        const bool one = t && like_ids[i] == POSITION_IDS && t->dims[0] == 1;
        if (t &&
            (t->rank != 2 || (t->dims[0] != ids->dims[0] && !one) || t->dims[1] != ids->dims[1]))
            return OP_FAIL(node, HINGE_BAD_SHAPE, "input %u has not the dimensions of input_ids",
                           like_ids[i]);
    }
    hinge_status status = check_embeddings(node);
    const int64_t dims[] = {ids->dims[0], ids->dims[1], status ? 0 : node->inputs[WORDS]->dims[1]};
    if (!status)
        status = op_set_dims(node, OUTPUT, 3, dims);
    if (!status)
        status = op_set_dims(node, MASK_INDEX, 1, dims);
    return status ? status : op_set_dims(node, SUM, 3, dims);
}

/* Row number set of the sum, to where rows reads it. */
static void add_rows(const struct rows *rows, int64_t set)
{
    const struct lookup *lookups = rows->argument;
    const int64_t width = rows->length, sequence = rows->dims[1];
    const hinge_type type = rows->x_type;
    char *sum = (char *)(uintptr_t)rows->x + hinge_size(type, set * width);
    float total[PIECE] = {0}, term[PIECE] = {0};
    for (int64_t i = 0; i < width; i += PIECE) {
        const int64_t n = width - i < PIECE ? width - i : PIECE;
        for (int k = 0; k < N_EMBEDDINGS && lookups[k].table; k++) {
            const hinge_tensor *ids = lookups[k].ids;
            const int64_t row =
                ids ? op_index(ids, set % hinge_count(ids), lookups[k].table->dims[0])
                    : set % sequence;
            const char *at =
                (const char *)lookups[k].table->data + hinge_size(type, row * width + i);
            float *to = k == 0 ? total : term;
            if (half_is(type))
                half_load(type, to, (const uint16_t *)(const void *)at, n);
            else
                memcpy(to, at, (size_t)n * sizeof(float));
            for (int64_t e = 0; k > 0 && e < n; e++)
                total[e] += term[e];
        }
        char *to = sum + hinge_size(type, i);
        if (half_is(type))
            half_store(type, (uint16_t *)(void *)to, total, n);
        else
            memcpy(to, total, (size_t)n * sizeof(float));
    }
}

static struct rows rows_of(const struct hinge_node *node, const struct lookup *lookups)
{
    const hinge_tensor *y = node->outputs[OUTPUT], *sum = op_output(node, SUM);
    struct rows rows = rows_begin(node, (double)node->attributes[0].f);
    rows.x_type = y->type;
    rows.rank = y->rank;
    rows.dims = y->dims;
    rows.x = sum ? sum->data : y->data;
    const int32_t axis = rows_from_axis(&rows, -1);
    rows_broadcast(&rows, &rows.scale, node->inputs[GAMMA], axis);
    rows_broadcast(&rows, &rows.bias, node->inputs[BETA], axis);
    rows.fill = add_rows;
    rows.argument = lookups;
    return rows;
}

static hinge_status prepare(struct hinge_node *node, size_t *scratch)
{
    const struct rows rows = rows_of(node, NULL);
    return rows_scratch(&rows, scratch);
}

static hinge_status check_ids(const struct hinge_node *node, const struct lookup *lookup)
{
    for (int64_t i = 0; lookup->ids && i < hinge_count(lookup->ids); i++) {
        const int64_t id = op_index_raw(lookup->ids, i);
        if (id < 0 || id >= lookup->table->dims[0])
            return OP_FAIL(node, HINGE_BAD_VALUE, "%s has %lld rows, number %lld is asked for",
                           lookup->name, (long long)lookup->table->dims[0], (long long)id);
    }
    return HINGE_OK;
}

static void count_ones(const hinge_tensor *mask, hinge_tensor *counts)
{
    for (int64_t b = 0; b < counts->dims[0]; b++) {
        int32_t n = 0;
        for (int64_t i = 0; mask && i < mask->dims[1]; i++)
            n += ((const int32_t *)mask->data)[b * mask->dims[1] + i] == 1;
        ((int32_t *)counts->data)[b] = n;
    }
}

static hinge_status run(const struct hinge_node *node)
{
    struct lookup lookups[N_EMBEDDINGS];
    lookups_of(node, lookups);
    for (int i = 0; i < N_EMBEDDINGS; i++) {
        hinge_status status = check_ids(node, &lookups[i]);
        if (status)
            return status;
    }
    if (op_output(node, MASK_INDEX))
        count_ones(op_input(node, MASK), node->outputs[MASK_INDEX]);
    struct rows rows = rows_of(node, lookups);
    rows_run(&rows);
    return HINGE_OK;
}

static const struct hinge_attribute_def attributes[] = {
    {.name = "epsilon", .type = HINGE_ATTR_FLOAT, .f = 1e-12F},
    {.name = "mask_index_type", .type = HINGE_ATTR_INT, .i = 1},
    {.name = NULL},
};

const struct hinge_op op_embedlayernormalization[] = {
    {.name = "EmbedLayerNormalization",
     .domain = "com.microsoft",
     .since = 1,
     .until = OP_LATEST_OPSET_MICROSOFT,
     .signature = "(input_ids: T1, segment_ids?: T1, word_embedding: T, position_embedding: T, "
                  "segment_embedding?: T, gamma: T, beta: T, mask?: T1, position_ids?: T1) -> "
                  "(output: T, mask_index?: T1, embedding_sum?: T); "
                  "T: float float16; T1: int32",
     .attributes = attributes,
     .infer = infer,
     .prepare = prepare,
     .kernels = HINGE_KERNELS({HINGE_FLOAT, run}, {HINGE_FLOAT16, run})},
    OP_END,
};
