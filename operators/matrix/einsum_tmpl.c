/* Einsum's loops over elements of EINSUM_ELEMENT with sums in EINSUM_TOTAL; EINSUM(name) is a name
 * of its own. All end here. */

/* Adds what is summed over, along its last index, to a run of totals. */
static void EINSUM(add_line)(const EINSUM_ELEMENT *x, int64_t stride, int64_t count, int64_t step,
                             int64_t n_steps, EINSUM_TOTAL *totals)
{
    if (count == 1) {
        EINSUM_TOTAL total = *totals;
        for (int64_t k = 0; k < n_steps; k++)
            total += (EINSUM_TOTAL)x[k * step];
        *totals = total;
        return;
    }
    for (int64_t k = 0; k < n_steps; k++)
        for (int64_t i = 0; i < count; i++)
            totals[i] += (EINSUM_TOTAL)x[k * step + i * stride];
}

static void EINSUM(sum)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct einsum_view *v = &job->step->x;
    const int32_t kept = job->step->to.rank, last = v->rank - 1;
    const int64_t n_lines = einsum_count(v->extents, kept, last);
    const int64_t stride = kept > 0 ? v->strides[kept - 1] : 0;
    (void)thread;
    for (int64_t unit = begin; unit < end; unit++) {
        const struct run run = run_at(job, unit);
        EINSUM_ELEMENT *to = (EINSUM_ELEMENT *)(void *)job->to + run.to;
        EINSUM_TOTAL totals[RUN] = {0};
        for (int64_t line = 0; line < n_lines; line++) {
            int64_t at = run.x, rest = line;
            for (int32_t d = last; d-- > kept;) {
                at += rest % v->extents[d] * v->strides[d];
                rest /= v->extents[d];
            }
            EINSUM(add_line)
            ((const EINSUM_ELEMENT *)(const void *)job->x + at, stride, run.count, v->strides[last],
             v->extents[last], totals);
        }
        for (int64_t i = 0; i < run.count; i++)
            to[i] = (EINSUM_ELEMENT)totals[i];
    }
}

static void EINSUM(multiply)(void *argument, int64_t begin, int64_t end, unsigned thread)
{
    const struct job *job = argument;
    const struct einsum_step *step = job->step;
    const int32_t rank = step->to.rank;
    const int64_t x_stride = rank > 0 ? step->x.strides[rank - 1] : 0;
    const int64_t y_stride = rank > 0 ? step->y.strides[rank - 1] : 0;
    (void)thread;
    for (int64_t unit = begin; unit < end; unit++) {
        const struct run run = run_at(job, unit);
        const EINSUM_ELEMENT *x = (const EINSUM_ELEMENT *)(const void *)job->x + run.x;
        const EINSUM_ELEMENT *y = (const EINSUM_ELEMENT *)(const void *)job->y + run.y;
        EINSUM_ELEMENT *to = (EINSUM_ELEMENT *)(void *)job->to + run.to;
        for (int64_t i = 0; i < run.count; i++)
            to[i] = x[i * x_stride] * y[i * y_stride];
    }
}

#undef EINSUM
#undef EINSUM_ELEMENT
#undef EINSUM_TOTAL
