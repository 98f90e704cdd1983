/* A task for elements of one size, included once for each with these macros, which end here:
 *
 * WHERE           the task's name; that of a row of it has _row behind
 * WHERE_ELEMENT   an element */

#define WHERE_NAME_(name) name##_row
#define WHERE_NAME(name) WHERE_NAME_(name)
#define WHERE_ROW WHERE_NAME(WHERE)

/* Steps are 0 or 1; inlined, each pair of them is a loop without a branch. y may be a, b or, of
 * one byte, c. */
static inline void WHERE_ROW(WHERE_ELEMENT *y, const uint8_t *c, const WHERE_ELEMENT *a,
                             int64_t step_a, const WHERE_ELEMENT *b, int64_t step_b, int64_t count)
{
    const WHERE_ELEMENT still_a = *a, still_b = *b;
    OP_INDEPENDENT
    for (int64_t i = 0; i < count; i++) {
        const WHERE_ELEMENT yes = step_a ? a[i] : still_a, no = step_b ? b[i] : still_b;
        y[i] = c[i] ? yes : no;
    }
}

static void WHERE(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    (void)thread;
    const struct job *job = argument;
    const struct broadcast *plan = &job->plan;
    const int64_t step_c = broadcast_inner_step(plan, 0);
    const int64_t step_a = broadcast_inner_step(plan, 1);
    const int64_t step_b = broadcast_inner_step(plan, 2);
    struct broadcast_cursor cursor;
    broadcast_seek(plan, &cursor, begin);
    for (int64_t n; begin < end; begin += n, broadcast_advance(plan, &cursor, n)) {
        n = broadcast_piece(plan, &cursor, end - begin);
        const uint8_t *c = job->node->inputs[0]->data;
        const WHERE_ELEMENT *a = job->node->inputs[1]->data, *b = job->node->inputs[2]->data;
        WHERE_ELEMENT *y = (WHERE_ELEMENT *)job->node->outputs[0]->data + begin;
        c += broadcast_offset(plan, &cursor, 0);
        a += broadcast_offset(plan, &cursor, 1);
        b += broadcast_offset(plan, &cursor, 2);
        if (!step_c && (*c ? step_a : step_b))
            memmove(y, *c ? a : b, (size_t)n * sizeof *y);
        else if (!step_c)
            copy_fill(y, *c ? a : b, sizeof *y, n);
        else if (step_a && step_b)
            WHERE_ROW(y, c, a, 1, b, 1, n);
        else if (step_a)
            WHERE_ROW(y, c, a, 1, b, 0, n);
        else if (step_b)
            WHERE_ROW(y, c, a, 0, b, 1, n);
        else
            WHERE_ROW(y, c, a, 0, b, 0, n);
    }
}

#undef WHERE_ROW
#undef WHERE_NAME
#undef WHERE_NAME_
#undef WHERE
#undef WHERE_ELEMENT
