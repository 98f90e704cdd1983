#include "describe/order.h"

#include <stdlib.h>

bool order_next_body(const hinge_session *session, size_t node, size_t *graph,
                     hinge_graph_info *info)
{
    if (!hinge_get_graph(session, *graph, info) || info->parent_node != node)
        return false;
    ++*graph;
    return true;
}

static void rank_graph(const hinge_session *session, const hinge_graph_info *graph,
                       size_t *next_graph, size_t *next_rank, size_t *ranks)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        hinge_graph_info body = {.size = sizeof body};
        while (order_next_body(session, graph->first_node + i, next_graph, &body))
            rank_graph(session, &body, next_graph, next_rank, ranks);
        ranks[graph->first_node + i] = (*next_rank)++;
    }
}

size_t *order_ranks(const hinge_session *session)
{
    hinge_model_info model = {.size = sizeof model};
    hinge_graph_info graph = {.size = sizeof graph};
    hinge_get_model(session, &model);
    size_t next_graph = 1, next_rank = 0, *ranks = calloc(model.n_all_nodes + 1, sizeof *ranks);
    if (ranks && hinge_get_graph(session, 0, &graph))
        rank_graph(session, &graph, &next_graph, &next_rank, ranks);
    return ranks;
}
