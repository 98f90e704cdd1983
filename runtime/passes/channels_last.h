/* What the two halves of the channels-last pass share: channels_last.c chooses the nodes,
 * channels_last_turn.c turns them. */
#ifndef PASSES_CHANNELS_LAST_H
#define PASSES_CHANNELS_LAST_H

#include "passes/pass.h"

/* What a node becomes. */
enum kind { STAYS, HAS_FORM, HAS_AXIS, ELEMENTWISE };

struct layout {
    struct pass_run *run;
    struct pass_shapes shapes; /* its arena holds what follows */
    size_t n_nodes, n_values;  /* without those that the pass adds */
    enum kind *kinds;          /* of each node */
    const char **forms;        /* of each node, the operator it becomes where it has a form */
    uint32_t *outputs;         /* of each node, output 0 as it was */
    uint32_t *regions;         /* of each node: another one of its region, or itself */
    uint32_t *n_inside;        /* of each value: inputs that read it in the new layout */
    uint32_t *twins;           /* of each value: the one in the new layout */
};

static inline const struct graph_node *layout_node(const struct layout *l, uint32_t node)
{
    return &l->run->graph->nodes[node];
}

static inline int32_t layout_rank(const struct layout *l, uint32_t value)
{
    return value == GRAPH_NONE ? -1 : pass_rank(&l->shapes, value);
}

/* Whether input i of a node that changes its layout does so too. */
bool layout_is_permuted(const struct layout *l, uint32_t node, uint32_t i);

/* Axis d of one layout is axis layout_old_axis(d) or layout_new_axis(d) of the other. */
int32_t layout_old_axis(int32_t d, int32_t rank);
int32_t layout_new_axis(int32_t d, int32_t rank);

/* The axes that a node works along (hinge_op.axis). */
struct layout_axes {
    const struct hinge_attribute *attribute; /* that names them; NULL: input does */
    uint32_t input;                          /* GRAPH_NONE: none is named, and all are meant */
    size_t count;
    int64_t values[HINGE_MAX_RANK];
};

/* Finds them; false where the operator declares none, or they are not known or not within rank. */
bool layout_find_axes(const struct layout *l, const struct graph_node *node, int32_t rank,
                      struct layout_axes *axes);
/* Makes a node read and write the new layout. */
hinge_status layout_turn(struct layout *l, uint32_t index);
/* Values that are read in the old layout too. */
hinge_status layout_restore_outputs(struct layout *l);

#endif
